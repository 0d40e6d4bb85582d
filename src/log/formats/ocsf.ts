/**
 * Events of the Open Cybersecurity Schema Framework 1.8.0, one JSON object a line. Calls are API Activity (6003); whatever
 * else the log holds is told in the same class as "Other", with its own name. What has no place there is under `unmapped`.
 * Pure.
 */

import type { OutcomeStatus } from "../../audit/entry.ts";
import type { Plain, Weight } from "./plain.ts";

const CATEGORY = 6;
const CLASS = 6003;
/** activity_id: Read, Other. A call that writes may create, change or delete: which of them nobody knows here. */
const READ = 2;
const OTHER = 99;

const SEVERITY: Readonly<Record<Weight, number>> = { info: 1, notice: 2, warning: 3, error: 4 };
/** status_id: Success, Failure, Other. */
const STATUS: Readonly<Record<OutcomeStatus, number>> = {
  ok: 1,
  tool_error: 2,
  rpc_error: 2,
  not_sent: 2,
  timeout: 99,
  cancelled: 99,
  unknown: 99,
};
/** disposition_id: Allowed, Blocked, Delayed. */
const DISPOSITION = { allow: 1, deny: 2, ask: 14 } as const;
/** action_id: Allowed, Denied. */
const ACTION = { allow: 1, deny: 2, ask: 1 } as const;

const given = (facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));

/** One event with its line end. `version`: of the program that exports. */
export function ocsfLine(plain: Plain, version: string): string {
  const activity = plain.kind.startsWith("call.") && plain.access === "read" ? READ : OTHER;
  const event = given({
    category_uid: CATEGORY,
    class_uid: CLASS,
    activity_id: activity,
    activity_name: activity === OTHER ? plain.kind : undefined,
    type_uid: CLASS * 100 + activity,
    severity_id: SEVERITY[plain.weight],
    time: plain.at,
    message: plain.kind,
    status_id: plain.status === undefined ? undefined : STATUS[plain.status],
    status_detail: plain.status,
    disposition_id: plain.effect === undefined ? undefined : DISPOSITION[plain.effect],
    action_id: plain.effect === undefined ? undefined : ACTION[plain.effect],
    metadata: given({
      version: "1.8.0",
      product: { name: "Kidoban", vendor_name: "Kidoban", version },
      log_name: plain.stream,
      sequence: plain.n,
      uid: plain.leaf,
      correlation_uid: plain.request ?? plain.call,
      original_time: plain.time,
    }),
    actor: given({ app_name: plain.agent, user: plain.by === undefined ? undefined : { name: plain.by } }),
    api: given({
      operation: plain.name ?? plain.kind,
      service: plain.server === undefined ? undefined : { name: plain.server },
      request: plain.call === undefined ? undefined : { uid: plain.call },
    }),
    src_endpoint: { name: plain.agent ?? "kidoban" },
    policy: plain.rules.length === 0 ? undefined : { uid: plain.rules.join(" ") },
    unmapped: JSON.parse(plain.line) as unknown,
  });
  return `${JSON.stringify(event)}\n`;
}
