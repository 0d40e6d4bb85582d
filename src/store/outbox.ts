/**
 * Messages to people, on their way: one row for each event and channel, kept until its receiver has taken it. A row is sent
 * by whoever holds it, and held as long as that process lives; the kernel tells of its death, as of every process.
 */

import { waitsWith } from "../approval/notice.ts";
import type { Database } from "./database.ts";
import type { Dispatch, Dispatched, DispatchState, NewDispatch, OutboxTaker, OutboxWork } from "./dispatch.ts";
import type { Driver, Row } from "./driver.ts";
import { isNotice } from "./facts.ts";
import { processes } from "./processes.ts";
import { jsonIn, maybeNumberIn, numberIn, textIn } from "./row.ts";
import { StoreError } from "./store.ts";

const STATES: readonly string[] = ["waiting", "sending", "sent", "failed", "withdrawn"] satisfies DispatchState[];

/** Kept so long after the end, for `kidoban check` and so that no event is told twice. */
const KEEP_MS = 7 * 86_400_000;

const isState = (text: string): text is DispatchState => STATES.includes(text);

function dispatchIn(row: Row): Dispatch {
  const state = textIn(row, "state");
  if (!isState(state)) throw new StoreError("corrupt", "the store holds what Kidoban never wrote: outbox");
  const { request, problem } = row;
  return {
    id: textIn(row, "id"),
    event: textIn(row, "event"),
    config: textIn(row, "config"),
    channel: textIn(row, "channel"),
    name: textIn(row, "name"),
    notice: jsonIn(row, "notice", isNotice),
    ...(typeof request === "string" ? { request } : {}),
    state,
    attempts: numberIn(row, "attempts"),
    writtenAt: numberIn(row, "written_at"),
    dueAt: numberIn(row, "due_at"),
    giveUpAt: numberIn(row, "give_up_at"),
    ...(typeof problem === "string" ? { problem } : {}),
  };
}

/** So many messages about one agent's requests within this time go out at once; each further one waits this much longer. */
const BURST = 20;
const BURST_MS = 10 * 60_000;
const SPACED_MS = 30_000;

/**
 * An agent that asks and withdraws without end must not ring people's phones without end: what it has withdrawn by the time
 * its message is due is never told. A stop, and what was approved past the quorum, waits for nothing.
 */
function dueAt(database: Database, { channel, notice, writtenAt }: NewDispatch): number {
  if (waitsWith(notice) === undefined || !("about" in notice)) return writtenAt;
  const row = database.get(
    `SELECT COUNT(*) AS recent FROM outbox
     WHERE channel = ? AND written_at > ? AND json_extract(notice, '$.about.agent') = ?`,
    channel,
    writtenAt - BURST_MS,
    notice.about.agent,
  );
  return writtenAt + Math.max(0, numberIn(row ?? {}, "recent") - BURST + 1) * SPACED_MS;
}

/** What is told or given up goes after a week. Within `write`. */
export function clearOutbox(database: Database, now: number): void {
  database.run("DELETE FROM outbox WHERE settled_at < ? OR give_up_at < ?", now - KEEP_MS, now - KEEP_MS);
}

/** Gives how many were not there before. Within `write`. */
export function writeOutbox(database: Database, rows: readonly NewDispatch[], now: number): number {
  clearOutbox(database, now);
  return rows.reduce(
    (written, row) =>
      written +
      database.run(
        `INSERT OR IGNORE INTO outbox
         (id, event, config, channel, name, notice, request, state, attempts, written_at, due_at, give_up_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?, ?)`,
        row.id,
        row.event,
        row.config,
        row.channel,
        row.name,
        JSON.stringify(row.notice),
        row.request ?? null,
        row.writtenAt,
        dueAt(database, row),
        row.giveUpAt,
      ),
    0,
  );
}

/** Whether all of them are there; costs no lock. */
export const isInOutbox = (database: Database, ids: readonly string[]): boolean =>
  ids.every((id) => database.get("SELECT 1 FROM outbox WHERE id = ?", id) !== undefined);

/** Holders that will never say how it went: those that died, and those that ended without a word. */
function deadSenders(database: Database, driver: Driver, folder: string, config: string): readonly string[] {
  const senders = database
    .all("SELECT DISTINCT sender FROM outbox WHERE config = ? AND state = 'sending'", config)
    .map((row) => textIn(row, "sender"));
  if (senders.length === 0) return [];
  const living = new Set(processes(database, driver, folder).flatMap(({ id, alive }) => (alive ? [id] : [])));
  return senders.filter((sender) => !living.has(sender));
}

/** Takes one that is due, or that a dead process held, for `process` to send; of these channels only. */
export function takeFromOutbox(
  database: Database,
  { driver, folder }: { readonly driver: Driver; readonly folder: string },
  { config, channels, process, now }: OutboxTaker,
): Dispatch | undefined {
  // Looked at before the lock is taken. A process that is dead stays dead.
  const dead = JSON.stringify(deadSenders(database, driver, folder, config));
  const among = JSON.stringify(channels);
  const wanted = `config = ? AND channel IN (SELECT value FROM json_each(?))
    AND (state = 'waiting' AND due_at <= ? OR state = 'sending' AND sender IN (SELECT value FROM json_each(?)))`;
  if (database.get(`SELECT 1 FROM outbox WHERE ${wanted} LIMIT 1`, config, among, now, dead) === undefined)
    return undefined;
  const row = database.write(() =>
    database.get(
      `UPDATE outbox SET state = 'sending', sender = ?, attempts = attempts + 1
       WHERE n = (SELECT n FROM outbox WHERE ${wanted} ORDER BY due_at, n LIMIT 1) RETURNING *`,
      process,
      config,
      among,
      now,
      dead,
    ),
  );
  return row === undefined ? undefined : dispatchIn(row);
}

/** How it went; false where `process` does not hold it. Within `write`. */
export function settleDispatch(database: Database, id: string, process: string, how: Dispatched, now: number): boolean {
  const problem = "problem" in how ? (how.problem ?? null) : null;
  const held = "WHERE id = ? AND state = 'sending' AND sender = ?";
  if (how.kind === "waiting") {
    const untried = how.problem === undefined ? 1 : 0;
    return (
      database.run(
        `UPDATE outbox SET state = 'waiting', sender = NULL, due_at = ?, attempts = attempts - ?,
         problem = COALESCE(?, problem) ${held}`,
        how.dueAt,
        untried,
        problem,
        id,
        process,
      ) === 1
    );
  }
  return (
    database.run(
      `UPDATE outbox SET state = ?, sender = NULL, settled_at = ?, problem = COALESCE(?, problem) ${held}`,
      how.kind,
      now,
      problem,
      id,
      process,
    ) === 1
  );
}

/** Oldest first; `request`: of this one only. */
export const outbox = (database: Database, config: string, request?: string): readonly Dispatch[] =>
  (request === undefined
    ? database.all("SELECT * FROM outbox WHERE config = ? ORDER BY n", config)
    : database.all("SELECT * FROM outbox WHERE config = ? AND request = ? ORDER BY n", config, request)
  ).map(dispatchIn);

/** What is left to send of these channels; undefined: nothing. */
export function outboxWork(
  database: Database,
  { config, channels, process }: Omit<OutboxTaker, "now">,
): OutboxWork | undefined {
  const row = database.get(
    `SELECT MIN(CASE state WHEN 'waiting' THEN due_at END) AS due,
     COUNT(CASE WHEN state = 'sending' AND sender <> ? THEN 1 END) AS elsewhere
     FROM outbox WHERE settled_at IS NULL AND config = ? AND channel IN (SELECT value FROM json_each(?))`,
    process,
    config,
    JSON.stringify(channels),
  );
  if (row === undefined) return undefined;
  const dueAt = maybeNumberIn(row, "due");
  const elsewhere = numberIn(row, "elsewhere") > 0;
  if (dueAt === undefined && !elsewhere) return undefined;
  return { ...(dueAt === undefined ? {} : { dueAt }), elsewhere };
}
