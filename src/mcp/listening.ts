/** What a legacy client has asked to be told of, for the whole conversation: updated resources, log messages. */

import type { ClientFacts, Gate, Watching } from "../gateway/ports.ts";
import type { LogLevel } from "../gateway/log-message.ts";
import { isLogLevel } from "./client-facts.ts";
import { invalidParams, type RpcError } from "./era.ts";
import type { JsonObject } from "../policy/json.ts";

export interface Listening {
  /** What the client wants of log messages, for all its calls. */
  logLevel(): LogLevel | undefined;
  setLevel(params: JsonObject): RpcError | undefined;
  /** Undefined once it is watched, or the raw JSON of why not. */
  subscribe(uri: string, client: ClientFacts): Promise<string | undefined>;
  unsubscribe(uri: string): void;
  end(): void;
}

export function openListening(gate: Gate, send: (message: string) => void): Listening {
  const watched = new Map<string, Extract<Watching, { kind: "watching" }>>();
  let logLevel: LogLevel | undefined;
  let endLogs: (() => void) | undefined;
  let over = false;

  const updated = (uri: string): void =>
    send(`{"jsonrpc":"2.0","method":"notifications/resources/updated","params":${JSON.stringify({ uri })}}`);

  return {
    logLevel: () => logLevel,
    setLevel({ level }) {
      if (!isLogLevel(level)) return invalidParams("unknown level");
      endLogs?.();
      logLevel = level;
      endLogs = gate.onLogMessage(level, ({ params }) =>
        send(`{"jsonrpc":"2.0","method":"notifications/message","params":${params}}`),
      );
      return undefined;
    },
    async subscribe(uri, client) {
      if (watched.has(uri)) return undefined;
      const watching = await gate.watch(uri, client, updated);
      if (watching.kind === "refused") return watching.error;
      // Asked for twice at once, or left meanwhile.
      if (over || watched.has(uri)) watching.end();
      else watched.set(uri, watching);
      return undefined;
    },
    unsubscribe(uri) {
      watched.get(uri)?.end();
      watched.delete(uri);
    },
    end() {
      over = true;
      endLogs?.();
      for (const watching of watched.values()) watching.end();
      watched.clear();
    },
  };
}
