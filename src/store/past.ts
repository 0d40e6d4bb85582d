/** What was asked before of the same tool: what an approver is shown beside a request. Reads only. */

import type { Request } from "../approval/request.ts";
import type { Database } from "./database.ts";
import { numberIn } from "./row.ts";
import { requestIn, SELECT } from "./requests.ts";
import type { Past } from "./store.ts";

/** Whatever was let through, however it ended. */
const LET_THROUGH = `state IN ('approved', 'executing', 'succeeded', 'failed', 'unknown')`;
const SAME = `agent = ?1 AND json_extract(facts, '$.server') = ?2 AND json_extract(facts, '$.kind') = ?3
  AND json_extract(facts, '$.name') = ?4`;

export function past(
  database: Database,
  { id, agent, server, kind, name }: Pick<Request, "id" | "agent" | "server" | "kind" | "name">,
  since: number,
): Past {
  const same = [agent, server, kind, name];
  const approved = database.get(
    `${SELECT} WHERE ${SAME} AND id <> ?5 AND ${LET_THROUGH} ORDER BY opened_at DESC, rowid DESC LIMIT 1`,
    ...same,
    id,
  );
  const counted = database.get(
    `SELECT COUNT(*) AS asked, COUNT(CASE WHEN ${LET_THROUGH} THEN 1 END) AS let FROM requests WHERE ${SAME} AND opened_at >= ?5`,
    ...same,
    since,
  );
  return {
    approved: approved === undefined ? undefined : requestIn(approved),
    asked: numberIn(counted ?? {}, "asked"),
    approvedOfThem: numberIn(counted ?? {}, "let"),
  };
}
