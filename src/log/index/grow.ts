/**
 * Takes into the index what the streams have that it has not: the newest streams first, so that who asks meanwhile sees
 * what is new. Several processes may do so at once: each batch begins where the index ends when it is written.
 */

import type { EntryBody } from "../../audit/entry.ts";
import { parseEntry } from "../../audit/line.ts";
import { streamsIn } from "../files.ts";
import { statEntries } from "../entries.ts";
import { own, type Read } from "../found.ts";
import { hashOf, openBlocks, type Blocks } from "./blocks.ts";
import { IndexError, type IndexDatabase } from "./database.ts";
import { facetOf, idNumber, idsIn, type Facet } from "./facet.ts";
import type { Facets } from "./facets.ts";
import { filled, subjectOf } from "./filled.ts";
import { looseEntries } from "./loose.ts";
import { indexRows, type EntryRow, type StreamRow } from "./rows.ts";

/** Bytes of all streams, and how many of them are in the index. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface GrowOptions {
  /** Lines that are written at once: many are faster, few hold up less. */
  readonly batch: number;
  /** Told of each entry that is taken in. */
  readonly taken?: (read: Read) => void;
}

export interface Grower {
  /** Yields after each batch, and at least once. @throws IndexError when a stream is not what it was. */
  grow(options: GrowOptions): AsyncGenerator<Progress, void, undefined>;
}

/** Every so many lines the place is kept where one begins. */
const LINES_A_MARK = 64;

export function openGrower(dir: string, database: IndexDatabase, facets: Facets): Grower {
  const rows = indexRows(database, facets);
  const loose = looseEntries(database, facets, rows);
  /** Calls in flight, by stream. What is not here any more is looked up. */
  const calls = new Map<string, Map<string, Facet>>();

  async function* growStream(
    blocks: Blocks,
    from: StreamRow,
    size: number,
    { batch, taken }: GrowOptions,
  ): AsyncGenerator<number, void, undefined> {
    let row = from;
    const open = calls.get(row.name) ?? new Map<string, Facet>();
    calls.set(row.name, open);
    let entries: EntryRow[] = [];
    let marks: [number, number][] = [];
    let last: Uint8Array | undefined;
    let [line, at] = [row.lines, row.bytes];

    const write = (): number => {
      const next = { ...row, lines: line, bytes: at, ...(last === undefined ? {} : lastOf(last)) };
      if (!rows.write(row, next, entries, marks)) return -1;
      const grown = next.bytes - row.bytes;
      [row, entries, marks] = [next, [], []];
      return grown;
    };

    for await (const lines of blocks.lines(row.name, at, size)) {
      for (const { text, bytes, ended } of lines) {
        if (!ended) break;
        if (line % LINES_A_MARK === 0) marks.push([line, at]);
        const parsed = text === undefined ? undefined : parseEntry(text);
        if (text !== undefined && parsed?.kind === "entry") {
          const { entry } = parsed;
          entries.push(entryRow(entry.body, Date.parse(entry.time), line, open));
          taken?.({ stream: row.name, line: text, entry });
        }
        last = bytes;
        line++;
        at += bytes.length + 1;
      }
      if (line - row.lines < batch) continue;
      const grown = write();
      // Another process was faster with these lines, and goes on.
      if (grown < 0) return;
      yield grown;
    }
    if (line > row.lines) yield Math.max(0, write());
  }

  async function* grow(options: GrowOptions): AsyncGenerator<Progress, void, undefined> {
    const blocks = openBlocks(dir);
    try {
      const names = await streamsIn(dir);
      const there = new Set(names);
      const known = rows.streams(names);
      const sizes = new Map<StreamRow, number>();
      let [done, total] = [0, 0];
      for (const row of known) {
        if (!there.has(row.name)) {
          // Its time was over, or somebody took it away: `verify` knows which.
          rows.drop(row);
          continue;
        }
        const { size } = await statEntries(dir, row.name);
        if (size !== row.bytes) await isWhatItWas(blocks, row, size);
        sizes.set(row, size);
        done += row.bytes;
        total += size;
      }
      const before = done;
      yield { done, total };
      for (const [row, size] of [...sizes].toReversed()) {
        if (size <= row.bytes) continue;
        for await (const grown of growStream(blocks, row, size, options)) yield { done: (done += grown), total };
      }
      loose.settle();
      // What is in the file itself need not be read a second time by whoever comes next.
      if (done > before) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      await blocks.close();
    }
  }

  return { grow };
}

const lastOf = (line: Uint8Array): Pick<StreamRow, "lastBytes" | "lastHash"> => ({
  lastBytes: line.length,
  lastHash: hashOf(line),
});

/** What others may say of it is looked up when it is written. */
function entryRow(body: EntryBody, time: number, line: number, open: Map<string, Facet>): EntryRow {
  const facet = facetOf(body, own(body));
  const ids = idsIn(body).map(idNumber);
  if (body.kind === "call.intent") open.set(body.call, facet);
  const subject = subjectOf(body);
  if (subject === undefined) return { facet, time, line, ids, subject: undefined };
  const known = subject.kind === "call.intent" ? open.get(subject.id) : undefined;
  if (body.kind === "call.outcome") open.delete(body.call);
  if (known !== undefined) return { facet: filled(facet, known), time, line, ids, subject: undefined };
  return { facet, time, line, ids, subject: { kind: subject.kind, id: idNumber(subject.id) } };
}

/** A stream only grows: what was its last line still stands where it stood. */
async function isWhatItWas(blocks: Blocks, row: StreamRow, size: number): Promise<void> {
  if (row.bytes === 0) return;
  const line = await blocks.read(row.name, row.bytes - 1 - row.lastBytes, row.lastBytes + 1);
  if (size < row.bytes || line.at(-1) !== 10 || hashOf(line.subarray(0, -1)) !== row.lastHash)
    throw new IndexError(`${row.name} is not what it was`);
}
