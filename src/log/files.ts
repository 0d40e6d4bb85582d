/** A log's files as the verifier takes them: a folder (live or exported), or one exported file. Reads; changes nothing. */

import { createReadStream } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Chunks } from "../audit/lines.ts";
import type { ConfigFile } from "../audit/editions.ts";
import type { StreamFile } from "../audit/verify.ts";
import { entriesChunks, statEntries } from "./entries.ts";
import { framed } from "./export-part.ts";
import { CHECKPOINT_FILE, KEY_FILE, LEDGER_FILE } from "./mirror.ts";
import { readRotations } from "./rotations.ts";
import { openBodies, parseBody } from "./bodies.ts";
import { ARCHIVE_FOLDER, archiveFile, archiveOfFile, streamOfFile } from "./names.ts";
import { STAMP_FOLDER, stampParts, stampsAmong, stampsIn } from "./stamps.ts";
import type { FoundLog } from "./found-log.ts";
import { logInZip } from "./zip-log.ts";
import { isZip, readZip, ZipError } from "./zip-read.ts";

export type { FoundLog } from "./found-log.ts";

/** `missing`: nothing is there; `part-missing`: a folder without a file that a log has; `format`: no export of this version. */
export class LogFilesError extends Error {
  readonly code: "missing" | "part-missing" | "format";
  readonly path: string;
  constructor(code: LogFilesError["code"], path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

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
async function configsIn(dir: string): Promise<readonly ConfigFile[]> {
  const names: readonly string[] = await readdir(join(dir, ARCHIVE_FOLDER)).catch(() => []);
  return names.toSorted().flatMap((name) => {
    const digest = archiveOfFile(name);
    return digest === undefined ? [] : [{ digest, chunks: readLater(join(dir, ARCHIVE_FOLDER, name)) }];
  });
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

async function fromFolder(dir: string, bodiesKey: Buffer | undefined): Promise<FoundLog> {
  // The list of files first: a stream is in the ledger before it has an entry, so each of them is in what is read next.
  // Their sizes too: what is written meanwhile may have seen more of the ledger than is read here.
  // The newest first: what a stream says of the one before it, that one has in what is read here.
  await refuseOdd(dir);
  const streams: StreamFile[] = [];
  for (const stream of (await streamsIn(dir)).toReversed()) {
    const { size, isPacked } = await statEntries(dir, stream);
    const chunks: Chunks = { [Symbol.asyncIterator]: () => entriesChunks(dir, stream) };
    const bodies = keptBodies(dir, stream, bodiesKey);
    streams.unshift({ stream, chunks, bodies, bytes: size, ...(isPacked ? {} : { settled: size }) });
  }
  const part = (name: string): Promise<string> =>
    readFile(join(dir, name), "utf8").catch(() => {
      throw new LogFilesError("part-missing", join(dir, name), "a part of the log is not there");
    });
  const key = (await part(KEY_FILE)).trim();
  // Before the checkpoint: each is of one that stood there.
  const stamps = await stampsIn(dir);
  // The checkpoint before the ledger: lines are mirrored before the checkpoint over them.
  const checkpoint = await part(CHECKPOINT_FILE);
  const ledger = await readFile(join(dir, LEDGER_FILE)).catch(() => {
    throw new LogFilesError("part-missing", join(dir, LEDGER_FILE), "a part of the log is not there");
  });
  return {
    key,
    stamps,
    files: {
      checkpoint,
      ledger: [ledger],
      streams,
      // Last: a configuration is kept before the entry that names it.
      configs: await configsIn(dir),
      rotations: readRotations(dir),
    },
  };
}

interface Range {
  readonly start: number;
  /** Inclusive, as `createReadStream` wants it; before `start` for nothing. */
  readonly end: number;
  readonly rest: Uint8Array;
}

/** Opened when it is read: a log of thousands of streams would otherwise hold thousands of files open. */
function readLater(path: string, range?: Range): Chunks {
  return {
    async *[Symbol.asyncIterator]() {
      if (range === undefined) yield* createReadStream(path) as AsyncIterable<Uint8Array>;
      else if (range.end >= range.start)
        yield* createReadStream(path, { start: range.start, end: range.end }) as AsyncIterable<Uint8Array>;
      if (range !== undefined && range.rest.length > 0) yield range.rest;
    },
  };
}

/** First line of an export in one file. */
interface ExportHead {
  readonly kind: "log.export";
  readonly v: 1;
  readonly key: string;
  readonly checkpoint: string;
  readonly rotations?: string;
}

const LEDGER_PART = "ledger";
const CONFIG_PART = `${ARCHIVE_FOLDER}/`;

/** The export of a log as one file of JSON lines; parts are framed by length, so that their bytes stay what was signed. */
export async function* exportLog({ files, key, stamps }: FoundLog): AsyncGenerator<string, void, undefined> {
  const { checkpoint, rotations = "" } = files;
  const head: ExportHead = {
    kind: "log.export",
    v: 1,
    key,
    checkpoint,
    ...(rotations === "" ? {} : { rotations }),
  };
  yield `${JSON.stringify(head)}\n`;
  yield* framed(LEDGER_PART, files.ledger);
  for (const { stream, chunks, settled } of files.streams) yield* framed(stream, chunks, settled);
  for (const { digest, chunks } of files.configs) yield* framed(`${CONFIG_PART}${archiveFile(digest)}`, chunks);
  for (const [name, chunks] of stampParts(stamps, Infinity)) yield* framed(name, chunks, undefined, true);
}

const MAX_HEAD = 1 << 20;

const isStamp = ({ stream }: StreamFile): boolean => stream.startsWith(`${STAMP_FOLDER}/`);

async function fromExport(path: string): Promise<FoundLog> {
  const bad = (): LogFilesError => new LogFilesError("format", path, "not a log export of this version");
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    let at = 0;
    const nextHead = async (): Promise<Readonly<Record<string, unknown>>> => {
      const buffer = Buffer.alloc(Math.min(MAX_HEAD, size - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      const end = buffer.subarray(0, bytesRead).indexOf(10);
      const head = end < 0 ? undefined : jsonObject(buffer.toString("utf8", 0, end));
      if (head === undefined) throw bad();
      at += end + 1;
      return head;
    };
    const { kind, v, key, checkpoint, rotations = "" } = await nextHead();
    if (typeof rotations !== "string") throw bad();
    if (kind !== "log.export" || v !== 1 || typeof key !== "string" || typeof checkpoint !== "string") throw bad();
    const parts: StreamFile[] = [];
    while (at < size) {
      const { kind, file: name, bytes, settled, rest = "" } = await nextHead();
      if (kind !== "log.part" || typeof name !== "string" || typeof rest !== "string") throw bad();
      if (settled !== undefined && typeof settled !== "number") throw bad();
      if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0 || at + bytes > size) throw bad();
      parts.push({
        stream: name,
        bytes,
        chunks: readLater(path, { start: at, end: at + bytes - 1, rest: Buffer.from(rest, "base64") }),
        ...(settled === undefined ? {} : { settled }),
      });
      at += bytes;
    }
    const [ledger, ...others] = parts;
    if (ledger?.stream !== LEDGER_PART) throw bad();
    const isConfig = ({ stream }: StreamFile): boolean => stream.startsWith(CONFIG_PART);
    const configs = others.filter(isConfig).flatMap(({ stream, chunks }) => {
      const digest = archiveOfFile(stream.slice(CONFIG_PART.length));
      return digest === undefined ? [] : [{ digest, chunks }];
    });
    const stamps = stampsAmong(new Map(others.filter(isStamp).map(({ stream, chunks }) => [stream, chunks])));
    const streams = others.filter((part) => !isConfig(part) && !isStamp(part));
    return { key, stamps, files: { checkpoint, ledger: ledger.chunks, streams, configs, rotations } };
  } finally {
    await file.close();
  }
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
