/** The client's questions that are being worked on: each has an id, can be cancelled, and comes to an end. */

import type { Cancelling } from "./agent-call.ts";
import type { Id } from "./read-message.ts";
import { Table } from "./short-list.ts";

interface Entry {
  readonly cancel: Cancelling;
  done: Promise<void>;
}

interface Host {
  /** Work on a question threw, which is a bug or I/O; called unless it was cancelled. */
  failed(id: Id): void;
}

const DONE = Promise.resolve();

export class Running {
  readonly #entries = new Table<Id, Entry>();
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  has(id: Id): boolean {
    return this.#entries.has(id);
  }

  /** Sees one question to its end. A cancelled one is not answered, and its id may be used again. */
  start(id: Id, cancel: Cancelling, work: () => Promise<void>): void {
    const entry = { cancel, done: DONE };
    this.#entries.set(id, entry);
    const end = (): void => {
      if (this.#entries.get(id) === entry) this.#entries.delete(id);
    };
    entry.done = work().then(end, () => {
      if (!cancel.requested) this.#host.failed(id);
      end();
    });
  }

  cancel(id: Id): void {
    this.#entries.get(id)?.cancel.request();
    this.#entries.delete(id);
  }

  /** It goes on, and its answer would reach nobody. */
  unheard(id: Id): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.cancel.unheard = true;
  }

  cancelAll(): void {
    for (const { cancel } of this.#entries.values()) cancel.request();
  }

  /** Resolves when all of now have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#entries.values().map(({ done }) => done));
  }
}
