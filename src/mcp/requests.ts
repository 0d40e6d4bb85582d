/** What we ask a client of the 2025 era in the middle of its calls: ids of ours, one answer each, withdrawn in time. */

import type { Json } from "../policy/json.ts";
import type { Id, Reply } from "./read-message.ts";
import { Table } from "./short-list.ts";

export class ClientRequests {
  readonly #send: (message: string, about?: Id) => void;
  readonly #asked = new Table<number, (reply: Reply) => void>();
  #lastId = 0;
  #isOver = false;

  constructor(send: (message: string, about?: Id) => void) {
    this.#send = send;
  }

  /** `params`: JSON text. `about`: the client's own question on whose behalf it is asked. Withdrawn when `signal` aborts. */
  ask(method: string, params: string, signal: AbortSignal, about: Id): Promise<Reply> {
    if (this.#isOver || signal.aborted) return Promise.resolve({ kind: "none" });
    return new Promise((resolve) => {
      const id = ++this.#lastId;
      const settle = (reply: Reply): void => {
        this.#asked.delete(id);
        signal.removeEventListener("abort", withdraw);
        resolve(reply);
      };
      const withdraw = (): void => {
        const reason = `{"requestId":${id},"reason":"no longer needed"}`;
        this.#send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${reason}}`, about);
        settle({ kind: "none" });
      };
      this.#asked.set(id, settle);
      signal.addEventListener("abort", withdraw, { once: true });
      this.#send(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`, about);
    });
  }

  /** An answer of the client; false when nothing of that id is open. */
  answered(id: Json | undefined, reply: Reply): boolean {
    const settle = typeof id === "number" ? this.#asked.get(id) : undefined;
    settle?.(reply);
    return settle !== undefined;
  }

  /** Nobody answers any more. */
  end(): void {
    this.#isOver = true;
    for (const settle of this.#asked.values()) settle({ kind: "none" });
  }
}
