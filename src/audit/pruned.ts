/**
 * Streams whose files were removed after their time (retention): what an entry says of one has to be what the ledger signed
 * last, and no entry may say it of what is younger than anybody may keep it. How old it is, the signed leaves tell: what an
 * entry says of its own time or of another's is believed no further. Whose entry is missing is missing. Pure.
 */

import type { PrunedAt, StreamFacts } from "./fault.ts";
import type { LedgerLeaf } from "./log.ts";

/** As `log: retention:` has it, less a day for clocks: see config/log-config.ts. */
const LEAST_MS = 183 * 86_400_000;
/** How far two clocks may be apart. */
const CLOCK_MS = 60_000;

/** What entries say was removed, by stream. */
export function prunedIn(seen: readonly StreamFacts[]): ReadonlyMap<string, readonly PrunedAt[]> {
  const found = new Map<string, PrunedAt[]>();
  for (const { pruned } of seen)
    for (const one of pruned) found.set(one.stream, [...(found.get(one.stream) ?? []), one]);
  return found;
}

/** `now`: the verifier's own, ms. */
export const isPruned = (leaf: LedgerLeaf | undefined, said: readonly PrunedAt[], now: number): boolean =>
  leaf !== undefined &&
  (leaf.state === "closed" || leaf.state === "recovered") &&
  said.some((one) => leaf.size === one.size && leaf.root === one.root && isOf(leaf, one, now));

const isOf = ({ time }: LedgerLeaf, { until, at, signedAt }: PrunedAt, now: number): boolean =>
  // What nobody signed anybody may have written.
  signedAt !== undefined &&
  at <= signedAt + CLOCK_MS &&
  at <= now + CLOCK_MS &&
  Math.max(Date.parse(until), Date.parse(time)) + LEAST_MS <= at;
