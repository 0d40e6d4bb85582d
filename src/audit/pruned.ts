/**
 * Streams whose files were removed after their time (retention): what an entry says of one has to be what the ledger signed
 * last, and no entry may say it of what is younger than anybody may keep it. Whose entry is missing is missing. Pure.
 */

import type { PrunedAt, StreamFacts } from "./fault.ts";
import type { LedgerLeaf } from "./log.ts";

/** As `log: retention:` has it, less a day for clocks: see config/log-config.ts. */
const LEAST_MS = 183 * 86_400_000;

/** What entries say was removed, by stream; of two that say it the last. */
export const prunedIn = (seen: readonly StreamFacts[]): ReadonlyMap<string, PrunedAt> =>
  new Map(seen.flatMap(({ pruned }) => pruned.map((one) => [one.stream, one] as const)));

export const isPruned = (leaf: LedgerLeaf | undefined, said: PrunedAt | undefined): boolean =>
  leaf !== undefined &&
  said !== undefined &&
  (leaf.state === "closed" || leaf.state === "recovered") &&
  leaf.size === said.size &&
  leaf.root === said.root &&
  Date.parse(said.until) + LEAST_MS <= said.at;
