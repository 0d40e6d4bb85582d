/** Running an approved request once: the claim, its end, its result. Each function runs within `write`. */

import type { Database } from "./database.ts";
import { isResult } from "./facts.ts";
import { jsonIn, maybeNumberIn, textIn } from "./row.ts";
import { move } from "./requests.ts";
import { holdsFor } from "./stops.ts";
import type { StoredResult } from "./store.ts";

export type ClaimAnswer = "claimed" | "not-approved" | "expired" | "stopped";

/**
 * The one compare-and-set. The write lock is held from before the stop is looked for, so that a stop placed earlier is
 * seen and one placed later finds the request executing.
 */
export function claim(database: Database, id: string, action: string, process: string, now: number): ClaimAnswer {
  const row = database.get("SELECT agent, state, redeem_until FROM requests WHERE id = ? AND action = ?", id, action);
  if (row === undefined || row["state"] !== "approved") return "not-approved";
  if (holdsFor(database, textIn(row, "agent"))) return "stopped";
  const redeemUntil = maybeNumberIn(row, "redeem_until");
  if (redeemUntil === undefined || now > redeemUntil) return "expired";
  const taken = database.run("INSERT OR IGNORE INTO claims (request, process, at) VALUES (?, ?, ?)", id, process, now);
  return taken === 1 && move(database, id, ["approved"], "executing", now, {}) ? "claimed" : "not-approved";
}

export function finish(
  database: Database,
  id: string,
  to: "succeeded" | "failed" | "unknown",
  at: number,
  result: StoredResult | undefined,
): boolean {
  if (!move(database, id, ["executing"], to, at, {})) return false;
  if (result !== undefined) {
    database.run("INSERT INTO results (request, result, taken) VALUES (?, ?, 0)", id, JSON.stringify(result));
  }
  return true;
}

export function resultOf(database: Database, id: string): StoredResult | undefined {
  const row = database.get("SELECT result FROM results WHERE request = ?", id);
  return row === undefined ? undefined : jsonIn(row, "result", isResult);
}

export const takeResult = (database: Database, id: string): StoredResult | undefined =>
  database.run("UPDATE results SET taken = 1 WHERE request = ? AND taken = 0", id) === 1
    ? resultOf(database, id)
    : undefined;

/** What a dead process was executing has an outcome that nobody knows (P5). */
export function abandon(database: Database, process: string, at: number): readonly string[] {
  const ids = database
    .all("SELECT id FROM requests JOIN claims ON request = id WHERE state = 'executing' AND process = ?", process)
    .map((row) => textIn(row, "id"));
  for (const id of ids) move(database, id, ["executing"], "unknown", at, {});
  return ids;
}
