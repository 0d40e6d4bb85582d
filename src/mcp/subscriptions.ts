/** What a modern client listens to (2026-07-28, basic/patterns/subscriptions). */

import { isObject, type JsonObject } from "../policy/json.ts";
import { INTERNAL_ERROR, invalidParams, subscriptionMeta, type RpcError } from "./era.ts";
import type { Changing } from "./calls.ts";
import type { Id } from "./read-message.ts";

const KINDS: readonly Changing[] = ["tools", "resources", "prompts"];
const MAX_SUBSCRIPTIONS = 16;
const metaOf = (id: Id): string => subscriptionMeta(JSON.stringify(id));

export interface Subscriptions {
  has(id: Id): boolean;
  /** Opens a subscription and acknowledges what of it is honoured; or says why not. */
  open(id: Id, params: JsonObject): RpcError | undefined;
  /** The client wants it no more. */
  cancel(id: Id): void;
  listChanged(what: Changing): void;
  /** Ends all from our side: each gets its result. */
  end(): void;
}

export function openSubscriptions(send: (message: string, about?: Id) => void): Subscriptions {
  const open = new Map<Id, ReadonlySet<Changing>>();
  const notify = (id: Id, name: string, members: string): void =>
    send(`{"jsonrpc":"2.0","method":"notifications/${name}","params":{${members}}}`, id);

  return {
    has: (id) => open.has(id),
    open(id, params) {
      const wanted = params["notifications"];
      if (!isObject(wanted)) return invalidParams("notifications must be an object");
      if (open.size >= MAX_SUBSCRIPTIONS) return { code: INTERNAL_ERROR, message: "Too many subscriptions" };
      const honoured = KINDS.filter((what) => wanted[`${what}ListChanged`] === true);
      if (honoured.length > 0) open.set(id, new Set(honoured));
      const members = honoured.map((what) => `"${what}ListChanged":true`).join(",");
      notify(id, "subscriptions/acknowledged", `"notifications":{${members}},${metaOf(id)}`);
      return undefined;
    },
    cancel: (id) => void open.delete(id),
    listChanged(what) {
      for (const [id, wanted] of open) if (wanted.has(what)) notify(id, `${what}/list_changed`, metaOf(id));
    },
    end() {
      for (const id of open.keys())
        send(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"resultType":"complete",${metaOf(id)}}}`, id);
      open.clear();
    },
  };
}
