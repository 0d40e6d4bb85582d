/** Answers questions: which facets are asked for, their entries merged by time, the newest first, a page at a time. */

import { passes, type Filter } from "../filter.ts";
import type { Found, Position } from "../found.ts";
import { putInPlace } from "../in-place.ts";
import { openBlocks } from "./blocks.ts";
import { IndexError, numberOf, type IndexDatabase, type Row } from "./database.ts";
import { answers } from "./facet.ts";
import type { Facets, KnownFacet } from "./facets.ts";
import { isOf, openLookup, type Place } from "./lookup.ts";

export interface Page {
  /** Newest first. */
  readonly entries: readonly Found[];
  /** From where to go on; undefined where there is no more. */
  readonly older: Position | undefined;
}

/** Most entries of facets without names that one page looks at. */
const MOST_LOOKED_AT = 20_000;

interface Row4 extends Place {
  readonly time: number;
}

/** The entries of one facet, the newest first. */
interface Cursor {
  readonly known: KnownFacet;
  readonly rows: readonly Row4[];
  at: number;
}

const isLater = (a: Row4, b: Row4): boolean =>
  a.time !== b.time ? a.time > b.time : a.stream !== b.stream ? a.stream > b.stream : a.line > b.line;

/** Few at first: where a thousand facets are asked for, each has little on a page. */
const FIRST_ROWS = 8;
const MORE_ROWS = 128;
const END: Row4 = { time: Number.MAX_SAFE_INTEGER, stream: Number.MAX_SAFE_INTEGER, line: Number.MAX_SAFE_INTEGER };

/** @throws IndexError where the index is not of these files */
export async function findPage(
  dir: string,
  database: IndexDatabase,
  facets: Facets,
  filter: Filter,
  limit: number,
  before?: Position,
): Promise<Page> {
  facets.refresh();
  const blocks = openBlocks(dir);
  const lookup = openLookup(database, blocks);
  try {
    const entries: Found[] = [];
    let looked = 0;
    const { since = 0, until } = filter;
    const start = startOf(database, before, until);
    const source = filter.id === undefined ? merged(database, facets, filter, start, since) : named(filter.id);
    for await (const { row, known } of source) {
      const one = await lookup.at(row);
      const { entry } = one;
      if (known !== undefined && (Date.parse(entry.time) !== row.time || !isOf(known.facet, entry.body)))
        throw new IndexError("an entry is not what the index says");
      const found = await lookup.whole(one);
      if (passes(found, filter)) entries.push(found);
      else looked++;
      if (entries.length >= limit || looked >= MOST_LOOKED_AT)
        return { entries, older: { time: entry.time, stream: one.stream, n: row.line } };
    }
    return { entries, older: undefined };

    async function* named(id: string): AsyncGenerator<{ readonly row: Row4; readonly known: undefined }> {
      const rows: Row4[] = [];
      for (const place of lookup.places(id, MOST_LOOKED_AT))
        rows.push({ ...place, time: Date.parse((await lookup.at(place)).entry.time) });
      for (const row of rows.toSorted((a, b) => (isLater(a, b) ? -1 : 1)))
        if (isLater(start, row)) yield { row, known: undefined };
    }
  } finally {
    await blocks.close();
  }
}

/** What comes after it is asked for, and not itself. */
function startOf(database: IndexDatabase, before: Position | undefined, until: number | undefined): Row4 {
  const end = until === undefined ? END : { ...END, time: until };
  if (before === undefined) return end;
  const row = database.prepare("SELECT id FROM streams WHERE name = ?").get(before.stream) as Row | undefined;
  const stream = row === undefined ? END.stream : numberOf(row, "id");
  const from = { time: Date.parse(before.time), stream, line: before.n };
  return isLater(from, end) ? end : from;
}

function* merged(
  database: IndexDatabase,
  facets: Facets,
  filter: Filter,
  start: Row4,
  since: number,
): Generator<{ readonly row: Row4; readonly known: KnownFacet }> {
  const select = database.prepare(
    `SELECT time, stream, line FROM entries WHERE facet = ? AND (time, stream, line) < (?, ?, ?) AND time >= ?
     ORDER BY time DESC, stream DESC, line DESC LIMIT ?`,
  );
  const rowsOf = (known: KnownFacet, from: Row4, most: number): readonly Row4[] =>
    (select.all(known.id, from.time, from.stream, from.line, since, most) as Row[]).map((row) => ({
      time: numberOf(row, "time"),
      stream: numberOf(row, "stream"),
      line: numberOf(row, "line"),
    }));
  // By the latest that each can have: what is older than all that is on the page is not opened.
  const waiting = [...facets.all()]
    .filter((known) => known.latest >= since && known.earliest <= start.time && answers(known.facet, filter) !== "no")
    .toSorted((a, b) => b.latest - a.latest);
  /** The one with the latest entry last. */
  const open: Cursor[] = [];
  let next = 0;
  for (;;) {
    for (let known = waiting[next]; known !== undefined; known = waiting[++next]) {
      const head = headOf(open.at(-1));
      if (head !== undefined && head.time > known.latest) break;
      place(open, { known, rows: rowsOf(known, start, FIRST_ROWS), at: 0 });
    }
    const cursor = open.pop();
    const row = headOf(cursor);
    if (cursor === undefined || row === undefined) return;
    yield { row, known: cursor.known };
    cursor.at++;
    if (cursor.at < cursor.rows.length) place(open, cursor);
    else place(open, { known: cursor.known, rows: rowsOf(cursor.known, row, MORE_ROWS), at: 0 });
  }
}

const headOf = (cursor: Cursor | undefined): Row4 | undefined => cursor?.rows[cursor.at];

/** Puts a cursor where its next entry belongs; one at its end is dropped. */
function place(open: Cursor[], cursor: Cursor): void {
  const row = headOf(cursor);
  if (row === undefined) return;
  putInPlace(open, cursor, (other) => {
    const head = headOf(other);
    return head === undefined || !isLater(row, head);
  });
}
