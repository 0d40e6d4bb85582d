/** Reads the ledger's lines and proves them under a signed checkpoint, and under one that was kept elsewhere. Pure. */

import type { Checkpoint } from "./checkpoint.ts";
import type { Fault } from "./fault.ts";
import { parseLedgerLine } from "./leaf.ts";
import { lineBatches, type Chunks } from "./lines.ts";
import type { LedgerLeaf } from "./log.ts";
import { leafHash, Tree } from "./tree.ts";

/** A leaf and its line in the ledger, from 1. */
export interface PlacedLeaf {
  readonly leaf: LedgerLeaf;
  readonly line: number;
}

export interface LedgerFacts {
  /** Signed leaves by stream, streams in the order in which they were opened. */
  readonly streams: ReadonlyMap<string, readonly PlacedLeaf[]>;
  /** Lines in the file, also those after the checkpoint: a mirror may be a moment ahead of its checkpoint. */
  readonly lines: number;
  readonly signedAt: string | undefined;
  /** Hashes of the signed leaves, in order. */
  readonly hashes: readonly string[];
}

type Read = { readonly ledger: LedgerFacts } | { readonly fault: Fault; readonly ledger?: LedgerFacts };

/** Longer than any leaf's line. */
const MOST_LEAF_BYTES = 1024;

export async function readLedgerFile(
  chunks: Chunks,
  checkpoint: Checkpoint,
  kept: Checkpoint | undefined,
): Promise<Read> {
  // Said first, since it is the plainest: an older copy of everything has put itself in place of the log.
  if (kept !== undefined && kept.size > checkpoint.size) {
    return {
      fault: {
        code: "rolled-back",
        file: "checkpoint",
        line: 2,
        expected: String(kept.size),
        found: String(checkpoint.size),
      },
    };
  }
  const tree = new Tree();
  const streams = new Map<string, PlacedLeaf[]>();
  const hashes: string[] = [];
  let lines = 0;
  let signedAt: string | undefined;
  const rootAt = new Map<number, string>([[0, tree.root()]]);
  for await (const batch of lineBatches(chunks, MOST_LEAF_BYTES)) {
    for (const { text, ended, isPart } of batch) {
      lines++;
      if (isPart === true) return { fault: { code: "ledger-line", file: "ledger", line: lines } };
      if (lines > checkpoint.size) continue;
      const leaf = text === undefined || !ended ? undefined : parseLedgerLine(text);
      if (text === undefined || leaf === undefined)
        return { fault: { code: "ledger-line", file: "ledger", line: lines } };
      const hash = leafHash(text);
      tree.append(hash);
      hashes.push(hash);
      if (lines === kept?.size) rootAt.set(lines, tree.root());
      const placed = streams.get(leaf.stream);
      const before = placed?.at(-1);
      // Either of the two lines may be the changed one; without an earlier line any may have lost its name.
      if (!follows(before?.leaf, leaf))
        return { fault: { code: "ledger-order", file: "ledger", from: before?.line ?? 1, line: lines } };
      if (placed === undefined) streams.set(leaf.stream, [{ leaf, line: lines }]);
      else placed.push({ leaf, line: lines });
      signedAt = leaf.time;
    }
  }
  if (lines < checkpoint.size) {
    return {
      fault: {
        code: "ledger-short",
        file: "ledger",
        line: lines + 1,
        expected: String(checkpoint.size),
        found: String(lines),
      },
    };
  }
  const ledger = { streams, lines, signedAt, hashes };
  if (tree.root() !== checkpoint.root)
    return { fault: { code: "ledger-root", file: "ledger", from: 1, line: checkpoint.size }, ledger };
  if (kept !== undefined && rootAt.get(kept.size) !== kept.root) {
    return { fault: { code: "rolled-back", file: "ledger", from: 1, line: kept.size } };
  }
  return { ledger };
}

/** A stream is opened once, grows, and ends once. */
function follows(before: LedgerLeaf | undefined, leaf: LedgerLeaf): boolean {
  if (before === undefined) return leaf.state === "opened" && leaf.size === 0;
  return (
    leaf.state !== "opened" && leaf.size >= before.size && before.state !== "closed" && before.state !== "recovered"
  );
}

/** The first of these checkpoints, ascending by size, that this ledger never had; of what is not signed yet nothing is known. */
export function neverHad<C extends { readonly size: number; readonly root: string }>(
  { hashes }: LedgerFacts,
  checkpoints: readonly C[],
): C | undefined {
  const tree = new Tree();
  return checkpoints.find(({ size, root }) => {
    if (size > hashes.length) return false;
    for (const hash of hashes.slice(tree.size, size)) tree.append(hash);
    return tree.root() !== root;
  });
}
