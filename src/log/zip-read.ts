/** Reads zip files as we write them: deflated or stored, no encryption. Nothing is ever written by their names. */

import { createReadStream, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createInflateRaw } from "node:zlib";
import type { Chunks } from "../audit/lines.ts";
import { crc32 } from "./crc32.ts";
import {
  CENTRAL,
  END,
  END_64,
  END_64_BYTES,
  END_BYTES,
  endOf,
  LOCAL,
  LOCATOR_BYTES,
  MOST,
  needs64,
  PLACE_BYTES,
  type Ending,
} from "./zip-heads.ts";

export interface Zipped {
  readonly name: string;
  /** Plain bytes, as the directory says. */
  readonly size: number;
  /** Throws ZipError where the bytes are not what the directory says. */
  readonly chunks: Chunks;
}

export class ZipError extends Error {
  readonly code = "zip";
}

/** Whether a file begins as a zip does. */
export async function isZip(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.readUInt32LE(0) === LOCAL;
  } finally {
    await file.close();
  }
}

/**
 * In the order of the directory. There is one way only to read such a file: head after head from its first byte on, then
 * the directory, then its end. Other programs look for these elsewhere, and must find the same. Throws ZipError, and what
 * the file system says.
 */
export async function readZip(path: string): Promise<readonly Zipped[]> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const ending = endingOf(size, bytesAt);
    const { count, bytes, from } = ending;
    const directory = bytesAt(from, bytes);
    const files: Zipped[] = [];
    let behind = 0;
    for (let next = 0; files.length < count;) {
      if (next + 46 > directory.length || directory.readUInt32LE(next) !== CENTRAL)
        throw new ZipError("the directory is damaged");
      const [nameLength, more] = [
        directory.readUInt16LE(next + 28),
        directory.readUInt16LE(next + 30) + directory.readUInt16LE(next + 32),
      ];
      const name = directory.toString("utf8", next + 46, next + 46 + nameLength);
      const start = placeIn(directory, next, next + 46 + nameLength, more);
      const head = bytesAt(start, 30 + nameLength);
      // Two programs must not see two different files: what the directory says, the file's own head says too.
      const isSame =
        start === behind &&
        head.length === 30 + nameLength &&
        head.readUInt32LE(0) === LOCAL &&
        head.subarray(4, 28).equals(directory.subarray(next + 6, next + 30)) &&
        head.toString("utf8", 30) === name;
      if (!isSame) throw new ZipError(`${name}: its head is not what the directory says`);
      const packed = {
        from: start + 30 + head.readUInt16LE(26) + head.readUInt16LE(28),
        bytes: directory.readUInt32LE(next + 20),
        method: directory.readUInt16LE(next + 10),
        crc: directory.readUInt32LE(next + 16),
        size: directory.readUInt32LE(next + 24),
      };
      files.push({ name, size: packed.size, chunks: plain(path, name, packed) });
      behind = packed.from + packed.bytes;
      next += 46 + nameLength + more;
      if (next > bytes) throw new ZipError("the directory is damaged");
    }
    if (behind !== from) throw new ZipError("something stands between the files and the directory");
    return files;

    // At once: a trip to a thread for each head would take twenty times as long.
    function bytesAt(position: number, wanted: number): Buffer {
      const buffer = Buffer.alloc(wanted);
      return buffer.subarray(0, readSync(file.fd, buffer, 0, wanted, position));
    }
  } finally {
    await file.close();
  }
}

/** Some ten million files: a sparse file can claim any number. */
const MOST_DIRECTORY = 2 ** 30;

type Read = (position: number, wanted: number) => Buffer;

/** What the last bytes say, if they say it as we would: twice where 32 bits do not hold it, and never otherwise. */
function endingOf(size: number, bytesAt: Read): Ending {
  const from = Math.max(0, size - END_BYTES - LOCATOR_BYTES - END_64_BYTES);
  const tail = bytesAt(from, size - from);
  const end = tail.subarray(-END_BYTES);
  if (end.length < END_BYTES || end.readUInt32LE(0) !== END) throw new ZipError("no end of a zip file");
  const small: Ending = { count: end.readUInt16LE(10), bytes: end.readUInt32LE(12), from: end.readUInt32LE(16) };
  const isLarge = needs64(small) && tail.length > END_BYTES + LOCATOR_BYTES && tail.readUInt32LE(0) === END_64;
  const ending: Ending = isLarge
    ? { count: wholeAt(tail, 32), bytes: wholeAt(tail, 40), from: wholeAt(tail, 48) }
    : small;
  const own = endOf(ending);
  if (!tail.subarray(-own.length).equals(own) || ending.from + ending.bytes + own.length !== size)
    throw new ZipError("the directory does not end where the file does");
  if (ending.bytes > MOST_DIRECTORY) throw new ZipError("the directory is too large");
  return ending;
}

/** Not exact beyond 2^53, and then no such file. */
const wholeAt = (bytes: Buffer, at: number): number => Math.min(Number(bytes.readBigUInt64LE(at)), 2 ** 53);

/** Where a file begins, as its entry at `entry` of the directory says, or the field behind the name where 32 bits do not hold it. */
function placeIn(directory: Buffer, entry: number, behind: number, more: number): number {
  const at = directory.readUInt32LE(entry + 42);
  if (at !== MOST) return at;
  if (more !== PLACE_BYTES || behind + more > directory.length || directory.readUInt32LE(behind) !== 0x0008_0001)
    throw new ZipError("the directory is damaged");
  return wholeAt(directory, behind + 4);
}

interface Packed {
  readonly from: number;
  readonly bytes: number;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
}

const plain = (path: string, name: string, { from, bytes, method, crc, size }: Packed): Chunks => ({
  async *[Symbol.asyncIterator]() {
    if (method !== 0 && method !== 8) throw new ZipError(`${name}: packed in a way that is not known here`);
    let [sum, length] = [0, 0];
    const raw = bytes === 0 ? undefined : createReadStream(path, { start: from, end: from + bytes - 1 });
    for await (const chunk of raw === undefined ? [] : method === 0 ? raw : inflated(name, raw)) {
      const part = chunk as Buffer;
      sum = crc32(part, sum);
      length += part.length;
      // A bomb says less than it holds.
      if (length > size) break;
      yield part;
    }
    if (length !== size || sum !== crc) throw new ZipError(`${name}: not what the directory says`);
  },
});

async function* inflated(name: string, raw: Readable): AsyncGenerator<Buffer, void, undefined> {
  const inflate = createInflateRaw();
  pipeline(raw, inflate, () => undefined);
  try {
    yield* inflate as AsyncIterable<Buffer>;
  } catch (error) {
    throw new ZipError(`${name}: ${error instanceof Error ? error.message : "damaged"}`);
  }
}
