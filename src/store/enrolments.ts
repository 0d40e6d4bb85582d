/** Links for enrolling passkeys, as rows. What comes of one counts for nothing before it is in the accepted configuration. */

import type { Passkey } from "../approval/approver.ts";
import type { Database } from "./database.ts";
import type { Row } from "./driver.ts";
import { isPasskey } from "./facts.ts";
import { jsonIn, numberIn, textIn } from "./row.ts";
import { StoreError, type EnrolmentRecord } from "./store.ts";

const KEPT_MS = 24 * 60 * 60_000;

/** Within `write`. */
export function addEnrolment(
  database: Database,
  { link, approver, code, expiresAt }: Pick<EnrolmentRecord, "link" | "approver" | "code" | "expiresAt">,
  now: number,
): void {
  database.run("DELETE FROM enrolments WHERE expires_at < ?", now - KEPT_MS);
  database.run(
    "INSERT INTO enrolments (link, approver, code, expires_at, state, tries) VALUES (?, ?, ?, ?, 'open', 0)",
    link,
    approver,
    code,
    expiresAt,
  );
}

function enrolmentIn(row: Row): EnrolmentRecord {
  const state = textIn(row, "state");
  if (state !== "open" && state !== "void" && state !== "done")
    throw new StoreError("corrupt", "an enrolment in the store has no known state");
  return {
    link: textIn(row, "link"),
    approver: textIn(row, "approver"),
    code: textIn(row, "code"),
    expiresAt: numberIn(row, "expires_at"),
    state,
    ...(row["passkey"] === null ? {} : { passkey: jsonIn(row, "passkey", isPasskey) }),
  };
}

export function enrolment(database: Database, link: string): EnrolmentRecord | undefined {
  const row = database.get("SELECT * FROM enrolments WHERE link = ?", link);
  return row === undefined ? undefined : enrolmentIn(row);
}

/** Within `write`. */
export function tryEnrolment(database: Database, link: string, code: string, most: number, now: number): boolean {
  const row = database.get("SELECT * FROM enrolments WHERE link = ? AND state = 'open' AND expires_at > ?", link, now);
  if (row === undefined) return false;
  if (enrolmentIn(row).code === code) return true;
  database.run(
    "UPDATE enrolments SET tries = tries + 1, state = CASE WHEN tries + 1 >= ? THEN 'void' ELSE state END WHERE link = ?",
    most,
    link,
  );
  return false;
}

/** Within `write`. */
export const finishEnrolment = (database: Database, link: string, passkey: Passkey, now: number): boolean =>
  database.run(
    "UPDATE enrolments SET state = 'done', passkey = ? WHERE link = ? AND state = 'open' AND expires_at > ?",
    JSON.stringify(passkey),
    link,
    now,
  ) === 1;
