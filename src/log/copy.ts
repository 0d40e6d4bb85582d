/** Copies a log's files as far as a ledger goes that was read before: they only grow, so what was signed is there. */

import { createWriteStream } from "node:fs";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseLedgerLine } from "../audit/leaf.ts";
import { lineBatches } from "../audit/lines.ts";
import type { LedgerLeaf } from "../audit/log.ts";
import { isAbsent, undefinedIfAbsent } from "./error-code.ts";
import { openEntries } from "./entries.ts";
import { CHECKPOINT_FILE, KEY_FILE, LEDGER_FILE } from "./mirror.ts";
import { ARCHIVE_FOLDER, bodiesFile, compressedFile, entriesFile } from "./names.ts";
import { ROTATIONS_FILE } from "./rotations.ts";
import { copyStamps } from "./stamps.ts";
import { hasEnded } from "./standing.ts";

export interface LedgerCopy {
  readonly lines: readonly string[];
  /** Signed note. */
  readonly checkpoint: string;
  /** As `verifierText` writes it. */
  readonly key: string;
}

/** Into a folder that is not there yet. Streams that were pruned are left out, as they are from the log. */
export async function copyLog(dir: string, to: string, { lines, checkpoint, key }: LedgerCopy): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  const write = (name: string, text: string): Promise<void> =>
    writeFile(join(to, name), text, { mode: 0o600, flag: "wx" });
  await write(KEY_FILE, `${key}\n`);
  await write(CHECKPOINT_FILE, checkpoint);
  await write(LEDGER_FILE, lines.map((line) => `${line}\n`).join(""));
  // A key is replaced only while nothing else runs, so not in between.
  await copyIfThere(join(dir, ROTATIONS_FILE), join(to, ROTATIONS_FILE));
  const leaves = new Map<string, LedgerLeaf>();
  for (const line of lines) {
    const leaf = parseLedgerLine(line);
    if (leaf !== undefined) leaves.set(leaf.stream, leaf);
  }
  for (const [stream, leaf] of leaves) {
    const { size } = leaf;
    if (hasEnded(leaf)) await copyWhole(dir, to, stream);
    else await copySigned(dir, to, stream, size);
    await copyIfThere(join(dir, bodiesFile(stream)), join(to, bodiesFile(stream)));
  }
  await copyStamps(dir, to, lines.length);
  const configs = join(dir, ARCHIVE_FOLDER);
  const names = await readdir(configs).catch(() => []);
  if (names.length === 0) return;
  await mkdir(join(to, ARCHIVE_FOLDER), { mode: 0o700 });
  for (const name of names)
    if (!name.startsWith(".")) await copyFile(join(configs, name), join(to, ARCHIVE_FOLDER, name));
}

/** A stream that has ended, as it lies there; compressed meanwhile, it is the other file. */
async function copyWhole(dir: string, to: string, stream: string): Promise<void> {
  for (const name of [entriesFile(stream), compressedFile(stream), entriesFile(stream)])
    if (await copyIfThere(join(dir, name), join(to, name))) return;
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** As many entries as were signed: the rest may be half written, and belongs to a later checkpoint. */
async function copySigned(dir: string, to: string, stream: string, entries: number): Promise<void> {
  const file = await openEntries(dir, stream).catch(undefinedIfAbsent);
  if (file === undefined) return;
  const out = createWriteStream(join(to, entriesFile(stream)), { mode: 0o600, flags: "wx" });
  let left = entries;
  for await (const batch of lineBatches(file.chunks())) {
    const some = batch.slice(0, left);
    left -= some.length;
    const text = Buffer.concat(some.flatMap(({ bytes }) => [bytes, Buffer.of(10)]));
    if (text.length > 0 && !out.write(text)) await new Promise<void>((resolve) => void out.once("drain", resolve));
    if (left === 0) break;
  }
  await new Promise<void>((resolve, reject) => {
    out.once("error", reject);
    out.end(() => resolve());
  });
}
