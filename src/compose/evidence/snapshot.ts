/**
 * The log as its last checkpoint signed it, for a copy that goes elsewhere: streams that have ended whole, others up to what
 * the ledger says of them. Nothing in it is unsigned, so the copy is proven as it stands.
 */

import { openCheckpoint, parseVerifier, type Checkpoint } from "../../audit/checkpoint.ts";
import { parseLedgerLine } from "../../audit/leaf.ts";
import { lineBatches, type Chunks } from "../../audit/lines.ts";
import type { LedgerLeaf } from "../../audit/log.ts";
import type { FoundLog } from "../../log/found-log.ts";

interface SignedStream {
  readonly stream: string;
  readonly chunks: Chunks;
}

export interface Snapshot {
  readonly key: string;
  readonly checkpoint: Checkpoint;
  /** The note, whole. */
  readonly note: string;
  /** Lines under the checkpoint. */
  readonly ledger: readonly string[];
  readonly leaves: readonly (LedgerLeaf | undefined)[];
  readonly streams: readonly SignedStream[];
  readonly configs: FoundLog["files"]["configs"];
  readonly stamps: FoundLog["stamps"];
  /** What leads from earlier keys to this one. */
  readonly rotations: string;
}

async function linesOf(chunks: Chunks, most: number): Promise<readonly string[]> {
  const lines: string[] = [];
  if (most === 0) return lines;
  for await (const batch of lineBatches(chunks)) {
    for (const { text, ended } of batch) if (text !== undefined && ended && lines.length < most) lines.push(text);
    if (lines.length === most) break;
  }
  return lines;
}

/** The first `most` lines as they stand. */
const firstLines = (chunks: Chunks, most: number): Chunks => ({
  async *[Symbol.asyncIterator]() {
    let taken = 0;
    if (most === 0) return;
    for await (const batch of lineBatches(chunks)) {
      const lines = batch.slice(0, most - taken);
      taken += lines.length;
      yield Buffer.concat(lines.flatMap(({ bytes }) => [bytes, Buffer.of(10)]));
      if (taken === most) return;
    }
  },
});

/** Undefined where there is no checkpoint that the key beside the log has signed. */
export async function snapshotOf({ files, key, stamps }: FoundLog): Promise<Snapshot | undefined> {
  const by = parseVerifier(key);
  const checkpoint = by === undefined ? undefined : openCheckpoint(files.checkpoint, by);
  if (checkpoint === undefined || "refused" in checkpoint) return undefined;
  const ledger = await linesOf(files.ledger, checkpoint.size);
  const leaves = ledger.map(parseLedgerLine);
  const last = new Map(leaves.flatMap((leaf) => (leaf === undefined ? [] : [[leaf.stream, leaf]])));
  const streams = files.streams.flatMap(({ stream, chunks }): readonly SignedStream[] => {
    const leaf = last.get(stream);
    if (leaf === undefined) return [];
    const isOver = leaf.state === "closed" || leaf.state === "recovered";
    return [{ stream, chunks: isOver ? chunks : firstLines(chunks, leaf.size) }];
  });
  const { configs, rotations = "" } = files;
  return { key, checkpoint, note: files.checkpoint, ledger, leaves, streams, configs, stamps, rotations };
}

/** The proof's parts for one entry: the first leaf over it, and the lines under that leaf. */
export async function underLeaf(
  { leaves, streams }: Snapshot,
  stream: string,
  n: number,
): Promise<{ readonly leaf: number; readonly lines: readonly string[] } | undefined> {
  const leaf = leaves.findIndex((each) => each?.stream === stream && each.size > n);
  const file = streams.find((each) => each.stream === stream);
  const size = leaves[leaf]?.size ?? 0;
  return file === undefined || size === 0 ? undefined : { leaf, lines: await linesOf(file.chunks, size) };
}
