/** A log's files as the verifier takes them: a folder (live or exported), or one exported file. Reads; changes nothing. */

import { createReadStream } from "node:fs";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Chunks } from "../audit/lines.ts";
import type { LogFiles } from "../audit/verify.ts";
import { CHECKPOINT_FILE, KEY_FILE, LEDGER_FILE } from "./mirror.ts";
import { entriesFile, streamOfFile } from "./names.ts";

export interface FoundLog {
  readonly files: LogFiles;
  /** The public key that stands beside the log. It proves less than one that was kept elsewhere. */
  readonly key: string;
}

/** `missing`: not there or not a log; `format`: not an export of this version. */
export class LogFilesError extends Error {
  readonly code: "missing" | "format";
  readonly path: string;
  constructor(code: LogFilesError["code"], path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/** @throws LogFilesError */
export async function findLog(path: string): Promise<FoundLog> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new LogFilesError("missing", path, "no such file or folder");
  return found.isDirectory() ? fromFolder(path) : fromExport(path);
}

/** Streams of a folder, by name. */
export const streamsIn = async (dir: string): Promise<string[]> =>
  (await readdir(dir))
    .map(streamOfFile)
    .filter((stream) => stream !== undefined)
    .sort();

async function fromFolder(dir: string): Promise<FoundLog> {
  // The list of files first: a stream is in the ledger before it has an entry, so each of them is in what is read next.
  const streams = await streamsIn(dir);
  const part = (name: string): Promise<string> =>
    readFile(join(dir, name), "utf8").catch(() => {
      throw new LogFilesError("missing", join(dir, name), "a part of the log is not there");
    });
  const key = (await part(KEY_FILE)).trim();
  const ledger = await part(LEDGER_FILE);
  // After the ledger: what is under a signature is never ahead of the lines read.
  const checkpoint = await part(CHECKPOINT_FILE);
  return {
    key,
    files: {
      checkpoint,
      ledger: [Buffer.from(ledger, "utf8")],
      streams: streams.map((stream) => ({ stream, chunks: createReadStreamLater(join(dir, entriesFile(stream))) })),
    },
  };
}

/** Opened when it is read: a log of thousands of streams would otherwise hold thousands of files open. */
function createReadStreamLater(path: string, range?: { readonly start: number; readonly end: number }): Chunks {
  return {
    async *[Symbol.asyncIterator]() {
      if (range !== undefined && range.end < range.start) return;
      yield* createReadStream(path, range) as AsyncIterable<Uint8Array>;
    },
  };
}

/** First line of an export in one file. */
interface ExportHead {
  readonly kind: "log.export";
  readonly v: 1;
  readonly key: string;
  readonly checkpoint: string;
}
/** Stands before each part; then come that many bytes and, where they do not end a line, a line end. */
interface ExportPart {
  readonly kind: "log.part";
  readonly file: string;
  readonly bytes: number;
}

const LEDGER_PART = "ledger";

/** The export of a log as one file: JSON lines, each part framed by its length so that its bytes stay what was signed. */
export async function* exportLog({ files, key }: FoundLog): AsyncGenerator<Uint8Array, void, undefined> {
  const head: ExportHead = { kind: "log.export", v: 1, key, checkpoint: files.checkpoint };
  yield Buffer.from(`${JSON.stringify(head)}\n`, "utf8");
  yield* framed(LEDGER_PART, files.ledger);
  for (const { stream, chunks } of files.streams) yield* framed(stream, chunks);
}

async function* framed(file: string, chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const bytes = Buffer.concat(parts);
  const head: ExportPart = { kind: "log.part", file, bytes: bytes.length };
  yield Buffer.from(`${JSON.stringify(head)}\n`, "utf8");
  yield bytes;
  if (bytes.length > 0 && bytes.at(-1) !== 10) yield Buffer.from("\n");
}

const MAX_HEAD = 1 << 20;

async function fromExport(path: string): Promise<FoundLog> {
  const bad = (): LogFilesError => new LogFilesError("format", path, "not a log export of this version");
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    let at = 0;
    const headAt = async (): Promise<Record<string, unknown>> => {
      const buffer = Buffer.alloc(Math.min(MAX_HEAD, size - at));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      const end = buffer.subarray(0, bytesRead).indexOf(10);
      if (end < 0) throw bad();
      at += end + 1;
      try {
        const value: unknown = JSON.parse(buffer.toString("utf8", 0, end));
        if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
      } catch {
        // Said below.
      }
      throw bad();
    };
    const { kind, v, key, checkpoint } = await headAt();
    if (kind !== "log.export" || v !== 1 || typeof key !== "string" || typeof checkpoint !== "string") throw bad();
    const parts: { readonly stream: string; readonly chunks: Chunks }[] = [];
    while (at < size) {
      const part = await headAt();
      const { bytes, file: name } = part;
      if (
        part["kind"] !== "log.part" ||
        typeof name !== "string" ||
        typeof bytes !== "number" ||
        !Number.isSafeInteger(bytes)
      )
        throw bad();
      if (bytes < 0 || at + bytes > size) throw bad();
      parts.push({ stream: name, chunks: createReadStreamLater(path, { start: at, end: at + bytes - 1 }) });
      const last = Buffer.alloc(1);
      if (bytes > 0) await file.read(last, 0, 1, at + bytes - 1);
      at += bytes + (bytes > 0 && last[0] !== 10 ? 1 : 0);
    }
    const [ledger, ...streams] = parts;
    if (ledger?.stream !== LEDGER_PART) throw bad();
    return { key, files: { checkpoint, ledger: ledger.chunks, streams } };
  } finally {
    await file.close();
  }
}
