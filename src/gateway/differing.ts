/** What a gate found to differ from a lock, kept as a note for people to look at. Decides nothing: quarantine does. */

import type { JsonObject } from "../policy/json.ts";
import type { LockedItem } from "../policy/manifest.ts";
import type { Store } from "../store/store.ts";

export interface DifferingItem {
  readonly kind: LockedItem["kind"];
  readonly name: string;
  /** Null: not offered any more; "too-long": not kept. */
  readonly now: JsonObject | null | "too-long";
}

export interface Differing {
  readonly v: 1;
  /** Of the server that was looked at. */
  readonly endpoint: string;
  readonly at: number;
  readonly items: readonly DifferingItem[];
}

const MOST_LETTERS = 64 * 1024;
const MOST_ITEMS = 200;

export const differingNote = (agent: string, server: string): string => `differing/${agent}/${server}`;

/** `hide`: takes configured secrets out (P9). What cannot be kept is not worth a failure of the gate. */
export async function keepDiffering(
  store: Store,
  agent: string,
  server: string,
  found: Omit<Differing, "v">,
  hide: (text: string) => string,
): Promise<void> {
  const key = differingNote(agent, server);
  if (found.items.length === 0 && ((await store.note(key))?.endsWith('"items":[]}') ?? true)) return;
  const items = found.items.slice(0, MOST_ITEMS).map((item) => {
    const text = JSON.stringify(item.now);
    return text.length > MOST_LETTERS ? { ...item, now: "too-long" as const } : item;
  });
  await store.setNote(key, hide(JSON.stringify({ v: 1, ...found, items } satisfies Differing)));
}
