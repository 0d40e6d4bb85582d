/**
 * One pass over the log: what is counted are the very bytes that the verifier reads. What it does not come to read, after
 * a fault or when nobody wants it run, is read by itself.
 */

import { openCheckpoint, parseVerifier } from "../../audit/checkpoint.ts";
import { parseEntry } from "../../audit/line.ts";
import type { Chunks } from "../../audit/lines.ts";
import { verifyLog, type StreamFile, type Verdict } from "../../audit/verify.ts";
import type { FoundLog } from "../../log/found-log.ts";
import type { Counting } from "../../report/count.ts";
import type { Proof, Rests } from "../../report/model.ts";
import { readersFor } from "../archived-sql.ts";

/** Chunks of one file as they come, in lines. A last line without its end is no entry yet. */
function lineTaker(take: (line: string) => void): (chunk: Uint8Array) => void {
  let held: Buffer[] = [];
  return (chunk) => {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      const piece = bytes.subarray(from, end);
      take((held.length === 0 ? piece : Buffer.concat([...held, piece])).toString("utf8"));
      held = [];
      from = end + 1;
    }
    if (from < bytes.length) held.push(Buffer.from(bytes.subarray(from)));
  };
}

interface Overheard {
  readonly file: StreamFile;
  /** Reads what nobody has read yet. */
  rest(): Promise<void>;
}

/** The same stream, each byte of which is also given to `take` when it is read for the first time. */
function overheard(file: StreamFile, take: (line: string) => void): Overheard {
  const hear = lineTaker(take);
  let heard = 0;
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0;
    for await (const chunk of file.chunks) {
      if (at + chunk.length > heard) {
        hear(chunk.subarray(Math.max(heard - at, 0)));
        heard = at + chunk.length;
      }
      at += chunk.length;
      yield chunk;
    }
  }
  const listened: Chunks = { [Symbol.asyncIterator]: chunks };
  return {
    file: { ...file, chunks: listened },
    async rest() {
      for await (const _ of listened);
    },
  };
}

export interface ReadOptions {
  /** Verify with this key; undefined: do not verify. */
  readonly key: string | undefined;
  /** Whether it is the one that stands beside the log. */
  readonly ownKey: boolean;
}

/** Throws what reading the files throws. */
export async function readLog(
  { files, key }: FoundLog,
  counting: Counting,
  options: ReadOptions,
): Promise<Omit<Rests, "begins">> {
  let entries = 0;
  let unreadable = 0;
  const take = (line: string): void => {
    const parsed = parseEntry(line);
    if (parsed.kind === "entry") {
      entries++;
      counting.take(parsed.entry);
    } else unreadable++;
  };
  const streams = files.streams.map((file) => overheard(file, take));
  const verdict =
    options.key === undefined
      ? undefined
      : await verifyLog({ ...files, streams: streams.map(({ file }) => file) }, options.key, {
          sql: readersFor,
          now: Date.now(),
        });
  for (const stream of streams) await stream.rest();
  const by = parseVerifier(options.key ?? key);
  const checkpoint = by === undefined ? undefined : openCheckpoint(files.checkpoint, by);
  const signed = checkpoint === undefined || "refused" in checkpoint ? undefined : checkpoint;
  return {
    origin: signed?.origin ?? by?.name ?? "",
    size: signed?.size ?? 0,
    root: signed?.root ?? "0".repeat(64),
    proof: proofOf(verdict, options.ownKey),
    entries,
    unreadable,
    streams: streams.length,
  };
}

function proofOf(verdict: Verdict | undefined, ownKey: boolean): Proof {
  if (verdict === undefined) return { kind: "not-run" };
  if (verdict.kind === "fault") {
    const { code, file, line } = verdict.fault;
    return { kind: "fault", code, file, ...(line === undefined ? {} : { line }) };
  }
  const { streams, entries, unsigned, statements } = verdict.summary;
  return { kind: "proven", streams, entries, unsigned, statements, ownKey };
}
