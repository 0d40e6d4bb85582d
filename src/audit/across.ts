/** What streams say of each other: which one follows which, who settled the calls of the dead. Pure. */

import type { Fault, FaultCode, StreamFacts } from "./fault.ts";
import { isSameProcess } from "./pairing.ts";

/**
 * A call that began in one stream has its outcome in a stream of the same process that follows, or, where its process did
 * not live to see it, in the stream of whoever recovered it. Two may have recovered at once, or one again after a crash of
 * the first: they must have seen the same. `seen`: in the order in which they were opened; `pruned`: those
 * that are not here any more.
 */
export function pairAcross(seen: readonly StreamFacts[], pruned: ReadonlySet<string>): Fault | undefined {
  const successors = new Map<string, StreamFacts>();
  const before = new Map<string, StreamFacts>();
  for (const facts of seen) {
    const { stream, follows } = facts;
    before.set(stream, facts);
    if (follows === undefined) continue;
    const earlier = before.get(follows.stream);
    const isFirst = !successors.has(follows.stream);
    const isKnown = (earlier !== undefined && earlier !== facts) || pruned.has(follows.stream);
    if (!isKnown || !isFirst || !isSameProcess(stream, follows.stream))
      return { code: "follows", file: stream, line: 1 };
    successors.set(follows.stream, facts);
  }
  const context = { successors, settled: settledCalls(seen), recoveries: recoveriesIn(seen) };
  for (const facts of seen) {
    const fault = endFault(facts, context);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

type RecoveredBy = StreamFacts["recoveries"][number] & { readonly by: string };

interface Context {
  readonly successors: ReadonlyMap<string, StreamFacts>;
  readonly settled: ReadonlyMap<string, ReadonlySet<string>>;
  readonly recoveries: ReadonlyMap<string, readonly RecoveredBy[]>;
}

function recoveriesIn(seen: readonly StreamFacts[]): ReadonlyMap<string, readonly RecoveredBy[]> {
  const found = new Map<string, RecoveredBy[]>();
  for (const { stream: by, recoveries } of seen) {
    for (const recovery of recoveries)
      found.set(recovery.stream, [...(found.get(recovery.stream) ?? []), { ...recovery, by }]);
  }
  return found;
}

/** Calls whose outcome stands in another stream than their intent, or which another stream has in flight: call → streams. */
function settledCalls(seen: readonly StreamFacts[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { stream, settledForOthers, inFlight } of seen) {
    for (const call of [...settledForOthers, ...inFlight.keys()])
      found.set(call, (found.get(call) ?? new Set()).add(stream));
  }
  return found;
}

const at = (code: FaultCode, file: string, line: number): Fault => ({ code, file, line });

function endFault(facts: StreamFacts, { successors, settled, recoveries }: Context): Fault | undefined {
  const { stream, inFlight, end, entries } = facts;
  const missing = (call: string, line: number): Fault => ({ code: "outcome-missing", file: stream, line, found: call });
  const successor = successors.get(stream);
  const carried = successor?.follows?.open ?? [];
  const about = recoveries.get(stream) ?? [];
  if (end === "recovered" && about.length === 0) return at("recovery-missing", stream, entries + 1);
  for (const recovery of end === "recovered" ? about : []) {
    if (
      recovery.size !== entries ||
      (recovery.doubt === undefined ? isOther(facts, recovery) : facts.torn > recovery.torn)
    )
      return at("tail-changed", stream, entries + 1);
    if (!isSame(recovery.open, inFlight, carried)) return at("recovery-differs", recovery.by, recovery.line);
  }
  for (const call of carried)
    if (!inFlight.has(call) && successor !== undefined) return at("follows", successor.stream, 1);
  for (const [call, line] of inFlight) {
    if (carried.includes(call) || end === "open") continue;
    const by = settled.get(call);
    // It stands in the stream itself, too, since nothing settled it there.
    if (end === "closed" || by === undefined || by.size === 1) return missing(call, line);
  }
  return undefined;
}

const isOther = (facts: StreamFacts, recovery: RecoveredBy): boolean =>
  recovery.torn !== facts.torn || recovery.tail !== facts.tail;

/** Whether a recovery names just the calls that are left open there and were not taken over by the stream that follows. */
function isSame(open: readonly string[], inFlight: ReadonlyMap<string, number>, carried: readonly string[]): boolean {
  const named = new Set(open);
  const left = [...inFlight.keys()].filter((call) => !carried.includes(call));
  return named.size === left.length && left.every((call) => named.has(call));
}
