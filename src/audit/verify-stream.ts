/**
 * Proves one stream: numbers, chain, the roots that the ledger signed, what may stand first and last, each outcome to
 * its intent. Reads the lines once and keeps the tree's stack, two lines and the calls in flight. Pure.
 */

import { createHash, type Hash } from "node:crypto";
import type { AcceptanceProof } from "./acceptances.ts";
import type { AnswerProof } from "./answers.ts";
import type { StreamDecisions } from "./decisions.ts";
import type { Entry } from "./entry.ts";
import type { Fault, FaultCode, PrunedAt, StreamFacts } from "./fault.ts";
import { parseEntry, NO_PREV } from "./line.ts";
import { lineBatches, MOST_TAIL_BYTES, type Chunks, type Line } from "./lines.ts";
import { timesBetween } from "./moment.ts";
import { callPairing } from "./pairing.ts";
import { lineScanner } from "./scan.ts";
import { leafHashOf, Tree } from "./tree.ts";
import type { PlacedLeaf } from "./verify-ledger.ts";

export interface StreamContext {
  /** The log's origin, which the first entry must name. */
  readonly origin: string;
  /** Lines the ledger has: nothing can have seen more of it. */
  readonly ledgerLines: number;
  /** See StreamFile. */
  readonly settled: number | undefined;
  /** Of all streams together. */
  readonly answers: AnswerProof;
  readonly acceptances: AcceptanceProof;
  /** Of this one. */
  readonly decisions: StreamDecisions;
}

export type StreamVerdict =
  { readonly kind: "sound"; readonly facts: StreamFacts } | { readonly kind: "fault"; readonly fault: Fault };

export async function verifyStream(
  stream: string,
  chunks: Chunks,
  leaves: readonly PlacedLeaf[],
  context: StreamContext,
): Promise<StreamVerdict> {
  const reader = streamReader(stream, leaves, context);
  try {
    for await (const batch of lineBatches(chunks)) {
      for (const line of batch) {
        const fault = reader.take(line);
        if (fault !== undefined) return { kind: "fault", fault };
      }
      await context.decisions.settle();
    }
    return reader.end();
  } finally {
    await context.decisions.end();
  }
}

interface Waiting {
  readonly entry: Entry;
  readonly hash: string;
}

function streamReader(
  stream: string,
  leaves: readonly PlacedLeaf[],
  { origin, ledgerLines, settled = Infinity, answers, acceptances, decisions }: StreamContext,
) {
  const last = leaves.at(-1)?.leaf;
  const state = last?.state === "closed" || last?.state === "recovered" ? last.state : "open";
  /** Entries that the file must hold exactly; undefined while the stream may grow. */
  const finalSize = state === "open" ? undefined : last?.size;
  const tree = new Tree();
  const scanner = lineScanner();
  const pairing = callPairing(stream);
  const pruned: PrunedAt[] = [];
  const bodiesPruned: { stream: string; at: number; line: number }[] = [];
  /** First leaf whose root has not been compared, and first one that covers the present line. */
  let next = 0;
  let cover = 0;
  let entries = 0;
  let before: Waiting | undefined;
  /** A line whose `prev` is not the hash of the line before: one of the two was changed, and the next line tells which. */
  let suspect: Waiting | undefined;
  let torn = 0;
  let tail: Hash | undefined;
  let closing = false;
  let after = 0;
  /** Bytes taken so far. */
  let offset = 0;
  let isLater = false;
  /** Between which an entry under the present leaf was written. */
  let times: readonly [string, string] | undefined;

  const at = (code: FaultCode, line: number, more: Partial<Fault> = {}): Fault => ({
    code,
    file: stream,
    line,
    ...more,
  });

  /** Compares all leaves of the tree's present size. */
  function checkRoots(): Fault | undefined {
    for (let placed = leaves[next]; placed !== undefined && placed.leaf.size === tree.size; placed = leaves[++next]) {
      if (placed.leaf.root === tree.root()) continue;
      const from = (leaves[next - 1]?.leaf.size ?? 0) + 1;
      // A chain that was made again from a changed entry on holds by itself; only the signed root knows.
      return at("root", Math.max(tree.size, 1), { ...(from < tree.size ? { from } : {}), leafLine: placed.line });
    }
    return undefined;
  }

  /** Which of the two lines was changed: the one before `line`, or `line` itself. */
  function blame(line: Waiting, nextPrev: string | undefined): Fault {
    const leaf = leaves[next]?.leaf;
    const held = new Tree(tree.state());
    held.append(before?.hash ?? "");
    if (leaf?.size === held.size) {
      return at("changed", leaf.root === held.root() ? line.entry.n + 1 : line.entry.n);
    }
    if (nextPrev === undefined) {
      const other = new Tree(tree.state());
      other.append(line.entry.prev);
      other.append(line.hash);
      return at("changed", leaf?.size === other.size && leaf.root === other.root() ? line.entry.n : line.entry.n + 1);
    }
    return at("changed", nextPrev === line.hash ? line.entry.n : line.entry.n + 1);
  }

  function takeTail({ bytes, ended }: Line): Fault | undefined {
    tail ??= createHash("sha256");
    tail.update(bytes);
    torn += bytes.length;
    if (ended) {
      tail.update("\n");
      torn++;
    }
    return torn > MOST_TAIL_BYTES ? at("tail-changed", entries + 1) : undefined;
  }

  function take(line: Line): Fault | undefined {
    isLater ||= offset >= settled && state === "open" && entries >= (last?.size ?? 0);
    offset += line.bytes.length + (line.ended ? 1 : 0);
    if (isLater) return undefined;
    const number = entries + 1;
    if (entries === finalSize) {
      return state === "closed" ? at("after-end", number) : takeTail(line);
    }
    if (line.isPart === true) {
      if (suspect !== undefined) return blame(suspect, undefined);
      // Whole or not, it is no entry; what is torn off has no end.
      return line.ended || entries < (last?.size ?? 0) ? at("line-malformed", number) : takeTail(line);
    }
    if (!line.ended) return entries < (last?.size ?? 0) ? at("line-torn", number) : takeTail(line);
    const quick =
      suspect === undefined && line.text !== undefined
        ? scanner.scan(line.text, entries, before?.hash ?? NO_PREV)
        : undefined;
    if (quick !== undefined) return accept({ entry: quick, hash: leafHashOf(line.bytes) }, number);
    const parsed = line.text === undefined ? { kind: "malformed" as const } : parseEntry(line.text);
    if (suspect !== undefined) return blame(suspect, parsed.kind === "entry" ? parsed.entry.prev : undefined);
    if (parsed.kind !== "entry" || line.text === undefined)
      return at(parsed.kind === "newer" ? "line-newer" : "line-malformed", number);
    const { entry } = parsed;
    const waiting = { entry, hash: leafHashOf(line.bytes) };
    if (entry.n !== entries) return at("number", number, { expected: String(entries), found: String(entry.n) });
    if (entry.prev !== (before?.hash ?? NO_PREV)) {
      if (before === undefined) return at("changed", number);
      suspect = waiting;
      return undefined;
    }
    return accept(waiting, number);
  }

  /** Numbered as expected and chained to the one before. */
  function accept(line: Waiting, number: number): Fault | undefined {
    if (before !== undefined) tree.append(before.hash);
    const fault = checkRoots();
    if (fault !== undefined) return fault;
    before = line;
    entries++;
    return checkMeaning(line.entry, number);
  }

  function checkMeaning(entry: Entry, line: number): Fault | undefined {
    const { body, after: seen } = entry;
    // An entry under leaf i was written before that leaf: it cannot have seen a ledger of more than i leaves.
    while ((leaves[cover]?.leaf.size ?? line) < line) [cover, times] = [cover + 1, undefined];
    const most = (leaves[cover]?.line ?? ledgerLines + 1) - 1;
    if (seen < after || seen > most) return at("after", line, { expected: `${after}–${most}`, found: String(seen) });
    after = seen;
    times ??= timesBetween(leaves[cover - 1]?.leaf.time, leaves[cover]?.leaf.time);
    if (entry.time < times[0] || entry.time > times[1])
      return at("time", line, { expected: times.join("–"), found: entry.time });
    if (closing) return at("after-end", line);
    const opens = body.kind === "stream.opened";
    if (opens !== (line === 1) || (opens && (body.stream !== stream || body.log !== origin)))
      return at("not-opened", line);
    closing = body.kind === "stream.closed";
    acceptances.take(entry, stream, line, leaves[cover]?.line);
    decisions.take(entry, line);
    if (body.kind === "streams.pruned") {
      const leaf = leaves[cover]?.leaf;
      const signedAt = leaf === undefined ? undefined : Date.parse(leaf.time);
      for (const one of body.streams) pruned.push({ ...one, at: Date.parse(entry.time), signedAt });
    }
    if (body.kind === "bodies.pruned" && leaves[cover] !== undefined)
      bodiesPruned.push({ stream: body.stream, at: Date.parse(entry.time), line });
    const wrong = pairing.take(body, line) ?? answers.take(entry, stream, line);
    return wrong === undefined ? undefined : at(wrong, line);
  }

  function end(): StreamVerdict {
    const fault = endFault();
    if (fault !== undefined) return { kind: "fault", fault };
    return {
      kind: "sound",
      facts: {
        stream,
        entries,
        signed: last?.size ?? 0,
        torn,
        tail: tail?.digest("hex"),
        end: state,
        pruned,
        bodiesPruned,
        ...pairing.facts(),
      },
    };
  }

  function endFault(): Fault | undefined {
    if (suspect !== undefined) return blame(suspect, undefined);
    if (before !== undefined) tree.append(before.hash);
    const root = checkRoots();
    if (root !== undefined) return root;
    const missing = leaves[next];
    if (missing !== undefined) {
      return at("tail-missing", entries + 1, {
        expected: String(missing.leaf.size),
        found: String(entries),
        leafLine: missing.line,
      });
    }
    if (state !== "closed") return undefined;
    return closing ? undefined : at("not-closed", entries);
  }

  return { take, end };
}
