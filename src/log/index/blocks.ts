/** Bytes of streams by their places, written or compressed, for as long as one question takes. */

import { hash } from "node:crypto";
import { lineBatches, type Line } from "../../audit/lines.ts";
import { openEntries, type EntriesFile } from "../entries.ts";

export interface Blocks {
  /** As many as there are. Throws what the file system says. */
  read(stream: string, from: number, length: number): Promise<Buffer>;
  /** From `from` on, up to `to`, in batches. */
  lines(stream: string, from: number, to: number): AsyncGenerator<readonly Line[], void, undefined>;
  close(): Promise<void>;
}

export const hashOf = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");

const CHUNK_BYTES = 256 * 1024;
const MOST_OPEN = 64;

export function openBlocks(dir: string): Blocks {
  const files = new Map<string, EntriesFile>();

  async function fileOf(stream: string): Promise<EntriesFile> {
    const known = files.get(stream);
    if (known !== undefined) return known;
    for (const [name, file] of files) {
      if (files.size < MOST_OPEN) break;
      files.delete(name);
      await file.close();
    }
    const file = await openEntries(dir, stream);
    files.set(stream, file);
    return file;
  }

  const read = async (stream: string, from: number, length: number): Promise<Buffer> =>
    (await fileOf(stream)).read(from, length);

  async function* chunks(stream: string, from: number, to: number): AsyncGenerator<Buffer, void, undefined> {
    for (let at = from; at < to;) {
      const chunk = await read(stream, at, Math.min(CHUNK_BYTES, to - at));
      if (chunk.length === 0) return;
      yield chunk;
      at += chunk.length;
    }
  }

  return {
    read,
    lines: (stream, from, to) => lineBatches(chunks(stream, from, to)),
    async close() {
      for (const file of files.values()) await file.close();
      files.clear();
    },
  };
}
