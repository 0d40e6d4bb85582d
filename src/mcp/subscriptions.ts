/** What a modern client listens to (2026-07-28, basic/patterns/subscriptions): changed lists, updated resources. */

import type { ClientFacts, Gate } from "../gateway/ports.ts";
import { isObject, type JsonObject } from "../policy/json.ts";
import type { Changing } from "./calls.ts";
import { isDeclared } from "./declared.ts";
import { undeclared } from "./tasks.ts";
import { INTERNAL_ERROR, invalidParams, subscriptionMeta, type RpcError } from "./era.ts";
import type { Id } from "./read-message.ts";

const KINDS: readonly Changing[] = ["tools", "resources", "prompts"];
const MAX_SUBSCRIPTIONS = 16;
/** Each is looked up before anything else gets its turn. */
const MAX_URIS = 1000;
const metaOf = (id: Id): string => subscriptionMeta(JSON.stringify(id));

export interface Subscriptions {
  has(id: Id): boolean;
  /** Opens a subscription and acknowledges what of it is honoured; or says why not. */
  open(id: Id, params: JsonObject, client: ClientFacts): Promise<RpcError | undefined>;
  /** The client wants it no more. */
  cancel(id: Id): void;
  listChanged(what: Changing): void;
  /** Ends all from our side: each gets its result. */
  end(): void;
}

interface Subscription {
  readonly lists: readonly Changing[];
  readonly endings: (() => void)[];
}

export function openSubscriptions(
  gate: Gate,
  send: (message: string, about?: Id, ending?: "result") => void,
): Subscriptions {
  const open = new Map<Id, Subscription>();
  const notify = (id: Id, name: string, members: string): void =>
    send(`{"jsonrpc":"2.0","method":"notifications/${name}","params":{${members}}}`, id);

  /** Those that are watched from here on. */
  const watchAll = async (id: Id, uris: readonly string[], client: ClientFacts): Promise<readonly string[]> => {
    const honoured: string[] = [];
    for (const uri of new Set(uris)) {
      const watching = await gate.watch(uri, client, (updated) =>
        notify(id, "resources/updated", `"uri":${JSON.stringify(updated)},${metaOf(id)}`),
      );
      if (watching.kind === "refused") continue;
      const subscription = open.get(id);
      if (subscription === undefined) watching.end();
      else subscription.endings.push(() => watching.end());
      honoured.push(uri);
    }
    return honoured;
  };

  return {
    has: (id) => open.has(id),
    async open(id, params, client) {
      const wanted = params["notifications"];
      if (!isObject(wanted)) return invalidParams("notifications must be an object");
      const { resourceSubscriptions: uris = [] } = wanted;
      if (!Array.isArray(uris) || !uris.every((uri) => typeof uri === "string"))
        return invalidParams("resourceSubscriptions must be a list of URIs");
      if (uris.length > MAX_URIS) return invalidParams(`resourceSubscriptions must not be more than ${MAX_URIS}`);
      if (wanted["taskIds"] !== undefined && client.tasks === undefined) return undeclared;
      if (open.size >= MAX_SUBSCRIPTIONS) return { code: INTERNAL_ERROR, message: "Too many subscriptions" };
      const kinds = gate.kinds();
      const lists = KINDS.filter((what) => wanted[`${what}ListChanged`] === true && isDeclared(what, kinds));
      open.set(id, { lists, endings: [] });
      const honoured = uris.length === 0 ? [] : await watchAll(id, uris, client);
      const members = [
        ...lists.map((what) => `"${what}ListChanged":true`),
        ...(uris.length === 0 ? [] : [`"resourceSubscriptions":${JSON.stringify(honoured)}`]),
      ];
      if (open.has(id))
        notify(id, "subscriptions/acknowledged", `"notifications":{${members.join(",")}},${metaOf(id)}`);
      return undefined;
    },
    cancel(id) {
      for (const end of open.get(id)?.endings ?? []) end();
      open.delete(id);
    },
    listChanged(what) {
      for (const [id, { lists }] of open) if (lists.includes(what)) notify(id, `${what}/list_changed`, metaOf(id));
    },
    end() {
      for (const [id, { endings }] of open) {
        for (const end of endings) end();
        send(
          `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"resultType":"complete",${metaOf(id)}}}`,
          id,
          "result",
        );
      }
      open.clear();
    },
  };
}
