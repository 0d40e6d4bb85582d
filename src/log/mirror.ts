/**
 * The ledger beside the streams: `ledger.jsonl`, `checkpoint`, the public key, and the tree's stack as a cache. A copy for
 * readers without the store; the store decides. Line i stands at the same offset whoever writes it, so that several
 * processes may write the same lines at once and a torn copy is mended by writing it again.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openCheckpoint, parseVerifier } from "../audit/checkpoint.ts";
import { Tree, type TreeState } from "../audit/tree.ts";

export const LEDGER_FILE = "ledger.jsonl";
export const CHECKPOINT_FILE = "checkpoint";
export const KEY_FILE = "key";
const TREE_FILE = "ledger.tree";

/** A place in the ledger: its tree there and the mirror's length in bytes. */
export interface Mark {
  readonly tree: TreeState;
  readonly bytes: number;
}

/** Writes lines from `at` on, then the checkpoint and, where it is worth it, the stack of `upTo`. Throws what the file system says. */
export function writeMirror(
  dir: string,
  verifier: string,
  at: Mark,
  lines: readonly string[],
  upTo: Mark,
  checkpoint: string,
  withTree: boolean,
): void {
  const fd = openSync(join(dir, LEDGER_FILE), constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""), "utf8");
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, at.bytes + done);
  } finally {
    closeSync(fd);
  }
  // Another process may have been faster with a later one.
  if ((mirroredSize(dir, verifier) ?? 0) > upTo.tree.size) return;
  replace(dir, CHECKPOINT_FILE, checkpoint);
  if (!withTree) return;
  replace(dir, TREE_FILE, `${JSON.stringify({ size: upTo.tree.size, bytes: upTo.bytes, stack: upTo.tree.stack })}\n`);
}

export function writeKey(dir: string, verifier: string): void {
  replace(dir, KEY_FILE, `${verifier}\n`);
}

function replace(dir: string, name: string, text: string): void {
  const fresh = join(dir, `.${name}.${process.pid}`);
  writeFileSync(fresh, text, { mode: 0o600 });
  renameSync(fresh, join(dir, name));
}

function read(dir: string, name: string): string | undefined {
  try {
    return readFileSync(join(dir, name), "utf8");
  } catch {
    return undefined;
  }
}

/** The checkpoint's size in the mirror, if one stands there that this key has signed. */
export function mirroredSize(dir: string, verifier: string): number | undefined {
  const key = parseVerifier(verifier);
  const note = read(dir, CHECKPOINT_FILE);
  if (key === undefined || note === undefined) return undefined;
  const checkpoint = openCheckpoint(note, key);
  return "refused" in checkpoint ? undefined : checkpoint.size;
}

/**
 * Where the mirror ends, so that a start need not read the whole ledger. The cache proves itself: a stack that gives the
 * signed root is the stack of that tree. Undefined where anything does not fit; then the ledger is read whole.
 */
export function cachedMark(dir: string, verifier: string): Mark | undefined {
  const key = parseVerifier(verifier);
  const note = read(dir, CHECKPOINT_FILE);
  const cache = read(dir, TREE_FILE);
  if (key === undefined || note === undefined || cache === undefined) return undefined;
  const checkpoint = openCheckpoint(note, key);
  const mark = parseMark(cache);
  if ("refused" in checkpoint || mark === undefined || mark.tree.size !== checkpoint.size) return undefined;
  if (new Tree(mark.tree).root() !== checkpoint.root || ledgerBytes(dir) < mark.bytes) return undefined;
  return mark;
}

function parseMark(text: string): Mark | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { size, bytes, stack } = value as Record<string, unknown>;
  if (
    typeof size !== "number" ||
    !Number.isSafeInteger(size) ||
    typeof bytes !== "number" ||
    !Number.isSafeInteger(bytes)
  )
    return undefined;
  if (!Array.isArray(stack) || stack.length !== size.toString(2).replaceAll("0", "").length) return undefined;
  const hashes = stack.filter((hash): hash is string => typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash));
  return hashes.length === stack.length ? { tree: { size, stack: hashes }, bytes } : undefined;
}

function ledgerBytes(dir: string): number {
  try {
    const fd = openSync(join(dir, LEDGER_FILE), constants.O_RDONLY);
    try {
      return fstatSync(fd).size;
    } finally {
      closeSync(fd);
    }
  } catch {
    return 0;
  }
}
