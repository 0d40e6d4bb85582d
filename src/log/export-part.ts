/** One part of a log that is exported as one file: framed by its length, so that its bytes stay what was signed. */

import { StringDecoder } from "node:string_decoder";
import type { Chunks } from "../audit/lines.ts";

/** Stands before each part; then come that many bytes, whole lines. */
interface ExportPart {
  readonly kind: "log.part";
  readonly file: string;
  readonly bytes: number;
  /** Of a stream: see StreamFile. */
  readonly settled?: number;
  /** What comes after the last whole line, base64: a torn write need not be text. */
  readonly rest?: string;
}

/** `isBinary`: nothing of it is text, though it may have line ends. */
export async function* framed(
  file: string,
  chunks: Chunks,
  settled?: number,
  isBinary = false,
): AsyncGenerator<string, void, undefined> {
  // Read twice: its length stands before it, and it need not fit into memory.
  let [length, whole] = [0, 0];
  let torn: Buffer[] = [];
  for await (const chunk of chunks) {
    const end = isBinary ? 0 : chunk.lastIndexOf(10) + 1;
    if (end > 0) [whole, torn] = [length + end, []];
    torn.push(Buffer.from(chunk.subarray(end)));
    length += chunk.length;
  }
  const rest = whole === length ? {} : { rest: Buffer.concat(torn).toString("base64") };
  const head: ExportPart = {
    kind: "log.part",
    file,
    bytes: whole,
    ...(settled === undefined || settled >= length ? {} : { settled }),
    ...rest,
  };
  yield `${JSON.stringify(head)}\n`;
  const text = new StringDecoder("utf8");
  let left = whole;
  for await (const chunk of chunks) {
    if (left <= 0) break;
    const part = chunk.subarray(0, left);
    left -= part.length;
    yield text.write(Buffer.from(part.buffer, part.byteOffset, part.length));
  }
}
