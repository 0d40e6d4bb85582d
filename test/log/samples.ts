/** Entries as a gate would record them. */

import type { EntryBody } from "../../src/audit/entry.ts";
import type { AuditLog } from "../../src/audit/log.ts";

/** Of a program that archived no configuration, since these entries name none. */
export const facts = { program: "kidoban", version: "0.0.9", mode: "same-user", agent: "docs-writer" } as const;

export function intent(call: string, name = "write_file"): Extract<EntryBody, { readonly kind: "call.intent" }> {
  return {
    kind: "call.intent",
    call,
    agent: "docs-writer",
    target: { server: "files", kind: "tool", name },
    why: { effect: "allow", access: "write", cause: "rule", rules: ["r"] },
    args: { digest: "a".repeat(64), bytes: 12 },
  };
}

export const outcome = (call: string): EntryBody => ({ kind: "call.outcome", call, status: "ok" });

/** One whole call. */
export async function pass(log: AuditLog, call: string): Promise<void> {
  log.record({ ...intent(call), args: log.body(`{"path":"${call}"}`, true) });
  await log.written();
  log.record(outcome(call));
  await log.synced();
}
