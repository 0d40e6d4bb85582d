/** Files of ended streams made small: entries into gzip members, bodies into gzip members and then encrypted anew. */

import { createHash } from "node:crypto";
import { stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lineBatches, type Line } from "../audit/lines.ts";
import type { LedgerLeaf } from "../audit/log.ts";
import { leafHash, Tree } from "../audit/tree.ts";
import { BLOCK_BYTES, ending, member } from "./bgzf.ts";
import { openBodies, readBodiesFile } from "./bodies.ts";
import { sealing } from "./body-cipher.ts";
import { syncFolder } from "./disk.ts";
import { readPacked, readPlain, type EntriesFile } from "./entries.ts";
import { bodiesFile, compressedFile, entriesFile } from "./names.ts";
import { replaceFile } from "./replace.ts";

export interface PackParts {
  readonly dir: string;
  /** To bodies; undefined where there is none: they stay as they are. */
  readonly key: Buffer | undefined;
  /** Between two blocks, so that who is waiting gets its turn. */
  readonly pauseMs: number;
  /** Ends it between two blocks, by an AbortError; what stood there stands there. */
  readonly signal?: AbortSignal;
}

/** `damaged`: not what the ledger has signed; it is left as it is, for `kidoban log verify` to tell. */
export type Packed = "packed" | "was-packed" | "damaged" | "none";

interface Content {
  readonly sha256: string;
  /** Root over the first `size` lines; undefined where there are fewer. */
  readonly root: string | undefined;
}

async function contentOf(file: EntriesFile, size: number): Promise<Content> {
  const hash = createHash("sha256");
  const tree = new Tree();
  let root = size === 0 ? tree.root() : undefined;
  async function* hashed() {
    for await (const chunk of file.chunks()) {
      hash.update(chunk);
      yield chunk;
    }
  }
  for await (const batch of lineBatches(hashed())) {
    for (const { text, ended } of batch) {
      if (!ended || text === undefined || tree.size >= size) continue;
      tree.append(leafHash(text));
      if (tree.size === size) root = tree.root();
    }
  }
  return { sha256: hash.digest("hex"), root };
}

/** The plain file goes only once the compressed one has been read back and is the same, under the root that was signed. */
export async function packEntries({ dir, ...pace }: PackParts, leaf: LedgerLeaf): Promise<Packed> {
  const { stream, size } = leaf;
  const [plainName, packedName] = [entriesFile(stream), compressedFile(stream)];
  const plain = await readPlain(dir, plainName);
  if (plain === undefined) return (await readPacked(dir, packedName).then(closed)) ? "was-packed" : "none";
  const { mtimeMs } = plain;
  const before = await contentOf(plain, size);
  if (before.root !== leaf.root) return "damaged";
  const isSame = async (name: string): Promise<boolean> => {
    const packed = await readPacked(dir, name);
    return packed !== undefined && (await contentOf(packed, size)).sha256 === before.sha256;
  };
  // It may stand there already: its maker died before the plain one was gone.
  if (!(await isSame(packedName))) {
    const source = await readPlain(dir, plainName);
    if (source === undefined) return "none";
    const chunks = members(blocks(source.chunks()), source.size, pace);
    if (!(await replaceFile(dir, packedName, mtimeMs, chunks, isSame))) return "damaged";
  }
  await unlink(join(dir, plainName));
  syncFolder(dir);
  return "packed";
}

async function closed(file: EntriesFile | undefined): Promise<boolean> {
  await file?.close();
  return file !== undefined;
}

/** Pieces of one length, but for the last. */
async function* blocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    for (; held.length >= BLOCK_BYTES; held = held.subarray(BLOCK_BYTES)) yield held.subarray(0, BLOCK_BYTES);
  }
  if (held.length > 0) yield held;
}

/** `total`: of the plain bytes, where the file is to say it. */
async function* members(
  plain: AsyncIterable<Uint8Array>,
  total: number | undefined,
  { pauseMs, signal }: Pick<PackParts, "pauseMs" | "signal">,
): AsyncGenerator<Buffer, void, undefined> {
  let said = total;
  for await (const block of plain) {
    yield await member(block, said);
    said = undefined;
    signal?.throwIfAborted();
    if (pauseMs > 0) await sleep(pauseMs);
  }
  yield said === undefined ? await ending() : await member(Buffer.alloc(0), said);
}

/** What became of the bodies of one stream. */
export interface BodiesPacked {
  readonly kind: Packed | "locked";
  /** Bodies that were left out, and their bytes. */
  readonly dropped: number;
  readonly droppedBytes: number;
}

/**
 * `keeps`: which bodies stay, by their digests; of the others the digest and the nonce stay, so that who has the text can
 * still prove it. Left out: all of them stay.
 */
export async function packBodies(
  { dir, key, ...pace }: PackParts,
  stream: string,
  keeps?: (digest: string) => boolean,
): Promise<BodiesPacked> {
  const nothing = (kind: BodiesPacked["kind"]): BodiesPacked => ({ kind, dropped: 0, droppedBytes: 0 });
  const name = bodiesFile(stream);
  const bodies = await openBodies(dir, stream, key);
  if (bodies.kind !== "open") return nothing(bodies.kind === "locked" ? "locked" : "none");
  const { mtimeMs, size } = await stat(join(dir, name));
  if (size === 0 || key === undefined || (bodies.codec === "gzip" && keeps === undefined)) {
    await bodies.close();
    return nothing(size === 0 ? "none" : key === undefined ? "locked" : "was-packed");
  }
  const drop = dropping(keeps);
  const hash = createHash("sha256");
  async function* plain() {
    for await (const bytes of linesAgain(bodies.kind === "open" ? bodies.lines : [], drop.line)) {
      hash.update(bytes);
      yield bytes;
    }
  }
  const { head, cipher } = sealing(stream, "gzip", key);
  async function* sealed() {
    yield head;
    for await (const bytes of members(blocks(plain()), undefined, pace)) yield cipher.update(bytes);
  }
  const isRight = async (draft: string): Promise<boolean> => {
    const [wanted, written] = [hash.digest("hex"), createHash("sha256")];
    const again = await readBodiesFile(join(dir, draft), stream, key);
    if (again.kind !== "open") return false;
    for await (const bytes of linesAgain(again.lines, (line) => line)) written.update(bytes);
    return written.digest("hex") === wanted;
  };
  const isDone = await replaceFile(dir, name, mtimeMs, sealed(), isRight);
  return isDone ? { kind: "packed", ...drop.facts() } : nothing("damaged");
}

async function* linesAgain(
  batches: AsyncIterable<readonly Line[]> | Iterable<readonly Line[]>,
  change: (line: Buffer) => Buffer,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const batch of batches) {
    const pieces = batch.flatMap(({ bytes, ended }) => [change(Buffer.from(bytes)), ...(ended ? [NEWLINE] : [])]);
    yield Buffer.concat(pieces);
  }
}
const NEWLINE = Buffer.of(10);

/** As they stand at the beginning of every line of ours. */
const HEAD_OF_LINE = /^(\{"d":"([0-9a-f]{64})","nonce":"[0-9a-f]{32}"),"(?:json|text)":/;

function dropping(keeps: ((digest: string) => boolean) | undefined) {
  let [dropped, droppedBytes] = [0, 0];
  return {
    line(line: Buffer): Buffer {
      if (keeps === undefined) return line;
      const [, head = "", digest] = HEAD_OF_LINE.exec(line.toString("latin1", 0, 200)) ?? [];
      if (digest === undefined || keeps(digest)) return line;
      dropped++;
      droppedBytes += line.length - head.length - 1;
      return Buffer.from(`${head}}`, "latin1");
    },
    facts: () => ({ dropped, droppedBytes }),
  };
}
