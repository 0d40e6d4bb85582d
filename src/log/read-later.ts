/** A file, or a part of it, that is opened when it is read: a log of thousands of streams would otherwise hold thousands open. */

import { createReadStream } from "node:fs";
import type { Chunks } from "../audit/lines.ts";

interface Range {
  readonly start: number;
  /** Inclusive, as `createReadStream` wants it; before `start` for nothing. */
  readonly end: number;
  readonly rest: Uint8Array;
}

export function readLater(path: string, range?: Range): Chunks {
  return {
    async *[Symbol.asyncIterator]() {
      if (range === undefined) yield* createReadStream(path) as AsyncIterable<Uint8Array>;
      else if (range.end >= range.start)
        yield* createReadStream(path, { start: range.start, end: range.end }) as AsyncIterable<Uint8Array>;
      if (range !== undefined && range.rest.length > 0) yield range.rest;
    },
  };
}
