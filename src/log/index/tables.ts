/**
 * The index's tables. It can be made anew from the log's files at any time and proves nothing, so there are no
 * migrations: one of another version, of another log, or damaged, is thrown away.
 */

import { IndexError, numberOf, textOf, type IndexDatabase, type Row } from "./database.ts";

/** Changed with every change of the tables or of what stands in them. */
const VERSION = "3";

/**
 * `line`: number of the line in its stream, from 0. `marks`: where every 64th line of a stream begins. `loose`: entries
 * about a call or request that had not been read yet. `streams.entries`, `streams.ids`: how many rows came of it.
 * `counted_at`: when they were counted, in seconds. Without rowids and in the order in which they are asked for, the two
 * large tables take about 45 bytes an entry.
 */
const TABLES = `
  CREATE TABLE about (one INTEGER PRIMARY KEY CHECK (one = 1), version TEXT NOT NULL, origin TEXT NOT NULL, counted_at INTEGER NOT NULL)
    STRICT;
  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    lines INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    last_bytes INTEGER NOT NULL,
    last_hash TEXT NOT NULL,
    entries INTEGER NOT NULL,
    ids INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE marks (stream INTEGER NOT NULL, line INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (stream, line))
    STRICT, WITHOUT ROWID;
  CREATE TABLE facets (id INTEGER PRIMARY KEY, facet TEXT NOT NULL UNIQUE, earliest INTEGER NOT NULL, latest INTEGER NOT NULL)
    STRICT;
  CREATE TABLE entries (
    facet INTEGER NOT NULL, time INTEGER NOT NULL, stream INTEGER NOT NULL, line INTEGER NOT NULL,
    PRIMARY KEY (facet, time, stream, line)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ids (
    id INTEGER NOT NULL, stream INTEGER NOT NULL, line INTEGER NOT NULL, facet INTEGER NOT NULL,
    PRIMARY KEY (id, stream, line)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE loose (
    stream INTEGER NOT NULL, line INTEGER NOT NULL, time INTEGER NOT NULL, facet INTEGER NOT NULL, id INTEGER NOT NULL,
    kind TEXT NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY (stream, line)
  ) STRICT, WITHOUT ROWID;
`;

/** What a build may take in memory, where less would read the same pages again and again. */
const CACHE_KIB = 65_536;

/** Settings of a fresh connection. After a power cut the index is what it was at some moment, which is enough. */
export function prepareConnection(database: IndexDatabase): void {
  database.exec(`PRAGMA busy_timeout = 10000; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -${CACHE_KIB}`);
}

/** Makes the tables where there are none. @throws IndexError when there is something else, or the index of another log. */
export function checkTables(database: IndexDatabase, origin: string): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    const { count } = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get() as Row;
    if (count === 0) {
      database.exec(TABLES);
      database.prepare("INSERT INTO about (one, version, origin, counted_at) VALUES (1, ?, ?, 0)").run(VERSION, origin);
    }
    const row = database.prepare("SELECT version, origin FROM about").get() as Row | undefined;
    if (row === undefined || textOf(row, "version") !== VERSION) throw new IndexError("of another version");
    if (textOf(row, "origin") !== origin) throw new IndexError("of another log");
  } finally {
    database.exec("COMMIT");
  }
}

/** So many rows are counted in some 50 ms, each time; ten million would take a second, and are counted once a day. */
const MOST_COUNTED = 500_000;
const DAY_SECONDS = 86_400;

/**
 * A row that is gone would hide an entry without a word. Who takes rows out and changes the sums as well is not found out:
 * the index is no evidence. @throws IndexError
 */
export function checkCounts(database: IndexDatabase): void {
  const due = database
    .prepare(
      `SELECT (SELECT coalesce(sum(entries), 0) FROM streams) <= ?
           OR abs(unixepoch() - counted_at) >= ? AS due FROM about`,
    )
    .get(MOST_COUNTED, DAY_SECONDS) as Row;
  if (due["due"] !== 1) return;
  // One statement, so that no batch of another process comes in between.
  const row = database
    .prepare(
      `SELECT (SELECT count(*) FROM entries) = (SELECT coalesce(sum(entries), 0) FROM streams)
          AND (SELECT count(*) FROM ids) = (SELECT coalesce(sum(ids), 0) FROM streams)
          AND (SELECT count(*) FROM facets) >= (SELECT coalesce(max(facet), 0) FROM entries)
          AND (SELECT count(*) FROM facets) = (SELECT coalesce(max(id), 0) FROM facets) AS whole,
          (SELECT count(*) FROM entries) AS entries`,
    )
    .get() as Row;
  if (row["whole"] !== 1) throw new IndexError("rows are missing");
  if (numberOf(row, "entries") > MOST_COUNTED) database.exec("UPDATE about SET counted_at = unixepoch()");
}
