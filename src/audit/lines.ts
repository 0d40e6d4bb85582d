/** Bytes as they come from a file, cut into lines. Knows neither files nor what stands in the lines. */

import { isUtf8 } from "node:buffer";

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface Line {
  /** Without its line end; undefined where the bytes are no UTF-8, which no entry of ours can be. */
  readonly text: string | undefined;
  readonly bytes: Uint8Array;
  /** False only for the last: the file ends before its line does. */
  readonly ended: boolean;
}

// Decoding must lose nothing: bytes that are no UTF-8 would all become U+FFFD and hash alike.
const line = (bytes: Buffer, ended: boolean): Line => ({
  text: isUtf8(bytes) ? bytes.toString("utf8") : undefined,
  bytes,
  ended,
});

/** The lines of each chunk together, since one promise a line costs more than the line. */
export async function* lineBatches(chunks: Chunks): AsyncGenerator<readonly Line[], void, undefined> {
  let held: Buffer[] = [];
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const batch: Line[] = [];
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      const piece = bytes.subarray(from, end);
      batch.push(line(held.length === 0 ? piece : Buffer.concat([...held, piece]), true));
      held = [];
      from = end + 1;
    }
    if (from < bytes.length) held.push(Buffer.from(bytes.subarray(from)));
    if (batch.length > 0) yield batch;
  }
  if (held.length > 0) yield [line(Buffer.concat(held), false)];
}
