/** Passes as rows. Whether one counts is for `judgePass` to say, each time anew; here its uses are counted, once each. */

import type { Pass, PassBody, PassSignature } from "../approval/pass.ts";
import type { PassUsed, PassUsing } from "./asking.ts";
import type { Database } from "./database.ts";
import type { Row } from "./driver.ts";
import { isPassBody, isPassSignature } from "./facts.ts";
import { canBeId } from "./requests.ts";
import { isText, jsonIn, maybeNumberIn, numberIn, textIn } from "./row.ts";
import { holdsFor } from "./stops.ts";
import { StoreError } from "./store.ts";

const sign = (database: Database, pass: string, signature: PassSignature): boolean =>
  database.run(
    "INSERT OR IGNORE INTO pass_signatures (pass, approver, signature) VALUES (?, ?, ?)",
    pass,
    signature.approver,
    JSON.stringify(signature),
  ) === 1;

/** Within `write`. */
export function addPass(database: Database, body: PassBody, signature: PassSignature, at: number): boolean {
  if (!canBeId(body.pass)) return false;
  const added = database.run(
    "INSERT OR IGNORE INTO passes (id, agent, body, until, added_at) VALUES (?, ?, ?, ?, ?)",
    body.pass,
    body.agent,
    JSON.stringify(body),
    body.until,
    at,
  );
  return added === 1 && sign(database, body.pass, signature);
}

/** Within `write`. */
export const signPass = (database: Database, id: string, signature: PassSignature): boolean =>
  canBeId(id) &&
  database.get("SELECT 1 FROM passes WHERE id = ? AND revoked_at IS NULL", id) !== undefined &&
  sign(database, id, signature);

function passIn(database: Database, row: Row): Pass {
  const body = jsonIn(row, "body", isPassBody);
  const id = textIn(row, "id");
  if (body.pass !== id || body.agent !== row["agent"])
    throw new StoreError("corrupt", "a pass in the store contradicts itself");
  const revokedAt = maybeNumberIn(row, "revoked_at");
  return {
    body,
    signatures: database
      .all("SELECT signature FROM pass_signatures WHERE pass = ? ORDER BY rowid", id)
      .map((each) => jsonIn(each, "signature", isPassSignature)),
    uses: numberIn(database.get("SELECT count(*) AS n FROM pass_uses WHERE pass = ?", id) ?? {}, "n"),
    ...(revokedAt === undefined ? {} : { revokedAt, revokedBy: jsonIn(row, "revoked_by", isText) }),
  };
}

export function passById(database: Database, id: string): Pass | undefined {
  const row = canBeId(id) ? database.get("SELECT * FROM passes WHERE id = ?", id) : undefined;
  return row === undefined ? undefined : passIn(database, row);
}

/** Newest first. */
export const listPasses = (
  database: Database,
  { agent, openAt }: { readonly agent?: string; readonly openAt?: number },
): readonly Pass[] =>
  database
    .all(
      `SELECT * FROM passes WHERE (?1 IS NULL OR agent = ?1) AND (?2 IS NULL OR (revoked_at IS NULL AND until >= ?2))
       ORDER BY added_at DESC, rowid DESC`,
      agent ?? null,
      openAt ?? null,
    )
    .map((row) => passIn(database, row));

const refused = (why: Extract<PassUsed, { readonly kind: "refused" }>["why"]): PassUsed => ({ kind: "refused", why });

/**
 * Within `write`, so that a stop or a revocation placed earlier is seen. A clock that was set back prolongs nothing: no
 * use is earlier than the one before.
 */
export function usePass(database: Database, { id, agent, count, until, call, now }: PassUsing): PassUsed {
  const row = canBeId(id)
    ? database.get(
        `SELECT added_at, until, revoked_at, (SELECT count(*) FROM pass_uses WHERE pass = id) AS uses,
           (SELECT MAX(at) FROM pass_uses WHERE pass = id) AS last
         FROM passes WHERE id = ? AND agent = ?`,
        id,
        agent,
      )
    : undefined;
  if (row === undefined) return refused("unknown");
  if (holdsFor(database, agent)) return refused("stopped");
  if (row["revoked_at"] !== null) return refused("revoked");
  const at = Math.max(now, maybeNumberIn(row, "last") ?? now);
  if (at > Math.min(until, numberIn(row, "until"))) return refused("over");
  const use = numberIn(row, "uses") + 1;
  if (use > count) return refused("used-up");
  database.run("INSERT INTO pass_uses (pass, n, call, at) VALUES (?, ?, ?, ?)", id, use, call, at);
  return { kind: "used", use };
}

/** Within `write`. */
export const revokePass = (database: Database, id: string, by: string, at: number): boolean =>
  canBeId(id) &&
  database.run(
    "UPDATE passes SET revoked_at = ?, revoked_by = ? WHERE id = ? AND revoked_at IS NULL",
    at,
    JSON.stringify(by),
    id,
  ) === 1;
