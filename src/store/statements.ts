/** Approvers' answers as rows. Whether they count is for `quorum` to say, each time anew. */

import type { Statement } from "../approval/statement.ts";
import type { Database } from "./database.ts";
import { isStatement } from "./facts.ts";
import { jsonIn } from "./row.ts";
import { canBeId } from "./requests.ts";

/** In the order in which they came. */
export const statementsOf = (database: Database, request: string): readonly Statement[] =>
  canBeId(request)
    ? database
        .all("SELECT statement FROM statements WHERE request = ? ORDER BY rowid", request)
        .map((row) => jsonIn(row, "statement", isStatement))
    : [];

/** Within `write`: false when this answer is there already, or when the request can take none any more. */
export function addStatement(database: Database, statement: Statement): boolean {
  const { request, approver, answer } = statement.body;
  const open = database.get("SELECT 1 FROM requests WHERE id = ? AND state IN ('pending', 'approved')", request);
  if (open === undefined) return false;
  // After a no there is no yes; the other way round a no is welcome until the call runs.
  const denied = database.get(
    "SELECT 1 FROM statements WHERE request = ? AND approver = ? AND answer = 'deny'",
    request,
    approver,
  );
  if (denied !== undefined) return false;
  return (
    database.run(
      "INSERT OR IGNORE INTO statements (request, approver, answer, statement) VALUES (?, ?, ?, ?)",
      request,
      approver,
      answer,
      JSON.stringify(statement),
    ) === 1
  );
}
