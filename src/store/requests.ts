/** Requests as rows: reading them back, and opening or joining one. Running one: execution.ts. */

import { readCode } from "../approval/action.ts";
import { isOverdue, mayBecome, type Request, type RequestState } from "../approval/request.ts";
import type { Tool } from "./asking.ts";
import type { Database } from "./database.ts";
import type { Row } from "./driver.ts";
import { isRequestFacts, type RequestFacts } from "./facts.ts";
import { isText, jsonIn, maybeNumberIn, numberIn, textIn } from "./row.ts";
import { StoreError, type OpenAnswer } from "./store.ts";

const STATES: ReadonlySet<string> = new Set<RequestState>([
  "pending",
  "approved",
  "executing",
  "succeeded",
  "failed",
  "unknown",
  "denied",
  "expired",
  "withdrawn",
  "invalidated",
  "returned",
  "edited",
]);
const isState = (text: string): text is RequestState => STATES.has(text);

/** The columns of a request, and whether any process has a caller waiting. */
export const SELECT = `SELECT *, EXISTS (SELECT 1 FROM attendance WHERE request = requests.id) AS attended FROM requests`;

/** Ids and codes are printable ASCII; anything else names nothing here. */
export const canBeId = (text: string): boolean => /^[\x21-\x7e]{1,128}$/.test(text);

export function requestIn(row: Row): Request {
  const facts = jsonIn(row, "facts", isRequestFacts);
  const state = textIn(row, "state");
  const same = facts.id === row["id"] && facts.agent === row["agent"] && facts.action === row["action"];
  if (!same || !isState(state)) throw new StoreError("corrupt", "a request in the store contradicts itself");
  const redeemUntil = maybeNumberIn(row, "redeem_until");
  const closedAt = maybeNumberIn(row, "closed_at");
  const removedAt = maybeNumberIn(row, "removed_at");
  return {
    ...facts,
    state,
    attended: numberIn(row, "attended") === 1,
    ...(redeemUntil === undefined ? {} : { redeemUntil }),
    ...(closedAt === undefined ? {} : { closedAt }),
    ...(removedAt === undefined ? {} : { removedAt }),
    ...(row["note"] === null ? {} : { note: jsonIn(row, "note", isText) }),
  };
}

export function requestById(database: Database, id: string): Request | undefined {
  if (!canBeId(id)) return undefined;
  const row = database.get(`${SELECT} WHERE id = ?`, id);
  return row === undefined ? undefined : requestIn(row);
}

/** By full id, or by the code of a live request; a code that two live ones share names neither. */
export function findRequest(database: Database, idOrCode: string): Request | undefined {
  const byId = requestById(database, idOrCode);
  if (byId !== undefined) return byId;
  const code = readCode(idOrCode);
  if (code === undefined) return undefined;
  const rows = database.all(`${SELECT} WHERE code = ? AND state IN ('pending', 'approved', 'executing')`, code);
  const [only] = rows;
  return only === undefined || rows.length > 1 ? undefined : requestIn(only);
}

export interface RequestFilter {
  readonly states?: readonly RequestState[];
  readonly agent?: string;
  readonly server?: string;
  readonly before?: string;
  readonly limit?: number;
}

/** Newest first. */
export const listRequests = (
  database: Database,
  { states, agent, server, before, limit }: RequestFilter,
): readonly Request[] =>
  database
    .all(
      `${SELECT} WHERE (?1 IS NULL OR state IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR agent = ?2)
         AND (?3 IS NULL OR facts ->> '$.server' = ?3)
         AND (?4 IS NULL OR (opened_at, rowid) < (SELECT opened_at, rowid FROM requests WHERE id = ?4))
       ORDER BY opened_at DESC, rowid DESC LIMIT ?5`,
      states === undefined ? null : JSON.stringify(states),
      agent ?? null,
      server ?? null,
      before ?? null,
      limit ?? -1,
    )
    .map(requestIn);

/** The one that ended last, in one of `states`, at or after `since`. */
export function lastRequest(
  database: Database,
  agent: string,
  action: string,
  states: readonly RequestState[],
  since: number,
): Request | undefined {
  const row = database.get(
    `${SELECT} WHERE agent = ? AND action = ? AND closed_at >= ? AND state IN (SELECT value FROM json_each(?))
     ORDER BY closed_at DESC, rowid DESC LIMIT 1`,
    agent,
    action,
    since,
    JSON.stringify(states),
  );
  return row === undefined ? undefined : requestIn(row);
}

/** Within `write`. */
export function attend(database: Database, request: string, process: string): void {
  database.run("INSERT OR IGNORE INTO attendance (request, process) VALUES (?, ?)", request, process);
}

/** Within `write`. */
export function leave(database: Database, request: string, process: string): void {
  database.run("DELETE FROM attendance WHERE request = ? AND process = ?", request, process);
}

/** Ends the agent's requests whose time is over, so that nobody joins one and they do not count; gives their ids. */
function expire(database: Database, agent: string, now: number): readonly string[] {
  const overdue = listRequests(database, { agent, states: ["pending", "approved"] }).filter((one) =>
    isOverdue(one, now),
  );
  for (const { id } of overdue) {
    database.run("UPDATE requests SET state = 'expired', closed_at = ? WHERE id = ?", now, id);
  }
  return overdue.map(({ id }) => id);
}

/** Within `write`. `process` waits for what it opens or joins. */
export function openRequest(database: Database, request: Request, cap: number, process: string): OpenAnswer {
  const expired = expire(database, request.agent, request.openedAt);
  const live = database.get(
    `${SELECT} WHERE agent = ? AND action = ? AND state IN ('pending', 'approved', 'executing')`,
    request.agent,
    request.action,
  );
  if (live !== undefined) {
    const joined = requestIn(live);
    if (request.attended) attend(database, joined.id, process);
    return { kind: "joined", request: { ...joined, attended: joined.attended || request.attended }, expired };
  }
  const pending = listRequests(database, { agent: request.agent, states: ["pending"] }).length;
  if (pending >= cap) return { kind: "too-many", pending, expired };

  insert(database, request);
  if (request.attended) attend(database, request.id, process);
  return { kind: "opened", request, expired };
}

/** Within `write`. */
export function insert(database: Database, request: Request): void {
  const {
    state,
    redeemUntil: _until,
    closedAt: _closed,
    note: _note,
    removedAt: _at,
    attended: _is,
    ...facts
  } = request;
  database.run(
    `INSERT INTO requests (id, code, agent, action, facts, opened_at, state, tool, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    request.id,
    request.code,
    request.agent,
    request.action,
    JSON.stringify(facts satisfies RequestFacts),
    request.openedAt,
    state,
    toolKey(request),
    request.expiresAt,
  );
}

/** JSON: a name is the server's choice. */
export const toolKey = ({ kind, server, name }: Tool): string => JSON.stringify([kind, server, name]);

/** Within `write`: moves on from one of `from`, where the step is one that may happen. */
export function move(
  database: Database,
  id: string,
  from: readonly RequestState[],
  to: RequestState,
  at: number,
  extra: { readonly note?: string; readonly redeemUntil?: number },
): boolean {
  const steps = from.filter((state) => mayBecome(state, to));
  const ends = to !== "approved" && to !== "executing";
  return (
    database.run(
      `UPDATE requests SET state = ?, closed_at = COALESCE(?, closed_at), note = COALESCE(?, note),
         redeem_until = COALESCE(?, redeem_until)
       WHERE id = ? AND state IN (SELECT value FROM json_each(?))`,
      to,
      ends ? at : null,
      extra.note === undefined ? null : JSON.stringify(extra.note),
      extra.redeemUntil ?? null,
      id,
      JSON.stringify(steps),
    ) === 1
  );
}
