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

/**
 * Reads one by its id, which every request over HTTP does: the row once, and then only whether anybody has written since
 * (a tenth of it). Never answers with what is no longer so.
 */
export function tokenReader(database: Database): {
  readonly token: (id: string) => TokenRecord | undefined;
  /** After a change by this connection, which `data_version` does not tell. */
  readonly forget: () => void;
} {
  const known = new Map<string, TokenRecord>();
  let version: number | undefined;
  return {
    token(id) {
      const now = numberIn(database.get("PRAGMA data_version") ?? {}, "data_version");
      if (now !== version) known.clear();
      version = now;
      const read = known.get(id);
      if (read !== undefined) return read;
      const row = database.get("SELECT * FROM tokens WHERE id = ?", id);
      if (row === undefined) return undefined;
      const record = tokenIn(row);
      known.set(id, record);
      return record;
    },
    forget: () => known.clear(),
  };
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
