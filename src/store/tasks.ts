/** Tasks as rows: which held call a client polls for. What became of it stands with its request. */

import type { Database } from "./database.ts";
import type { Row } from "./driver.ts";
import { move } from "./requests.ts";
import { maybeNumberIn, numberIn, textIn } from "./row.ts";
import type { TaskRecord } from "./task-record.ts";

/** Within `write`: false when `cap` tasks of the agent are of live requests already. */
export function addTask(database: Database, task: TaskRecord, cap: number): boolean {
  database.run("DELETE FROM tasks WHERE keep_until < ?", task.openedAt);
  const waiting = database.get(
    `SELECT count(*) AS n FROM tasks JOIN requests ON id = request
     WHERE tasks.agent = ? AND state IN ('pending', 'approved', 'executing')`,
    task.agent,
  );
  if (numberIn(waiting ?? {}, "n") >= cap) return false;
  database.run(
    "INSERT INTO tasks (digest, request, agent, opened_at, keep_until) VALUES (?, ?, ?, ?, ?)",
    task.digest,
    task.request,
    task.agent,
    task.openedAt,
    task.keepUntil,
  );
  return true;
}

function taskIn(row: Row): TaskRecord {
  const cancelledAt = maybeNumberIn(row, "cancelled_at");
  return {
    digest: textIn(row, "digest"),
    request: textIn(row, "request"),
    agent: textIn(row, "agent"),
    openedAt: numberIn(row, "opened_at"),
    keepUntil: numberIn(row, "keep_until"),
    ...(cancelledAt === undefined ? {} : { cancelledAt }),
  };
}

/** Another agent's task is none. */
export function task(database: Database, digest: string, agent: string, now: number): TaskRecord | undefined {
  const row = database.get(
    "SELECT * FROM tasks WHERE digest = ? AND agent = ? AND keep_until >= ?",
    digest,
    agent,
    now,
  );
  return row === undefined ? undefined : taskIn(row);
}

/** Within `write`: the request and all its tasks, or nothing where it is executed or ended. */
export function cancelTask(database: Database, digest: string, at: number, note: string): boolean {
  const row = database.get("SELECT request FROM tasks WHERE digest = ?", digest);
  const request = row === undefined ? undefined : textIn(row, "request");
  if (request === undefined || !move(database, request, ["pending", "approved"], "withdrawn", at, { note }))
    return false;
  database.run("UPDATE tasks SET cancelled_at = ? WHERE request = ?", at, request);
  return true;
}
