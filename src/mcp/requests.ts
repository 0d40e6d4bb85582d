/** What we ask a client of the 2025 era in the middle of its calls: ids of ours, one answer each, withdrawn in time. */

import type { Json } from "../policy/json.ts";
import type { Id, Reply } from "./read-message.ts";
import { Table } from "./short-list.ts";

export interface ClientRequests {
  /** `params`: JSON text. `about`: the client's own question on whose behalf it is asked. Withdrawn when `signal` aborts. */
  ask(method: string, params: string, signal: AbortSignal, about: Id): Promise<Reply>;
  /** An answer of the client; false when nothing of that id is open. */
  answered(id: Json | undefined, reply: Reply): boolean;
  /** Nobody answers any more. */
  end(): void;
}

export function openRequests(send: (message: string, about?: Id) => void): ClientRequests {
  const asked = new Table<number, (reply: Reply) => void>();
  let lastId = 0;
  let over = false;

  return {
    ask(method, params, signal, about) {
      if (over || signal.aborted) return Promise.resolve({ kind: "none" });
      return new Promise((resolve) => {
        const id = ++lastId;
        const settle = (reply: Reply): void => {
          asked.delete(id);
          signal.removeEventListener("abort", withdraw);
          resolve(reply);
        };
        const withdraw = (): void => {
          const reason = `{"requestId":${id},"reason":"no longer needed"}`;
          send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${reason}}`, about);
          settle({ kind: "none" });
        };
        asked.set(id, settle);
        signal.addEventListener("abort", withdraw, { once: true });
        send(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`, about);
      });
    },
    answered(id, reply) {
      const settle = typeof id === "number" ? asked.get(id) : undefined;
      settle?.(reply);
      return settle !== undefined;
    },
    end() {
      over = true;
      for (const settle of asked.values()) settle({ kind: "none" });
    },
  };
}
