/** Reads Server-Sent Events (WHATWG HTML, section 9.2): the data of each event, and where a stream may be taken up again. */

import { lineSplitter, MAX_LINE_BYTES } from "./wire.ts";

export interface EventSink {
  message(data: string): void;
  /** One of another type, e.g. `endpoint` of 2024-11-05. */
  event?(type: string, data: string): void;
  /** An event was told with this id; the stream can be taken up again after it. */
  mark?(id: string): void;
  /** How long to wait before that, ms. */
  retry?(ms: number): void;
  /** An event or line above the cap was thrown away. */
  tooLong(bytes: number): void;
}

/** Lines end in LF or CRLF; a lone CR, which the standard allows too, is sent by nobody. */
export function eventReader(sink: EventSink): (chunk: Buffer) => void {
  let data: string[] = [];
  let size = 0;
  let type = "";
  let id: string | undefined;

  const field = (line: string): void => {
    const colon = line.indexOf(":");
    // A comment, which keeps the connection open and says nothing.
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") type = value;
    if (name === "id" && !value.includes("\0")) id = value;
    if (name === "retry" && /^\d{1,9}$/.test(value)) sink.retry?.(Number(value));
    if (name !== "data") return;
    size += value.length;
    if (size <= MAX_LINE_BYTES) data.push(value);
  };
  const dispatch = (): void => {
    if (size > MAX_LINE_BYTES) sink.tooLong(size);
    else if (size > 0 && (type === "" || type === "message")) sink.message(data.join("\n"));
    else if (size > 0) sink.event?.(type, data.join("\n"));
    if (id !== undefined) sink.mark?.(id);
    data = [];
    size = 0;
    type = "";
    id = undefined;
  };

  return lineSplitter({
    line: (text) => (text === "" ? dispatch() : field(text)),
    tooLong: (bytes) => sink.tooLong(bytes),
  });
}
