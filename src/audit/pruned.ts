/**
 * What was removed after its time (retention): of a stream that is not here, what an entry says has to be what the ledger
 * signed last; and no entry may say it of what had to be kept still, by the configurations in force then and by the least
 * that anybody may keep. How old something is, the signed leaves tell: what an entry says of its own time or of another's is
 * believed no further. Whose entry is missing is missing. Pure.
 */

import type { Fault, PrunedAt, StreamFacts } from "./fault.ts";
import type { LedgerLeaf } from "./log.ts";
import { CLOCK_MS } from "./moment.ts";
import type { Retention } from "./retention.ts";
import type { PlacedLeaf } from "./verify-ledger.ts";

/** As `log: retention:` has it, less a day for clocks: see config/log-config.ts. */
const LEAST_MS = 183 * 86_400_000;

/** How long things had to be kept at a moment, ms. */
export type KeptAt = (at: number) => Promise<Retention>;

/** What entries say was removed, by stream. */
function prunedIn(seen: readonly StreamFacts[]): ReadonlyMap<string, readonly PrunedAt[]> {
  const found = new Map<string, PrunedAt[]>();
  for (const { pruned } of seen)
    for (const one of pruned) found.set(one.stream, [...(found.get(one.stream) ?? []), one]);
  return found;
}

/** The first stream that is gone and was not removed after its time. `now`: the verifier's own, ms. */
export async function missingStream(
  gone: ReadonlyMap<string, LedgerLeaf | undefined>,
  seen: readonly StreamFacts[],
  now: number,
  keptAt: KeptAt,
): Promise<Fault | undefined> {
  const pruned = prunedIn(seen);
  for (const [stream, leaf] of gone)
    if (!(await isPruned(leaf, pruned.get(stream) ?? [], now, keptAt)))
      return { code: "stream-missing", file: stream, expected: String(leaf?.size ?? 0) };
  return undefined;
}

async function isPruned(
  leaf: LedgerLeaf | undefined,
  said: readonly PrunedAt[],
  now: number,
  keptAt: KeptAt,
): Promise<boolean> {
  if (leaf?.state !== "closed" && leaf?.state !== "recovered") return false;
  for (const one of said) {
    const { size, root, until, at, signedAt } = one;
    // What nobody signed anybody may have written.
    const isSaid = size === leaf.size && root === leaf.root && signedAt !== undefined && at <= signedAt + CLOCK_MS;
    const last = Math.max(Date.parse(until), Date.parse(leaf.time));
    if (isSaid && at <= now + CLOCK_MS && isBeyond(last, (await keptAt(at)).entries, at)) return true;
  }
  return false;
}

/** The first entry about bodies that were removed of a stream that had not begun so long ago. */
export async function earlyBodies(
  seen: readonly StreamFacts[],
  leaves: ReadonlyMap<string, readonly PlacedLeaf[]>,
  keptAt: KeptAt,
): Promise<Fault | undefined> {
  for (const { stream: file, bodiesPruned } of seen)
    for (const { stream, at, line } of bodiesPruned) {
      const begun = Date.parse(leaves.get(stream)?.[0]?.leaf.time ?? "");
      const { bodies, servers } = await keptAt(at);
      // Of whichever server they were: what it does not say is not held against it.
      if (!isBeyond(begun, Math.min(bodies, ...Object.values(servers)), at))
        return { code: "pruned-early", file, line, found: stream };
    }
  return undefined;
}

const isBeyond = (since: number, keptMs: number, at: number): boolean => since + Math.max(LEAST_MS, keptMs) <= at;
