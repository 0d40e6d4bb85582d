/** The entries of one stream from its end, or from a moment, back to its beginning; never more than a block in memory. */

import { isUtf8 } from "node:buffer";
import { parseEntry } from "../audit/line.ts";
import { openEntries, type EntriesFile } from "./entries.ts";
import type { Read } from "./read.ts";

const BLOCK_BYTES = 64 * 1024;
/** Beyond it a line is none of ours. */
const MOST_LINE_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** Whole lines that end before `end`, the last first. What comes after the last line end is not whole yet, or torn. */
async function* linesBackwards(file: EntriesFile, end: number): AsyncGenerator<string, void, undefined> {
  let at = end;
  /** The beginning of a line that goes on behind it; undefined until a line end was seen. */
  let rest: Buffer | undefined;
  while (at > 0) {
    const from = Math.max(0, at - BLOCK_BYTES);
    const block = await file.read(from, at - from);
    let to = block.length;
    for (let newline = block.lastIndexOf(NEWLINE); newline >= 0; newline = block.lastIndexOf(NEWLINE, to - 1)) {
      if (rest !== undefined) {
        const line = Buffer.concat([block.subarray(newline + 1, to), rest]);
        if (isUtf8(line)) yield line.toString("utf8");
      }
      rest = Buffer.alloc(0);
      to = newline;
      if (to === 0) break;
    }
    if (rest !== undefined) rest = Buffer.concat([block.subarray(0, to), rest]);
    if ((rest?.length ?? 0) > MOST_LINE_BYTES) return;
    at = from;
  }
  if (rest !== undefined && isUtf8(rest)) yield rest.toString("utf8");
}

const TIME = /^\{"v":\d+,"n":\d+,"prev":"[0-9a-f]{64}","time":"([^"]{24})"/;

/** The time of the first line that begins after `from`, and where that line begins. */
async function timeAfter(
  file: EntriesFile,
  from: number,
): Promise<{ readonly at: number; readonly time: string } | undefined> {
  const block = await file.read(from, BLOCK_BYTES);
  const newline = block.indexOf(NEWLINE);
  if (newline < 0) return undefined;
  const at = from + newline + 1;
  const time = TIME.exec((await file.read(at, 256)).toString("latin1"))?.[1];
  return time === undefined ? undefined : { at, time };
}

/**
 * Where to begin so that no line up to `time` is missed: found by halving, by the times in the lines, which one process
 * writes in order unless its clock was set back.
 */
async function endFor(file: EntriesFile, size: number, time: string): Promise<number> {
  let [low, high] = [0, size];
  while (high - low > BLOCK_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const found = await timeAfter(file, middle);
    // Nothing that says a time: the whole is read, which is slow and misses nothing.
    if (found === undefined) return size;
    if (found.time > time) high = middle;
    else low = middle;
  }
  return Math.min(size, high + 4 * BLOCK_BYTES);
}

/** Entries of a stream, the last first; `until`: RFC 3339, from the last entry that is not later. */
export async function* entriesBackwards(
  dir: string,
  stream: string,
  until: string | undefined,
): AsyncGenerator<Read, void, undefined> {
  const file = await openEntries(dir, stream);
  try {
    const { size } = file;
    const end = until === undefined ? size : await endFor(file, size, until);
    for await (const line of linesBackwards(file, end)) {
      const parsed = parseEntry(line);
      if (parsed.kind !== "entry" || (until !== undefined && parsed.entry.time > until)) continue;
      yield { stream, line, entry: parsed.entry };
    }
  } finally {
    await file.close();
  }
}
