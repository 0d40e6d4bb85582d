/**
 * Settles the streams of dead processes: counts what is there, cuts nothing, says `unknown` for each call without an
 * outcome in our own stream, ends the dead stream in the ledger with its final size and root. The entries are durable
 * before the leaf, so that a crash in between only means that it is done again; of two at once the ledger takes one.
 */

import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { EntryBody } from "../audit/entry.ts";
import type { Fault } from "../audit/fault.ts";
import { parseLedgerLine } from "../audit/leaf.ts";
import { parseEntry } from "../audit/line.ts";
import { lineBatches } from "../audit/lines.ts";
import type { Facts } from "../audit/members.ts";
import type { AuditLog, LedgerLeaf, LedgerStore } from "../audit/log.ts";
import { isSameProcess } from "../audit/pairing.ts";
import { isAbsent } from "./error-code.ts";
import { syncFile } from "./disk.ts";
import type { Ledger } from "./ledger.ts";
import { entriesFile } from "./names.ts";
import { bodyLinesOf } from "./related.ts";
import { survey, type Survey } from "./survey.ts";

/** What became of a stream, and the dead process that it was of, by its first stream. */
export type Recovered = Settled & { readonly process: string };

type Settled =
  | {
      readonly kind: "recovered";
      readonly stream: string;
      readonly size: number;
      readonly torn: number;
      readonly open: readonly string[];
    }
  /** It had ended, or another process has just recovered it. */
  | { readonly kind: "ended"; readonly stream: string }
  /** Its process died before it opened the stream. */
  | { readonly kind: "never-opened"; readonly stream: string }
  /** The device does not take it: left for the next start, since each who recovers must come to the same. */
  | { readonly kind: "unsynced"; readonly stream: string }
  /** What the ledger signed is not there any more: left as it is, for `kidoban log verify` to tell. */
  | { readonly kind: "damaged"; readonly stream: string; readonly fault: Fault };

export interface RecoveryParts {
  readonly dir: string;
  readonly bodiesKey: Buffer;
  readonly dead: readonly string[];
  readonly store: LedgerStore;
  readonly ledger: Ledger;
  readonly log: Pick<AuditLog, "record" | "synced">;
  /** Takes lines of bodies into our own stream. */
  readonly adopt: (bodies: string) => void;
  /** Signs what was recorded: who has only what is signed, as a backup, must find a recovery with its end of the stream. */
  readonly sign: () => Promise<void>;
  readonly now: () => number;
  /** Streams whose process has seen a sync fail. */
  readonly doubts: ReadonlyMap<string, Doubt>;
}

/** `dead`: processes, by their first streams. Gives what became of every stream that they had. */
export async function recoverStreams(parts: RecoveryParts): Promise<readonly Recovered[]> {
  if (parts.dead.length === 0) return [];
  const leaves = new Map<string, LedgerLeaf>();
  for (const line of (await parts.store.readLedger()).lines) {
    const leaf = parseLedgerLine(line);
    if (leaf !== undefined) leaves.set(leaf.stream, leaf);
  }
  const results: Recovered[] = [];
  for (const process of parts.dead) {
    const streams = [...leaves.keys()].filter((stream) => isSameProcess(stream, process));
    if (streams.length === 0) results.push({ kind: "never-opened", process, stream: process });
    for (const [at, stream] of streams.entries())
      results.push({ process, ...(await recover(parts, stream, leaves.get(stream), streams[at + 1])) });
  }
  return results;
}

async function recover(
  { dir, bodiesKey, ledger, log, adopt, sign, now, doubts }: RecoveryParts,
  stream: string,
  signed: LedgerLeaf | undefined,
  next: string | undefined,
): Promise<Settled> {
  if (signed === undefined || signed.state === "closed" || signed.state === "recovered")
    return { kind: "ended", stream };
  const path = join(dir, entriesFile(stream));
  const doubt = doubts.get(stream);
  if (doubt === undefined && !isOnDevice(path)) return { kind: "unsynced", stream };
  const found = await survey(path, signed, doubt?.size);
  if ("missing" in found) {
    const { size: line, missing } = found;
    return {
      kind: "damaged",
      stream,
      fault: { code: missing, file: stream, line: line + 1, expected: String(signed.size), found: String(line) },
    };
  }
  const carried = next === undefined ? [] : await carriedBy(join(dir, entriesFile(next)), stream);
  const again = found.left.filter(({ kind }) => kind === "config.applied" || isRepeated({ kind }));
  const bodies = await bodyLinesOf(dir, stream, again, bodiesKey);
  const { size, root, torn } = found;
  const open = found.open.filter((call) => !carried.includes(call));
  adopt(bodies);
  log.record(recoveredEntry(stream, found, open, doubt?.reason));
  const left = new Set(open);
  // Its calls were decided by what it went by, not by what this process does.
  for (const entry of again.length === 0 ? [] : [...found.applied, ...again]) {
    log.record(entry.kind === "call.outcome" && open.includes(entry.call) ? doubtful(entry) : entry);
    if (entry.kind === "call.intent") left.add(entry.call);
    else if (entry.kind === "call.outcome") left.delete(entry.call);
  }
  for (const call of left)
    log.record({ kind: "call.outcome", call, status: "unknown", detail: "its process died before the outcome" });
  await log.synced();
  await sign();
  const done = await ledger.append({ stream, size, root, state: "recovered", time: new Date(now()).toISOString() });
  return done ? { kind: "recovered", stream, size, torn, open: [...left] } : { kind: "ended", stream };
}

/** Of another process's call a stream can only say that nobody knows. */
const doubtful = ({ call, status }: Facts<"call.outcome">): EntryBody => ({
  kind: "call.outcome",
  call,
  status: "unknown",
  detail: `its process recorded ${status}, and could not sync it`,
});

/** What a stream in doubt is recovered with: entries up to `size` are known to be on the device. */
export interface Doubt {
  readonly size: number;
  readonly reason: string;
}

/** The ledger must not promise what only the kernel has: nothing of a killed process need be on the device. */
function isOnDevice(path: string): boolean {
  try {
    syncFile(path);
    return true;
  } catch (error) {
    // What is not there at all is told apart later.
    return isAbsent(error);
  }
}

/** What an ended stream is said to hold. */
export const recoveredEntry = (
  stream: string,
  { size, torn, tail }: Pick<Survey, "size" | "torn" | "tail">,
  open: readonly string[],
  doubt: string | undefined,
): EntryBody => ({
  kind: "stream.recovered",
  stream,
  size,
  torn,
  ...(tail === undefined ? {} : { tail }),
  open,
  ...(doubt === undefined ? {} : { doubt }),
});

/** Whether an entry that did not get to the device is recorded again: what a stream says of itself is not. */
export const isRepeated = ({ kind }: Pick<EntryBody, "kind">): boolean =>
  kind !== "stream.opened" && kind !== "stream.closed" && kind !== "config.applied";

/** Calls of `stream` that the one after it took over, by its first entry. */
async function carriedBy(path: string, stream: string): Promise<readonly string[]> {
  try {
    for await (const [first] of lineBatches(createReadStream(path) as AsyncIterable<Uint8Array>)) {
      const parsed = first?.ended === true && first.text !== undefined ? parseEntry(first.text) : undefined;
      const body = parsed?.kind === "entry" ? parsed.entry.body : undefined;
      return body?.kind === "stream.opened" && body.follows?.stream === stream ? body.follows.open : [];
    }
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  return [];
}
