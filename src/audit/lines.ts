/** Bytes as they come from a file, cut into lines. Knows neither files nor what stands in the lines. */

import { isUtf8 } from "node:buffer";

export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Longer than anything that we write on one line, entry or body: no message of a client or server is longer than 16 MiB,
 * and quoting at the most doubles it. What is longer comes in parts, so that nobody can fill the memory of whoever reads.
 */
export const MOST_LINE_BYTES = 64 * 1024 * 1024;

/** More than what is left of a process that died: to read on would only take time. */
export const MOST_TAIL_BYTES = 1024 * 1024 * 1024;

export interface Line {
  /** Without its line end; undefined where the bytes are no UTF-8, or no whole line: no entry of ours can be either. */
  readonly text: string | undefined;
  readonly bytes: Uint8Array;
  /** False only for the last, where the file ends before its line does, and for all parts but the last of a line. */
  readonly ended: boolean;
  /** Set on each part of a line that is too long. */
  readonly isPart?: true;
}

// Decoding must lose nothing: bytes that are no UTF-8 would all become U+FFFD and hash alike.
const line = (bytes: Buffer, ended: boolean): Line => ({
  text: isUtf8(bytes) ? bytes.toString("utf8") : undefined,
  bytes,
  ended,
});
const part = (bytes: Buffer, ended: boolean): Line => ({ text: undefined, bytes, ended, isPart: true });

/** The lines of each chunk together, since one promise a line costs more than the line. `most`: bytes of a line. */
export async function* lineBatches(
  chunks: Chunks,
  most = MOST_LINE_BYTES,
): AsyncGenerator<readonly Line[], void, undefined> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  /** Parts of the present line have gone out. */
  let isParted = false;
  const cut = (piece: Buffer, ended: boolean): Line => {
    const whole = held.length === 0 ? piece : Buffer.concat([...held, piece]);
    const made = isParted || whole.length > most ? part(whole, ended) : line(whole, ended);
    isParted = made.isPart === true && !ended;
    [held, heldBytes] = [[], 0];
    return made;
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const batch: Line[] = [];
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      batch.push(cut(bytes.subarray(from, end), true));
      from = end + 1;
    }
    const rest = bytes.subarray(from);
    if (heldBytes + rest.length > most) {
      batch.push(cut(rest, false));
    } else if (rest.length > 0) {
      held.push(Buffer.from(rest));
      heldBytes += rest.length;
    }
    if (batch.length > 0) yield batch;
  }
  if (held.length > 0) yield [cut(Buffer.alloc(0), false)];
}
