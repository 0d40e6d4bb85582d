/** The client's questions that are being worked on: each has an id, can be cancelled, and comes to an end. */

import type { Cancelling } from "./agent-call.ts";
import type { Id } from "./read-message.ts";

export interface Running {
  has(id: Id): boolean;
  /** Sees one question to its end. A cancelled one is not answered, and its id may be used again. */
  start(id: Id, cancel: Cancelling, work: () => Promise<void>): void;
  cancel(id: Id): void;
  /** It goes on, and its answer would reach nobody. */
  unheard(id: Id): void;
  /** Cancels all; resolves when they have ended. */
  end(): Promise<void>;
}

/** `failed`: work on a question threw, which is a bug or I/O; called unless it was cancelled. */
export function openRunning(failed: (id: Id) => void): Running {
  const entries = new Map<Id, { readonly cancel: Cancelling; done: Promise<void> }>();

  const see = async (id: Id, cancel: Cancelling, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch {
      if (!cancel.requested) failed(id);
    }
    if (entries.get(id)?.cancel === cancel) entries.delete(id);
  };

  return {
    has: (id) => entries.has(id),
    start(id, cancel, work) {
      const entry = { cancel, done: Promise.resolve() };
      entries.set(id, entry);
      entry.done = see(id, cancel, work);
    },
    cancel(id) {
      entries.get(id)?.cancel.request();
      entries.delete(id);
    },
    unheard(id) {
      const entry = entries.get(id);
      if (entry !== undefined) entry.cancel.unheard = true;
    },
    async end() {
      const open = [...entries.values()];
      for (const entry of open) entry.cancel.request();
      await Promise.all(open.map((entry) => entry.done));
    },
  };
}
