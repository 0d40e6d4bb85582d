/** Requests as they follow one another: pages of open ones, what became of earlier ones, one that takes another's place. */

import type { Request, RequestState } from "../approval/request.ts";
import type { OpenPage, Replaced, Tool } from "./asking.ts";
import type { Database } from "./database.ts";
import { insert, move, requestById, toolKey } from "./requests.ts";
import { numberIn, textIn } from "./row.ts";

const ANSWERABLE = `((state = 'pending' AND expires_at >= ?1) OR (state = 'approved' AND redeem_until >= ?1))`;

/** Those that can be answered, the oldest first. */
export function openRequests(database: Database, { now, after, limit }: OpenPage): readonly Request[] {
  const last =
    after === undefined ? undefined : database.get("SELECT opened_at, rowid AS n FROM requests WHERE id = ?", after);
  return database
    .all(
      // Ids first: sorting whole requests would copy every one of them.
      `SELECT id FROM requests WHERE state IN ('pending', 'approved') AND ${ANSWERABLE} AND (opened_at, rowid) > (?2, ?3)
       ORDER BY opened_at, rowid LIMIT ?4`,
      now,
      last === undefined ? -1 : numberIn(last, "opened_at"),
      last === undefined ? -1 : numberIn(last, "n"),
      limit ?? -1,
    )
    .flatMap((row) => requestById(database, textIn(row, "id")) ?? []);
}

export const countOpen = (database: Database, now: number): number =>
  numberIn(
    database.get(`SELECT count(*) AS n FROM requests WHERE state IN ('pending', 'approved') AND ${ANSWERABLE}`, now) ??
      {},
    "n",
  );

/** When requests of an agent for a tool ended in `state`, at or after `since`, ms, in order. */
export const endings = (
  database: Database,
  agent: string,
  tool: Tool,
  state: RequestState,
  since: number,
): readonly number[] =>
  database
    .all(
      "SELECT closed_at FROM requests WHERE agent = ? AND tool = ? AND closed_at >= ? AND state = ? ORDER BY closed_at",
      agent,
      toolKey(tool),
      since,
      state,
    )
    .map((row) => numberIn(row, "closed_at"));

/**
 * The one sent back last, at or after `since`, that this action answers: one for the same action that was not asked for
 * again since, or one for the same tool since which nothing was asked of it.
 */
export function sentBack(
  database: Database,
  agent: string,
  tool: Tool,
  action: string,
  since: number,
): Request | undefined {
  const row = database.get(
    `SELECT id FROM requests AS back
     WHERE agent = ?1 AND tool = ?2 AND state = 'returned' AND closed_at >= ?4 AND NOT EXISTS (
       SELECT 1 FROM requests AS later
       WHERE later.agent = ?1 AND later.tool = ?2 AND later.rowid > back.rowid AND later.opened_at >= back.closed_at
         AND (back.action <> ?3 OR later.action = ?3))
     ORDER BY action = ?3 DESC, closed_at DESC, rowid DESC LIMIT 1`,
    agent,
    toolKey(tool),
    action,
    since,
  );
  return row === undefined ? undefined : requestById(database, textIn(row, "id"));
}

/** Within `write`: `child` takes the place of `parent`, for those too who wait or poll for it. */
export function replaceRequest(database: Database, parent: string, child: Request, at: number): Replaced {
  const live = database.get(
    "SELECT 1 FROM requests WHERE agent = ? AND action = ? AND state IN ('pending', 'approved', 'executing')",
    child.agent,
    child.action,
  );
  if (live !== undefined) return "taken";
  if (!move(database, parent, ["pending"], "edited", at, { note: child.id })) return "closed";
  insert(database, child);
  database.run(
    "INSERT OR IGNORE INTO attendance (request, process) SELECT ?, process FROM attendance WHERE request = ?",
    child.id,
    parent,
  );
  database.run("UPDATE tasks SET request = ? WHERE request = ?", child.id, parent);
  return "replaced";
}
