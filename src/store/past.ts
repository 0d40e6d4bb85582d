/** What was asked before of the same tool: what an approver is shown beside a request. Reads only. */

import type { Request } from "../approval/request.ts";
import type { Database } from "./database.ts";
import { numberIn } from "./row.ts";
import { requestIn, SELECT, toolKey } from "./requests.ts";
import type { Past } from "./store.ts";

/** Whatever was let through, however it ended. */
const LET_THROUGH = `state IN ('approved', 'executing', 'succeeded', 'failed', 'unknown')`;
const SAME = `agent = ?1 AND tool = ?2`;

export function past(
  database: Database,
  request: Pick<Request, "id" | "agent" | "server" | "kind" | "name">,
  since: number,
): Past {
  const same = [request.agent, toolKey(request)];
  const approved = database.get(
    `${SELECT} WHERE ${SAME} AND id <> ?3 AND removed_at IS NULL AND ${LET_THROUGH} ORDER BY opened_at DESC, rowid DESC LIMIT 1`,
    ...same,
    request.id,
  );
  const counted = database.get(
    `SELECT COUNT(*) AS asked, COUNT(CASE WHEN ${LET_THROUGH} THEN 1 END) AS let FROM requests WHERE ${SAME} AND opened_at >= ?3`,
    ...same,
    since,
  );
  return {
    approved: approved === undefined ? undefined : requestIn(approved),
    asked: numberIn(counted ?? {}, "asked"),
    approvedOfThem: numberIn(counted ?? {}, "let"),
  };
}
