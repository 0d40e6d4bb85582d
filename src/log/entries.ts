/**
 * The one door to the entries of a stream, as it was written or compressed: sizes and places are those of the plain bytes.
 * Where both files stand, somebody is about to remove the plain one, and it is the one that is read.
 */

import { readSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { BLOCK_BYTES, HEAD_BYTES, inflate, readHead } from "./bgzf.ts";
import { compressedFile, entriesFile } from "./names.ts";

/** Read at once, where a file is read through. */
const CHUNK_BYTES = 256 * 1024;

export interface EntriesFile {
  /** Of the plain bytes. */
  readonly size: number;
  readonly mtimeMs: number;
  /** Nothing is added to it any more. */
  readonly isPacked: boolean;
  /** Fewer bytes than asked for only at the end. */
  read(from: number, length: number): Promise<Buffer>;
  /** From a place to the end, or to `end` (exclusive); closes the file when it is read through or left. */
  chunks(from?: number, end?: number): AsyncGenerator<Buffer, void, undefined>;
  close(): Promise<void>;
}

/** Throws what the file system says, ENOENT where there is neither. */
export async function openEntries(dir: string, stream: string): Promise<EntriesFile> {
  const found = (await readPlain(dir, entriesFile(stream))) ?? (await readPacked(dir, compressedFile(stream)));
  return found ?? plainFile(await open(join(dir, entriesFile(stream)), "r"));
}

/** One of the two, by its name; undefined where it is not there. */
export async function readPlain(dir: string, name: string): Promise<EntriesFile | undefined> {
  const file = await open(join(dir, name), "r").catch(absent);
  return file === undefined ? undefined : plainFile(file);
}
export async function readPacked(dir: string, name: string): Promise<EntriesFile | undefined> {
  const file = await open(join(dir, name), "r").catch(absent);
  return file === undefined ? undefined : packedFile(file);
}

function absent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

/** Its size and last change, without keeping it open. */
export async function statEntries(
  dir: string,
  stream: string,
): Promise<Pick<EntriesFile, "size" | "mtimeMs" | "isPacked">> {
  const file = await openEntries(dir, stream);
  await file.close();
  return { size: file.size, mtimeMs: file.mtimeMs, isPacked: file.isPacked };
}

/** The whole of a stream, opened when it is read: a log of thousands of them would otherwise hold thousands open. */
export async function* entriesChunks(dir: string, stream: string): AsyncGenerator<Buffer, void, undefined> {
  yield* (await openEntries(dir, stream)).chunks();
}

async function plainFile(file: FileHandle): Promise<EntriesFile> {
  const { size, mtimeMs } = await file.stat();
  return {
    size,
    mtimeMs,
    isPacked: false,
    async read(from, length) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, from);
      return buffer.subarray(0, bytesRead);
    },
    async *chunks(from = 0, end) {
      if (end !== undefined && end <= from) return file.close();
      yield* file.createReadStream({
        start: from,
        highWaterMark: CHUNK_BYTES,
        ...(end === undefined ? {} : { end: end - 1 }),
      }) as AsyncIterable<Buffer>;
    },
    close: () => file.close(),
  };
}

async function packedFile(file: FileHandle): Promise<EntriesFile> {
  const { size: packed, mtimeMs } = await file.stat();
  const first = await block(file, 0, HEAD_BYTES);
  let found: readonly number[] | undefined;
  const places = (): readonly number[] => (found ??= memberPlaces(file.fd, packed));
  const size = readHead(first)?.total ?? 0;
  let last: { readonly index: number; readonly bytes: Buffer } | undefined;

  /** What is no member, or a damaged one, is given as it stands: whoever reads lines then sees where. */
  async function plain(index: number): Promise<Buffer> {
    if (last?.index === index) return last.bytes;
    const [from = packed, to = packed] = [places()[index], places()[index + 1]];
    const raw = await block(file, from, to - from);
    const bytes = inflate(raw) ?? raw;
    last = { index, bytes };
    return bytes;
  }

  return {
    size,
    mtimeMs,
    isPacked: true,
    async read(from, length) {
      const parts: Buffer[] = [];
      let wanted = length;
      for (let at = from; wanted > 0;) {
        const index = Math.floor(at / BLOCK_BYTES);
        const part = (await plain(index)).subarray(at % BLOCK_BYTES).subarray(0, wanted);
        if (part.length === 0) break;
        parts.push(part);
        at += part.length;
        wanted -= part.length;
      }
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    },
    async *chunks(from = 0, end = Number.POSITIVE_INFINITY) {
      try {
        let skip = from % BLOCK_BYTES;
        let left = end - from;
        for (let index = Math.floor(from / BLOCK_BYTES); index < places().length && left > 0; index++) {
          const part = (await plain(index)).subarray(skip).subarray(0, left);
          skip = 0;
          left -= part.length;
          if (part.length > 0) yield part;
        }
      } finally {
        await file.close();
      }
    },
    close: () => file.close(),
  };
}

async function block(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, from);
  return buffer.subarray(0, bytesRead);
}

/**
 * Where each member begins; what comes after the last is one more. Read at once: a file has about a thousand, and a trip to
 * a thread for each would take twenty times as long.
 */
function memberPlaces(fd: number, size: number): readonly number[] {
  const places: number[] = [];
  const buffer = Buffer.alloc(HEAD_BYTES);
  for (let at = 0; at < size;) {
    places.push(at);
    const head = readHead(buffer.subarray(0, readSync(fd, buffer, 0, HEAD_BYTES, at)));
    if (head === undefined || at + head.bytes > size) break;
    at += head.bytes;
  }
  return places;
}
