/** What a modern client listens to (2026-07-28, basic/patterns/subscriptions). Only tools change here so far. */

import { isObject, type JsonObject } from "../policy/json.ts";
import { INTERNAL_ERROR, invalidParams, subscriptionMeta, type RpcError } from "./era.ts";
import type { Id } from "./read-message.ts";

const MAX_SUBSCRIPTIONS = 16;
const metaOf = (id: Id): string => subscriptionMeta(JSON.stringify(id));

export interface Subscriptions {
  has(id: Id): boolean;
  /** Opens a subscription and acknowledges what of it is honoured; or says why not. */
  open(id: Id, params: JsonObject): RpcError | undefined;
  /** The client wants it no more. */
  cancel(id: Id): void;
  toolsChanged(): void;
  /** Ends all from our side: each gets its result. */
  end(): void;
}

export function openSubscriptions(send: (message: string, about?: Id) => void): Subscriptions {
  const open = new Set<Id>();
  const notify = (id: Id, name: string, members: string): void =>
    send(`{"jsonrpc":"2.0","method":"notifications/${name}","params":{${members}}}`, id);

  return {
    has: (id) => open.has(id),
    open(id, params) {
      const wanted = params["notifications"];
      if (!isObject(wanted)) return invalidParams("notifications must be an object");
      if (open.size >= MAX_SUBSCRIPTIONS) return { code: INTERNAL_ERROR, message: "Too many subscriptions" };
      const tools = wanted["toolsListChanged"] === true;
      if (tools) open.add(id);
      const honoured = tools ? '{"toolsListChanged":true}' : "{}";
      notify(id, "subscriptions/acknowledged", `"notifications":${honoured},${metaOf(id)}`);
      return undefined;
    },
    cancel: (id) => void open.delete(id),
    toolsChanged() {
      for (const id of open) notify(id, "tools/list_changed", metaOf(id));
    },
    end() {
      for (const id of open)
        send(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"resultType":"complete",${metaOf(id)}}}`, id);
      open.clear();
    },
  };
}
