/**
 * The one door to the entries of a stream, as it was written or compressed: sizes and places are those of the plain bytes.
 * Where both files stand, somebody is about to remove the plain one, and it is the one that is read.
 */

import { readSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { undefinedIfAbsent } from "./error-code.ts";
import { BLOCK_BYTES, HEAD_BYTES, inflate, readHead } from "./bgzf.ts";
import { compressedFile, entriesFile } from "./names.ts";

/** Of the longest member: its own length has two bytes. */
const MEMBER_BYTES = 0x10000;
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
  const file = await open(join(dir, name), "r").catch(undefinedIfAbsent);
  return file === undefined ? undefined : plainFile(file);
}
export async function readPacked(dir: string, name: string): Promise<EntriesFile | undefined> {
  const file = await open(join(dir, name), "r").catch(undefinedIfAbsent);
  return file === undefined ? undefined : packedFile(file);
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
  const { places, size } = membersIn(file.fd, packed);
  const ending = places.length - 1;
  let last: { readonly index: number; readonly bytes: Buffer } | undefined;

  /** All are of one length but for the last, and an empty one ends the file: else no place in it would be where it is sought. */
  function isRight(index: number, bytes: Buffer, total: number | undefined): boolean {
    const length = index === ending ? 0 : Math.min(BLOCK_BYTES, size - index * BLOCK_BYTES);
    return bytes.length === length && total === (index === 0 ? size : undefined);
  }

  /** What is no member of such a file, or a damaged one, is given as it stands: whoever reads lines then sees where. */
  async function plain(index: number): Promise<Buffer> {
    if (last?.index === index) return last.bytes;
    const [from = packed, to = packed] = [places[index], places[index + 1]];
    const raw = await block(file, from, Math.min(to - from, MEMBER_BYTES));
    const [head, inflated] = [readHead(raw), inflate(raw)];
    const bytes = head && inflated && isRight(index, inflated, head.total) ? inflated : raw;
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
        for (let index = Math.floor(from / BLOCK_BYTES); index < places.length && left > 0; index++) {
          const part = (await plain(index)).subarray(skip).subarray(0, left);
          skip = 0;
          left -= part.length;
          if (part.length > 0) yield part;
        }
        // No member is so long, and nothing comes after it: all of it as it stands, however long it is.
        for (let at = (places.at(-1) ?? packed) + MEMBER_BYTES; at < packed && left > 0; at += CHUNK_BYTES) {
          const part = (await block(file, at, Math.min(CHUNK_BYTES, packed - at))).subarray(0, left);
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

interface Members {
  /** Where each begins. */
  readonly places: readonly number[];
  /** Of the plain bytes, if each is as ours are. */
  readonly size: number;
}

/**
 * What comes after the last member is one more. Read at once: a file has about a thousand, and a trip to a thread for each
 * would take twenty times as long. How long the whole is follows from how many there are: what a header says was not signed.
 */
function membersIn(fd: number, packed: number): Members {
  const places: number[] = [];
  const buffer = Buffer.alloc(HEAD_BYTES);
  for (let at = 0; at < packed;) {
    places.push(at);
    const head = readHead(buffer.subarray(0, readSync(fd, buffer, 0, HEAD_BYTES, at)));
    if (head === undefined || at + head.bytes > packed) break;
    at += head.bytes;
  }
  const ending = places.at(-1) ?? 0;
  if (places.length < 2 || readSync(fd, buffer, 0, 4, ending - 4) < 4) return { places, size: 0 };
  // RFC 1952 section 2.3.1, ISIZE.
  const last = Math.min(buffer.readUInt32LE(0), BLOCK_BYTES);
  return { places, size: (places.length - 2) * BLOCK_BYTES + last };
}
