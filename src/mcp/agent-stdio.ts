/** The agent's door over stdio: newline-delimited messages on two pipes. Knows pipes, not what is said on them. */

import type { Readable, Writable } from "node:stream";
import type { Gate } from "../gateway/ports.ts";
import { openDoor } from "./door.ts";
import { lineWriter, readLines } from "./wire.ts";

export interface StdioDoor {
  readonly input: Readable;
  readonly output: Writable;
  readonly gate: Gate;
  /** Kidoban's own version. */
  readonly version: string;
  /** Ends the door from our side. */
  readonly signal: AbortSignal;
  /** A clock that never goes back, ms; for how long a human took. */
  readonly now?: () => number;
}

/** Above this a client that does not read is not read from either. */
const MAX_BACKLOG_BYTES = 1024 * 1024;
/** How long calls that were cancelled at the end may take to be recorded. */
const LEAVE_MS = 2000;

/**
 * Serves one client until it closes either pipe or `signal` aborts; settles when its calls have ended. A client that
 * dies before it reads breaks `output` and need never close `input`, so either pipe ends the door.
 */
export function serveStdio(parts: StdioDoor): Promise<void> {
  const { gate, version, now = () => performance.now() } = parts;
  return new Promise((resolve) => {
    let ended = false;
    const leave = async (): Promise<void> => {
      parts.signal.removeEventListener("abort", end);
      reader.stop();
      const late = setTimeout(resolve, LEAVE_MS);
      await door.leave();
      clearTimeout(late);
      writer.end();
      resolve();
    };
    const end = (): void => {
      if (ended) return;
      ended = true;
      void leave();
    };
    const writer = lineWriter(parts.output, { closed: end, drained: () => reader.resume() });
    const door = openDoor({
      gate,
      version,
      now,
      send: (message) => void writer.send(message),
      crowded: () => writer.backlog > MAX_BACKLOG_BYTES,
    });
    const reader = readLines(parts.input, {
      line(text, utf8) {
        door.receive(text, utf8);
        if (writer.backlog > MAX_BACKLOG_BYTES) reader.pause();
      },
      tooLong: (bytes) => door.tooLong(bytes),
      ended: end,
    });
    if (parts.signal.aborted) end();
    else parts.signal.addEventListener("abort", end, { once: true });
  });
}
