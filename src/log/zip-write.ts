/**
 * Writes a zip file (PKWARE APPNOTE 6.3.3, without zip64): the same contents in the same order give the same bytes. Each
 * file is read once, compressed on its way, and told by its sha256.
 */

import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createDeflateRaw } from "node:zlib";
import type { Chunks } from "../audit/lines.ts";
import { crc32 } from "./crc32.ts";

const MOST = 0xffff_ffff;
const MOST_FILES = 0xffff;
/** 1 January 1980, the first moment that the format knows: when a file was packed says nothing. */
const DATE = 0x21;
/** Deflate is method 8; the flag says that names are UTF-8. */
const [METHOD, FLAGS, VERSION] = [8, 0x0800, 20];

interface Written {
  readonly name: Buffer;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

export interface ZipFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface ZipWriter {
  /** `name` with `/`. Throws RangeError beyond 4 GiB or 65,535 files. */
  add(name: string, chunks: Chunks): Promise<ZipFile>;
  /** Ends the file; without it there is no zip. */
  close(): Promise<void>;
  /** Leaves it as it is, for who then takes it away. */
  abandon(): Promise<void>;
}

function fields(list: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  const buffer = Buffer.alloc(list.reduce((all, [bytes]) => all + bytes, 0));
  let at = 0;
  for (const [bytes, value] of list) at = buffer.writeUIntLE(value, at, bytes);
  return buffer;
}

const common = ({ name, crc, packed, size }: Written): readonly (readonly [2 | 4, number])[] => [
  [2, VERSION],
  [2, FLAGS],
  [2, METHOD],
  [2, 0],
  [2, DATE],
  [4, crc],
  [4, packed],
  [4, size],
  [2, name.length],
  [2, 0],
];
const localHead = (one: Written): Buffer => Buffer.concat([fields([[4, 0x0403_4b50], ...common(one)]), one.name]);
const centralHead = (one: Written): Buffer =>
  Buffer.concat([
    // Made by version 2.0 on a system without permissions; no comment, one disk, no attributes.
    fields([[4, 0x0201_4b50], [2, VERSION], ...common(one), [2, 0], [2, 0], [2, 0], [4, 0], [4, one.at]]),
    one.name,
  ]);

/** `path` must not be there yet. Throws what the file system says. */
export async function writeZip(path: string): Promise<ZipWriter> {
  const file = await open(path, "wx", 0o600);
  const files: Written[] = [];
  let end = 0;
  return {
    async add(name, chunks) {
      const bytes = Buffer.from(name, "utf8");
      const at = end;
      const { sha256, ...sums } = await deflate(file, at + 30 + bytes.length, chunks);
      const one: Written = { name: bytes, at, ...sums };
      end = at + 30 + bytes.length + sums.packed;
      if (end > MOST || sums.size > MOST || files.length >= MOST_FILES)
        throw new RangeError("a zip file without zip64 holds 4 GiB and 65,535 files");
      await file.write(localHead(one), 0, 30 + bytes.length, at);
      files.push(one);
      return { name, sha256, bytes: sums.size };
    },
    async close() {
      const directory = Buffer.concat(files.map(centralHead));
      const tail = fields([
        [4, 0x0605_4b50],
        [2, 0],
        [2, 0],
        [2, files.length],
        [2, files.length],
        [4, directory.length],
        [4, end],
        [2, 0],
      ]);
      await file.write(Buffer.concat([directory, tail]), 0, directory.length + tail.length, end);
      await file.sync();
      await file.close();
    },
    abandon: () => file.close(),
  };
}

async function deflate(file: FileHandle, from: number, chunks: Chunks) {
  const hash = createHash("sha256");
  let [crc, size, packed] = [0, 0, 0];
  async function* told(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      crc = crc32(chunk, crc);
      size += chunk.length;
      yield chunk;
    }
  }
  const deflated = createDeflateRaw({ level: 6 });
  let failure: Error | undefined;
  pipeline(Readable.from(told(), { objectMode: false }), deflated, (error) => (failure = error ?? undefined));
  for await (const chunk of deflated as AsyncIterable<Buffer>) {
    await file.write(chunk, 0, chunk.length, from + packed);
    packed += chunk.length;
  }
  if (failure !== undefined) throw failure;
  return { sha256: hash.digest("hex"), crc, size, packed };
}
