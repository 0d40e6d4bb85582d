/**
 * Writes a zip file: the same contents in the same order give the same bytes. Each file is read once, compressed on its
 * way, and told by its sha256.
 */

import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createDeflateRaw } from "node:zlib";
import type { Chunks } from "../audit/lines.ts";
import { crc32 } from "./crc32.ts";
import { centralHead, endOf, localHead, MOST, type Written } from "./zip-heads.ts";

/** A file that is larger than this format can say. */
export class ZipSizeError extends Error {
  readonly code = "zip-size";
  readonly file: string;
  constructor(file: string) {
    super(`${file} has 4 GiB or more`);
    this.file = file;
  }
}

export interface ZipFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface ZipWriter {
  /** `name` with `/`. Throws ZipSizeError for one of 4 GiB or more. */
  add(name: string, chunks: Chunks): Promise<ZipFile>;
  /** Ends the file; without it there is no zip. */
  close(): Promise<void>;
  /** Leaves it as it is, for who then takes it away. */
  abandon(): Promise<void>;
}

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
      if (sums.packed >= MOST || sums.size >= MOST) throw new ZipSizeError(name);
      await file.write(localHead(one), 0, 30 + bytes.length, at);
      files.push(one);
      return { name, sha256, bytes: sums.size };
    },
    async close() {
      const directory = Buffer.concat(files.map(centralHead));
      const tail = endOf({ count: files.length, bytes: directory.length, from: end });
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
