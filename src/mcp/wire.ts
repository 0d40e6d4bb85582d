/** Messages as lines on a pipe: splitting what arrives, joining what leaves into one write a turn. Knows no protocol. */

import { isAscii, isUtf8 } from "node:buffer";
import type { Readable, Writable } from "node:stream";
import { roomFor } from "../audit/room.ts";
import { withGetters } from "../policy/with-getters.ts";

/** 16 MiB: above what any client or server is known to send, below what would hurt. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** What is kept of a line that is too long, to tell whose it was. */
const BEGINNING_BYTES = 1024;
/** Room for the beginning of a line stays for the next one up to here. */
const MOST_KEPT_BYTES = 256 * 1024;
const NOTHING = Buffer.alloc(0);
/** From here on it pays to look whether a text is ASCII, which is decoded and encoded several times as fast. */
const LONG = 8 * 1024;
const NEWLINE = 10;
const RETURN = 13;

export interface LineSink {
  /** One line without its line break; it may be empty. What is no UTF-8 stands replaced in it, and `utf8` is false. */
  line(text: string, utf8: boolean): void;
  /** A line longer than the cap was thrown away but for its beginning; reading goes on at the next newline. */
  tooLong(bytes: number, beginning: string): void;
}

/** Splits chunks into lines: several in one chunk, one over many chunks, split anywhere. */
export function lineSplitter(sink: LineSink, cap: number = MAX_LINE_BYTES): (chunk: Buffer) => void {
  let room = NOTHING;
  let held = 0;
  let dropped = 0;
  let beginning = "";

  /** A chunk is whose reader it is: it may be written over when the next one comes. */
  const hold = (bytes: Buffer): void => {
    room = roomFor(room, held, held + bytes.length);
    room.set(bytes, held);
    held += bytes.length;
  };

  /** A line that stands in one buffer: no view of it is made, for there is one for every message. */
  const take = (buffer: Buffer, start: number, end: number): void => {
    const stop = end > start && buffer[end - 1] === RETURN ? end - 1 : end;
    if (stop - start >= LONG && isAscii(buffer.subarray(start, stop)))
      return sink.line(buffer.toString("latin1", start, stop), true);
    const text = buffer.toString("utf8", start, stop);
    // Decoding puts U+FFFD for what is invalid; only then is a closer look needed.
    sink.line(text, !text.includes("\ufffd") || isUtf8(buffer.subarray(start, stop)));
  };

  /** The end of a line whose beginning came in earlier chunks. */
  const takeHeld = (tail: Buffer): void => {
    const size = dropped + held + tail.length;
    const isWhole = dropped === 0 && size <= cap;
    if (isWhole) hold(tail);
    else if (dropped === 0) beginning = room.toString("utf8", 0, Math.min(held, BEGINNING_BYTES));
    const line = room;
    if (room.length > MOST_KEPT_BYTES) room = NOTHING;
    held = dropped = 0;
    if (isWhole) take(line, 0, size);
    else sink.tooLong(size, beginning);
  };

  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      if (held + dropped > 0) takeHeld(chunk.subarray(start, end));
      else if (end - start > cap) sink.tooLong(end - start, chunk.toString("utf8", start, start + BEGINNING_BYTES));
      else take(chunk, start, end);
      start = end + 1;
      // Nearly always the end of one line is the end of the chunk.
      if (start === chunk.length) return;
    }
    const rest = chunk.subarray(start);
    if (dropped > 0 || held + rest.length > cap) {
      // Not even kept until its newline comes: what is too long must not cost memory either.
      if (dropped === 0) beginning = (held > 0 ? room.subarray(0, held) : rest).toString("utf8", 0, BEGINNING_BYTES);
      dropped += held + rest.length;
      room = NOTHING;
      held = 0;
      return;
    }
    hold(rest);
  };
}

export interface LineWriter {
  /** Queues one message (without newline) for this turn's write; false when the pipe is gone. */
  send(message: string): boolean;
  /** Writes what is queued now. */
  flush(): void;
  /** Bytes that the other side has not taken yet. */
  readonly backlog: number;
  readonly closed: boolean;
  /** Flushes and ends the pipe. */
  end(): void;
}

export interface WriterEvents {
  /** The other side stopped reading for good, or the pipe broke. Called once. */
  closed(error: Error | undefined): void;
  /** The backlog is gone. */
  drained?(): void;
}

const DONE = Promise.resolve();

/** All messages of one turn leave in one write. A broken pipe is an event, never a throw (a client may die first). */
export function lineWriter(stream: Writable, events: WriterEvents): LineWriter {
  let queue: string[] = [];
  let scheduled = false;
  let closed = false;

  const close = (error?: Error): void => {
    if (closed) return;
    closed = true;
    queue = [];
    events.closed(error);
  };
  stream.on("error", close);
  stream.on("close", () => close());
  if (events.drained) stream.on("drain", () => events.drained?.());

  const flush = (): void => {
    scheduled = false;
    if (queue.length === 0 || closed) return;
    const text = queue.length === 1 ? `${queue[0]}\n` : `${queue.join("\n")}\n`;
    queue = [];
    const isLongAscii = text.length >= LONG && Buffer.byteLength(text, "utf8") === text.length;
    stream.write(text, isLongAscii ? "latin1" : "utf8");
  };

  return withGetters({
    send(message) {
      if (closed || !stream.writable) return false;
      queue.push(message);
      if (!scheduled) {
        scheduled = true;
        // Cheaper than queueMicrotask, which makes an async resource each time.
        void DONE.then(flush);
      }
      return true;
    },
    flush,
    get backlog() {
      return stream.writableLength;
    },
    get closed() {
      return closed;
    },
    end() {
      flush();
      if (!closed) stream.end();
    },
  });
}

/** Reads lines from a pipe until it ends, breaks or `stop` is called; `ended` is called once. */
export function readLines(
  stream: Readable,
  sink: LineSink & { ended(error: Error | undefined): void },
  cap?: number,
): { pause(): void; resume(): void; stop(): void } {
  const split = lineSplitter(
    {
      // Between messages an empty line means nothing.
      line: (text, utf8) => (text === "" ? undefined : sink.line(text, utf8)),
      tooLong: (bytes, beginning) => sink.tooLong(bytes, beginning),
    },
    cap,
  );
  let ended = false;
  const end = (error?: Error): void => {
    if (ended) return;
    ended = true;
    stream.off("data", split);
    sink.ended(error);
  };
  stream.on("data", split);
  // One that was held back until somebody listens goes on.
  stream.resume();
  stream.on("end", () => end());
  stream.on("close", () => end());
  stream.on("error", end);
  return {
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    stop() {
      ended = true;
      stream.off("data", split);
      stream.pause();
    },
  };
}
