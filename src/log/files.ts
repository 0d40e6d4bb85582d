/** A log's files as the verifier takes them: a folder (live or exported), or one exported file. Reads; changes nothing. */

import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Chunks } from "../audit/lines.ts";
import type { ConfigFile } from "../audit/editions.ts";
import type { StreamFile } from "../audit/verify.ts";
import { archivesAmong } from "./archive.ts";
import { entriesChunks, statEntries } from "./entries.ts";
import { CHECKPOINT_FILE, KEY_FILE, LEDGER_FILE } from "./mirror.ts";
import { ROTATIONS_FILE } from "./rotations.ts";
import { openBodies, parseBody } from "./bodies.ts";
import { fromExport } from "./export-file.ts";
import { LogFilesError, type FoundLog } from "./found-log.ts";
import { ARCHIVE_FOLDER, streamOfFile } from "./names.ts";
import { readLater } from "./read-later.ts";
import { STAMP_FOLDER, stampsIn } from "./stamps.ts";
import { logInZip } from "./zip-log.ts";
import { isZip, readZip, ZipError } from "./zip-read.ts";

/** Of each small file: what is longer is none of ours. */
const MOST_SMALL_BYTES = 1 << 20;

/** `bodiesKey`: the installation's, where bodies are to be read; plain ones are read without. @throws LogFilesError */
export async function findLog(path: string, bodiesKey?: Buffer): Promise<FoundLog> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new LogFilesError("missing", path, "no such file or folder");
  if (found.isDirectory()) return fromFolder(path, bodiesKey);
  return (await isZip(path)) ? fromZip(path) : fromExport(path);
}

async function fromZip(path: string): Promise<FoundLog> {
  const log = await readZip(path)
    .then(logInZip)
    .catch((error: unknown) => {
      if (error instanceof ZipError) return undefined;
      throw error;
    });
  if (log === undefined) throw new LogFilesError("format", path, "no log in this zip file");
  return log;
}

/** Streams of a folder, by name. */
export const streamsIn = async (dir: string): Promise<string[]> =>
  [...new Set((await readdir(dir)).map(streamOfFile))].filter((stream) => stream !== undefined).toSorted();

/** A log of an older program has none. */
export async function configsIn(dir: string): Promise<readonly ConfigFile[]> {
  const names: readonly string[] = await readdir(join(dir, ARCHIVE_FOLDER)).catch(() => []);
  const inFolder = names.toSorted().map((name) => `${ARCHIVE_FOLDER}/${name}`);
  return archivesAmong(inFolder.map((name) => [name, readLater(join(dir, name))]));
}

/** Opened when the first is asked for. */
async function* keptBodies(dir: string, stream: string, key: Buffer | undefined) {
  const bodies = await openBodies(dir, stream, key);
  if (bodies.kind !== "open") return;
  for await (const batch of bodies.lines)
    yield batch.flatMap(({ text, ended }) => (text !== undefined && ended ? (parseBody(text) ?? []) : []));
}

/** A pipe is never read through, a device has no end, and what a link leads to is no part of a log: none of them is opened. */
async function refuseOdd(dir: string): Promise<void> {
  for (const folder of [dir, join(dir, ARCHIVE_FOLDER), join(dir, STAMP_FOLDER)]) {
    for (const each of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const isFolder = each.isDirectory() && !/\.(?:jsonl?|gz)$/.test(each.name);
      if (!each.isFile() && !isFolder) throw new LogFilesError("format", join(folder, each.name), "not a regular file");
    }
  }
}

/** So many processes never open their streams at once, and only then is a file there before the ledger knows of it. */
const MOST_UNKNOWN = 1_000;

/** Files that anybody can make in any number are not looked at one by one. */
async function refuseCrowd(dir: string, names: readonly string[]): Promise<void> {
  if (names.length <= MOST_UNKNOWN) return;
  const ledger = await readFile(join(dir, LEDGER_FILE), "utf8").catch(() => "");
  const known = new Set(Array.from(ledger.matchAll(/^\{"v":1,"stream":"([0-9a-f-]+)"/gm), ([, name]) => name));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > MOST_UNKNOWN)
    throw new LogFilesError("crowded", dir, `${unknown.length} files of streams that the ledger does not know`);
}

async function fromFolder(dir: string, bodiesKey: Buffer | undefined): Promise<FoundLog> {
  // The list of files first: a stream is in the ledger before it has an entry, so each of them is in what is read next.
  // Their sizes too: what is written meanwhile may have seen more of the ledger than is read here.
  // The newest first: what a stream says of the one before it, that one has in what is read here.
  await refuseOdd(dir);
  const names = await streamsIn(dir);
  await refuseCrowd(dir, names);
  const streams: StreamFile[] = [];
  for (const stream of names.toReversed()) {
    const { size, isPacked } = await statEntries(dir, stream);
    const chunks: Chunks = { [Symbol.asyncIterator]: () => entriesChunks(dir, stream) };
    const bodies = keptBodies(dir, stream, bodiesKey);
    streams.push({ stream, chunks, bodies, bytes: size, ...(isPacked ? {} : { settled: size }) });
  }
  streams.reverse();
  const sizeOf = async (name: string): Promise<number> =>
    (
      await stat(join(dir, name)).catch(() => {
        throw new LogFilesError("part-missing", join(dir, name), "a part of the log is not there");
      })
    ).size;
  const small = async (name: string): Promise<string> => {
    if ((await sizeOf(name)) <= MOST_SMALL_BYTES) return readFile(join(dir, name), "utf8");
    throw new LogFilesError("format", join(dir, name), "longer than it can be");
  };
  const key = (await small(KEY_FILE)).trim();
  // Before the checkpoint: each is of one that stood there.
  const stamps = await stampsIn(dir);
  // The checkpoint before the ledger: lines are mirrored before the checkpoint over them.
  const checkpoint = await small(CHECKPOINT_FILE);
  const ledgerBytes = await sizeOf(LEDGER_FILE);
  const rotations = await small(ROTATIONS_FILE).catch((error: unknown) => {
    if (error instanceof LogFilesError && error.code === "part-missing") return "";
    throw error;
  });
  return {
    key,
    stamps,
    files: {
      checkpoint,
      ledger: readLater(join(dir, LEDGER_FILE), { start: 0, end: ledgerBytes - 1, rest: new Uint8Array() }),
      streams,
      // Last: a configuration is kept before the entry that names it.
      configs: await configsIn(dir),
      rotations,
    },
  };
}
