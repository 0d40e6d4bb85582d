/** Entries that the device may not have: should it fail, they are recorded again elsewhere. */

import type { EntryBody } from "../audit/entry.ts";

export interface Unsynced {
  /** Number of the first of them; all before are on the device. */
  readonly from: number;
  push(entry: EntryBody): void;
  /** All before number `upTo` are on the device. */
  settle(upTo: number): void;
  since(from: number): readonly EntryBody[];
}

export function openUnsynced(): Unsynced {
  let entries: EntryBody[] = [];
  let from = 0;
  return {
    get from() {
      return from;
    },
    push: (entry) => void entries.push(entry),
    settle(upTo) {
      entries = entries.slice(upTo - from);
      from = upTo;
    },
    since: (first) => entries.slice(Math.max(0, first - from)),
  };
}
