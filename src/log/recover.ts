/**
 * Settles the streams of dead processes: counts what is there, cuts nothing, says `unknown` for each call without an
 * outcome in our own stream, ends the dead stream in the ledger with its final size and root. The entries are durable
 * before the leaf, so that a crash in between only means that it is done again; of two at once the ledger takes one.
 */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Fault } from "../audit/fault.ts";
import { parseLedgerLine } from "../audit/leaf.ts";
import { parseEntry, NO_PREV } from "../audit/line.ts";
import { lineBatches, type Chunks } from "../audit/lines.ts";
import type { AuditLog, LedgerLeaf, LedgerStore } from "../audit/log.ts";
import { callPairing, isSameProcess } from "../audit/pairing.ts";
import { growTree, leafHash } from "../audit/tree.ts";
import type { Ledger } from "./ledger.ts";
import { entriesFile } from "./names.ts";

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
  /** What the ledger signed is not there any more: left as it is, for `kidoban log verify` to tell. */
  | { readonly kind: "damaged"; readonly stream: string; readonly fault: Fault };

export interface RecoveryParts {
  readonly dir: string;
  readonly dead: readonly string[];
  readonly store: LedgerStore;
  readonly ledger: Ledger;
  readonly log: Pick<AuditLog, "record" | "synced">;
  readonly now: () => number;
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
  { dir, ledger, log, now }: RecoveryParts,
  stream: string,
  signed: LedgerLeaf | undefined,
  next: string | undefined,
): Promise<Settled> {
  if (signed === undefined || signed.state === "closed" || signed.state === "recovered")
    return { kind: "ended", stream };
  const found = await survey(fileChunks(join(dir, entriesFile(stream))), signed);
  if ("missing" in found) {
    const { size: line, missing } = found;
    return {
      kind: "damaged",
      stream,
      fault: { code: missing, file: stream, line: line + 1, expected: String(signed.size), found: String(line) },
    };
  }
  const carried = next === undefined ? [] : await carriedBy(join(dir, entriesFile(next)), stream);
  const { size, root, torn, tail } = found;
  const open = found.open.filter((call) => !carried.includes(call));
  log.record({ kind: "stream.recovered", stream, size, torn, ...(tail === undefined ? {} : { tail }), open });
  for (const call of open)
    log.record({ kind: "call.outcome", call, status: "unknown", detail: "its process died before the outcome" });
  await log.synced();
  const done = await ledger.append({ stream, size, root, state: "recovered", time: new Date(now()).toISOString() });
  return done ? { kind: "recovered", stream, size, torn, open } : { kind: "ended", stream };
}

/** Calls of `stream` that the one after it took over, by its first entry. */
async function carriedBy(path: string, stream: string): Promise<readonly string[]> {
  try {
    for await (const [first] of lineBatches(fileChunks(path))) {
      const parsed = first?.ended === true && first.text !== undefined ? parseEntry(first.text) : undefined;
      const body = parsed?.kind === "entry" ? parsed.entry.body : undefined;
      return body?.kind === "stream.opened" && body.follows?.stream === stream ? body.follows.open : [];
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  return [];
}

interface Survey {
  readonly size: number;
  readonly root: string;
  readonly torn: number;
  readonly tail: string | undefined;
  readonly open: readonly string[];
}

/**
 * Counts the entries of a dead stream as far as its chain holds; what comes after is the torn rest of a last write.
 * Inside what the ledger signed nothing may be torn, missing or changed.
 */
async function survey(
  chunks: Chunks,
  signed: LedgerLeaf,
): Promise<
  | Survey
  /** `line-newer`: written by a later program, which is to settle it. */
  | { readonly size: number; readonly missing: "stream-missing" | "tail-missing" | "root" | "line-newer" }
> {
  const tree = growTree();
  const pairing = callPairing(signed.stream);
  let prev = NO_PREV;
  let rest: Uint8Array[] | undefined;
  try {
    for await (const batch of lineBatches(chunks)) {
      for (const { text, bytes, ended } of batch) {
        const parsed = text === undefined || !ended || rest !== undefined ? undefined : parseEntry(text);
        if (parsed?.kind === "newer") return { size: tree.size, missing: "line-newer" };
        if (
          text === undefined ||
          parsed?.kind !== "entry" ||
          parsed.entry.n !== tree.size ||
          parsed.entry.prev !== prev
        ) {
          (rest ??= []).push(bytes, ...(ended ? [Buffer.of(10)] : []));
          continue;
        }
        prev = leafHash(text);
        tree.append(prev);
        pairing.take(parsed.entry.body, tree.size);
        if (tree.size === signed.size && tree.root() !== signed.root) return { size: tree.size, missing: "root" };
      }
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      return { size: 0, missing: "stream-missing" };
    throw error;
  }
  if (tree.size < signed.size) return { size: tree.size, missing: "tail-missing" };
  const torn = rest === undefined ? 0 : rest.reduce((sum, bytes) => sum + bytes.length, 0);
  return {
    size: tree.size,
    root: tree.root(),
    torn,
    tail: rest === undefined ? undefined : sha256(rest),
    open: [...pairing.facts().inFlight.keys()],
  };
}

function sha256(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

const fileChunks = (path: string): AsyncIterable<Uint8Array> => createReadStream(path);
