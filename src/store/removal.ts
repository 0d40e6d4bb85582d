/**
 * What is kept no longer goes out of the store too. A settled request loses what was asked, shown, said and answered, and
 * keeps its digests; once its entries may go from the log, nothing of it stays. Knows no configuration.
 */

import { viewWithout } from "../approval/show.ts";
import type { Removed, StoreLimits } from "./asking.ts";
import type { Database } from "./database.ts";
import { isRequestFacts, type RequestFacts } from "./facts.ts";
import { clearOutbox } from "./outbox.ts";
import { jsonIn, numberIn, textIn } from "./row.ts";

/** Rows in one transaction: others write in between. */
const AT_ONCE = 200;

/** When nothing could be done with it any more: from then on it is only kept. */
const ENDED = "coalesce(closed_at, max(expires_at, coalesce(redeem_until, 0)))";

interface Old {
  readonly row: number;
  readonly id: string;
  readonly server: string;
  readonly ended: number;
  readonly brief: boolean;
  readonly emptied: boolean;
}

/** Content goes out of the pages and the write-ahead log as well: see `secure_delete` in database.ts. */
export function removeOld(database: Database, limits: StoreLimits, now: number): Removed {
  let [emptied, removed, last] = [0, 0, 0];
  for (;;) {
    const rows = endedAfter(database, last);
    const end = rows.at(-1);
    if (end === undefined) break;
    last = end.row;
    const gone = rows.filter(({ ended }) => ended < limits.entries);
    const old = rows.filter(
      (one) =>
        !one.emptied &&
        one.ended >= limits.entries &&
        one.ended < (one.brief ? Math.max(limits.brief, limits.bodies(one.server)) : limits.bodies(one.server)),
    );
    if (gone.length + old.length > 0)
      database.write(() => {
        for (const { id } of gone) if (isStill(database, id)) remove(database, id);
        for (const { id } of old) if (isStill(database, id)) empty(database, id, now);
      });
    emptied += old.length;
    removed += gone.length;
  }
  database.write(() => {
    removePasses(database, limits.entries);
    clearOutbox(database, now);
    database.run("DELETE FROM tasks WHERE keep_until < ?", now);
  });
  // Nobody else is in the way for long; where somebody is, the next one does it.
  database.get("PRAGMA wal_checkpoint(TRUNCATE)");
  return { emptied, removed };
}

/** What is being executed has not ended, however long ago that began. */
const endedAfter = (database: Database, last: number): readonly Old[] =>
  database
    .all(
      `SELECT rowid AS row, id, json_extract(tool, '$[1]') AS server, ${ENDED} AS ended,
         coalesce(json_extract(facts, '$.brief'), 0) AS brief, removed_at IS NOT NULL AS emptied
       FROM requests WHERE rowid > ? AND state <> 'executing' ORDER BY rowid LIMIT ?`,
      last,
      AT_ONCE,
    )
    .map((row) => ({
      row: numberIn(row, "row"),
      id: textIn(row, "id"),
      server: textIn(row, "server"),
      ended: numberIn(row, "ended"),
      brief: numberIn(row, "brief") === 1,
      emptied: numberIn(row, "emptied") === 1,
    }));

/** Within `write`: by another clock it may have been claimed just now. */
const isStill = (database: Database, id: string): boolean =>
  database.get("SELECT 1 FROM requests WHERE id = ? AND state <> 'executing'", id) !== undefined;

function empty(database: Database, id: string, now: number): void {
  const row = database.get("SELECT facts FROM requests WHERE id = ?", id);
  if (row === undefined) return;
  const facts = jsonIn(row, "facts", isRequestFacts);
  const rest: RequestFacts = { ...facts, argsText: "", view: viewWithout(facts.view) };
  database.run(
    // Of a changed one the note names the request that took its place.
    "UPDATE requests SET facts = ?, removed_at = ?, note = CASE WHEN state = 'edited' THEN note END WHERE id = ?",
    JSON.stringify(rest),
    now,
    id,
  );
  for (const table of ["results", "statements"]) database.run(`DELETE FROM ${table} WHERE request = ?`, id);
}

function remove(database: Database, id: string): void {
  for (const table of ["results", "statements", "claims", "attendance", "tasks"])
    database.run(`DELETE FROM ${table} WHERE request = ?`, id);
  database.run("DELETE FROM requests WHERE id = ?", id);
}

function removePasses(database: Database, before: number): void {
  const over = "SELECT id FROM passes WHERE min(until, coalesce(revoked_at, until)) < ?";
  for (const table of ["pass_uses", "pass_signatures"])
    database.run(`DELETE FROM ${table} WHERE pass IN (${over})`, before);
  database.run(`DELETE FROM passes WHERE id IN (${over})`, before);
}
