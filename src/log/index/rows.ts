/** What is written into the index, one batch a transaction: all of it or nothing. */

import { IndexError, numberOf, textOf, type IndexDatabase, type Row } from "./database.ts";
import type { Facet } from "./facet.ts";
import type { Facets } from "./facets.ts";
import { filled } from "./filled.ts";

/** How far a stream is in the index. */
export interface StreamRow {
  readonly id: number;
  readonly name: string;
  readonly lines: number;
  readonly bytes: number;
  /** Of the last line, without its end: by it the stream is known again. */
  readonly lastBytes: number;
  readonly lastHash: string;
}

export interface EntryRow {
  readonly facet: Facet;
  /** Ms. */
  readonly time: number;
  readonly line: number;
  /** Numbers of what it can be found by. */
  readonly ids: readonly number[];
  /** Whose entry of that kind tells what this one is about. */
  readonly subject: { readonly kind: string; readonly id: number } | undefined;
}

export interface IndexRows {
  /** All that are known, with those of `names` that were not; by their numbers. */
  streams(names: readonly string[]): readonly StreamRow[];
  /** Takes a stream on from one row to the next; false where it is elsewhere by now. */
  write(
    from: StreamRow,
    to: StreamRow,
    entries: readonly EntryRow[],
    marks: readonly (readonly [number, number])[],
  ): boolean;
  /** All that came of a stream goes. */
  drop(stream: StreamRow): void;
  /** What an entry of this kind says that names this id. */
  subject(kind: string, id: number): Facet | undefined;
  /** One transaction. */
  inOne<T>(step: () => T): T;
}

/** Entries that tell what others are about. */
const SUBJECTS: ReadonlySet<string> = new Set(["call.intent", "request.opened"]);

/** A batch comes in as one text: a call for each row would cost as much as the row. */
const FROM_JSON = (columns: number): string =>
  `SELECT ${Array.from({ length: columns }, (_, at) => `json_extract(value, '$[${at}]')`).join(", ")} FROM json_each(?)`;

const readStream = (row: Row): StreamRow => ({
  id: numberOf(row, "id"),
  name: textOf(row, "name"),
  lines: numberOf(row, "lines"),
  bytes: numberOf(row, "bytes"),
  lastBytes: numberOf(row, "last_bytes"),
  lastHash: textOf(row, "last_hash"),
});

export function indexRows(database: IndexDatabase, facets: Facets): IndexRows {
  const selectStreams = database.prepare("SELECT * FROM streams ORDER BY id");
  const selectStream = database.prepare("SELECT * FROM streams WHERE id = ?");
  const addStream = database.prepare(
    "INSERT OR IGNORE INTO streams (name, lines, bytes, last_bytes, last_hash, entries, ids) VALUES (?, 0, 0, 0, '', 0, 0)",
  );
  const moveStream = database.prepare(
    `UPDATE streams SET lines = ?, bytes = ?, last_bytes = ?, last_hash = ?,
       entries = entries + ?, ids = ids + ? WHERE id = ?`,
  );
  const addMarks = database.prepare(`INSERT INTO marks ${FROM_JSON(3)}`);
  const addEntries = database.prepare(`INSERT INTO entries (facet, time, stream, line) ${FROM_JSON(4)}`);
  const addIds = database.prepare(`INSERT OR IGNORE INTO ids (id, stream, line, facet) ${FROM_JSON(4)}`);
  const addLoose = database.prepare(`INSERT INTO loose (stream, line, time, facet, id, kind, tries) ${FROM_JSON(7)}`);
  const selectSubject = database.prepare("SELECT facet FROM ids WHERE id = ? LIMIT 100");

  function inOne<T>(step: () => T): T {
    database.exec("BEGIN IMMEDIATE");
    try {
      const result = step();
      database.exec("COMMIT");
      return result;
    } catch (error) {
      database.exec("ROLLBACK");
      throw error;
    }
  }

  function subject(kind: string, id: number): Facet | undefined {
    for (const row of selectSubject.all(id) as Row[]) {
      const facet = facets.byId(numberOf(row, "facet"))?.facet;
      if (facet?.kind === kind) return facet;
    }
    return undefined;
  }

  return {
    inOne,
    subject,
    drop({ id }) {
      inOne(() => {
        for (const table of ["entries", "ids", "marks", "loose"])
          database.prepare(`DELETE FROM ${table} WHERE stream = ?`).run(id);
        database.prepare("DELETE FROM streams WHERE id = ?").run(id);
      });
    },
    streams(names) {
      const rows = (selectStreams.all() as Row[]).map(readStream);
      const known = new Set(rows.map(({ name }) => name));
      const fresh = names.filter((name) => !known.has(name));
      if (fresh.length === 0) return rows;
      // In the order of their names, which begin with when they began: so is the order of their numbers, but for latecomers.
      inOne(() => {
        for (const name of fresh.toSorted()) addStream.run(name);
      });
      return (selectStreams.all() as Row[]).map(readStream);
    },
    write(from, to, entries, marks) {
      return inOne(() => {
        const now = selectStream.get(from.id) as Row | undefined;
        if (now === undefined) throw new IndexError("a stream is gone");
        if (numberOf(now, "bytes") !== from.bytes) return false;
        facets.catchUp();
        const placed: (readonly [number, number, number, number])[] = [];
        const named: (readonly [number, number, number, number])[] = [];
        const loose: (readonly [number, number, number, number, number, string, number])[] = [];
        /** By kind and id: those of this batch are not written yet. */
        const fresh = new Map<string, Facet>();
        for (const { facet: said, time, line, ids, subject: about } of entries) {
          const other = about && (fresh.get(`${about.kind} ${about.id}`) ?? subject(about.kind, about.id));
          const facet = other === undefined ? said : filled(said, other);
          const number = facets.take(facet, time);
          placed.push([number, time, from.id, line]);
          for (const id of ids) named.push([id, from.id, line, number]);
          if (SUBJECTS.has(said.kind)) for (const id of ids) fresh.set(`${said.kind} ${id}`, said);
          if (about !== undefined && other === undefined)
            loose.push([from.id, line, time, number, about.id, about.kind, 0]);
        }
        facets.save();
        addEntries.run(JSON.stringify(placed.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[3] - b[3])));
        // An entry may name one id twice.
        const distinct = new Map(named.map((one) => [`${one[0]} ${one[2]}`, one]));
        addIds.run(JSON.stringify([...distinct.values()].toSorted((a, b) => a[0] - b[0])));
        addMarks.run(JSON.stringify(marks.map(([line, at]) => [from.id, line, at])));
        if (loose.length > 0) addLoose.run(JSON.stringify(loose));
        moveStream.run(to.lines, to.bytes, to.lastBytes, to.lastHash, placed.length, distinct.size, from.id);
        return true;
      });
    },
  };
}
