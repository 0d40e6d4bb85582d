/** Entries that come while nothing can be written, until a new stream takes them. */

import type { EntryBody } from "../audit/entry.ts";

export interface Held {
  add(entry: EntryBody): void;
  /** Gives them, in order, and forgets them. */
  take(): readonly EntryBody[];
}

/** Beyond it only outcomes are held: of these there are no more than calls in flight, and the rest an agent can repeat. */
const MOST_OTHERS = 1_000;

export function openHeld(): Held {
  let entries: EntryBody[] = [];
  let others = 0;
  return {
    add(entry) {
      if (entry.kind !== "call.outcome" && ++others > MOST_OTHERS) return;
      entries.push(entry);
    },
    take() {
      const taken = entries;
      [entries, others] = [[], 0];
      return taken;
    },
  };
}
