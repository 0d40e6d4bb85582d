/** Reads zip files as we write them: deflated or stored, no encryption, no zip64. Nothing is ever written by their names. */

import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createInflateRaw } from "node:zlib";
import type { Chunks } from "../audit/lines.ts";
import { crc32 } from "./crc32.ts";

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
    return bytesRead === 4 && buffer.readUInt32LE(0) === 0x0403_4b50;
  } finally {
    await file.close();
  }
}

/** Of the record at the end, without the comment that we never write. */
const END_BYTES = 22;

/**
 * In the order of the directory. There is one way only to read such a file: head after head from its first byte on, then
 * the directory, then its end. Other programs look for these elsewhere, and must find the same. Throws ZipError, and what
 * the file system says.
 */
export async function readZip(path: string): Promise<readonly Zipped[]> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const end = size < END_BYTES ? undefined : await bytesAt(size - END_BYTES, END_BYTES);
    if (end?.readUInt32LE(0) !== 0x0605_4b50 || end.readUInt16LE(20) !== 0) throw new ZipError("no end of a zip file");
    const [count, bytes, from] = [end.readUInt16LE(10), end.readUInt32LE(12), end.readUInt32LE(16)];
    if (from + bytes + END_BYTES !== size) throw new ZipError("the directory does not end where the file does");
    const directory = await bytesAt(from, bytes);
    const files: Zipped[] = [];
    let behind = 0;
    for (let next = 0; files.length < count;) {
      if (next + 46 > directory.length || directory.readUInt32LE(next) !== 0x0201_4b50)
        throw new ZipError("the directory is damaged");
      const [nameLength, more] = [
        directory.readUInt16LE(next + 28),
        directory.readUInt16LE(next + 30) + directory.readUInt16LE(next + 32),
      ];
      const name = directory.toString("utf8", next + 46, next + 46 + nameLength);
      const start = directory.readUInt32LE(next + 42);
      const head = await bytesAt(start, 30 + nameLength);
      // Two programs must not see two different files: what the directory says, the file's own head says too.
      const isSame =
        start === behind &&
        head.length === 30 + nameLength &&
        head.readUInt32LE(0) === 0x0403_4b50 &&
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

    async function bytesAt(position: number, wanted: number): Promise<Buffer> {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(wanted), 0, wanted, position);
      return buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
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
