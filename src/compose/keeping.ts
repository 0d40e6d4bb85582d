/** What a configuration says of keeping, and by whom less may be kept: see audit/keeping.ts. */

import type { Keeping } from "../audit/keeping.ts";
import type { Config } from "../config/config-file.ts";
import { DEFAULT_LOG } from "../config/retention.ts";

export const keepingOf = ({ approvers, servers, log = DEFAULT_LOG }: Config): Keeping => ({
  approvers,
  retention: log.retention,
  recordings: [...servers].map(([id, { recording }]) => [id, recording]),
});
