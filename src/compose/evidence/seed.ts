/**
 * The seed that nobody can choose: the ledger's root at its first leaf from the period's end on. It is there once, whoever
 * packs and how often, and every later checkpoint proves it.
 */

import { treeOver } from "../../audit/tree.ts";
import type { Snapshot } from "./snapshot.ts";

/** Hex; `until` in ms, exclusive. Undefined while nothing was signed since the period ended. */
export function periodSeed({ leaves, ledger }: Snapshot, until: number): string | undefined {
  const first = leaves.findIndex((leaf) => leaf !== undefined && Date.parse(leaf.time) >= until);
  if (first < 0) return undefined;
  return treeOver(ledger.slice(0, first + 1)).root();
}
