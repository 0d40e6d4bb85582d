/** One part of a log that is exported as one file: framed by its length, so that its bytes stay what was signed. */

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
  const read: Uint8Array[] = [];
  for await (const chunk of chunks) read.push(chunk);
  const all = Buffer.concat(read);
  const whole = isBinary ? 0 : all.lastIndexOf(10) + 1;
  const rest = whole === all.length ? {} : { rest: all.toString("base64", whole) };
  const head: ExportPart = {
    kind: "log.part",
    file,
    bytes: whole,
    ...(settled === undefined || settled >= all.length ? {} : { settled }),
    ...rest,
  };
  yield `${JSON.stringify(head)}\n`;
  yield all.toString("utf8", 0, whole);
}
