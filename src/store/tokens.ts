/** Bearer tokens of agents, as rows: of each only the digest of its secret is kept. */

import type { Database } from "./database.ts";
import type { Row } from "./driver.ts";
import { maybeNumberIn, numberIn, textIn } from "./row.ts";
import type { TokenRecord } from "./store.ts";

/** Within `write`. */
export function addToken(database: Database, token: TokenRecord): void {
  database.run(
    "INSERT INTO tokens (id, config, agent, digest, issued_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, NULL)",
    token.id,
    token.config,
    token.agent,
    token.digest,
    token.issuedAt,
    token.expiresAt,
  );
}

function tokenIn(row: Row): TokenRecord {
  const revokedAt = maybeNumberIn(row, "revoked_at");
  return {
    id: textIn(row, "id"),
    config: textIn(row, "config"),
    agent: textIn(row, "agent"),
    digest: textIn(row, "digest"),
    issuedAt: numberIn(row, "issued_at"),
    expiresAt: numberIn(row, "expires_at"),
    ...(revokedAt === undefined ? {} : { revokedAt }),
  };
}

export function token(database: Database, id: string): TokenRecord | undefined {
  const row = database.get("SELECT * FROM tokens WHERE id = ?", id);
  return row === undefined ? undefined : tokenIn(row);
}

/** Oldest first. */
export const tokens = (database: Database): readonly TokenRecord[] =>
  database.all("SELECT * FROM tokens ORDER BY issued_at, rowid").map(tokenIn);

/** Within `write`: false where it had ended before. */
export const endToken = (database: Database, id: string, at: number): boolean =>
  database.run(
    "UPDATE tokens SET expires_at = MIN(expires_at, ?) WHERE id = ? AND revoked_at IS NULL AND expires_at > ?",
    at,
    id,
    at,
  ) === 1;

/** Within `write`: false when it was revoked before, or never was. */
export const revokeToken = (database: Database, id: string, at: number): boolean =>
  database.run("UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", at, id) === 1;
