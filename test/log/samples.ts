/** Entries as a gate would record them. */

import type { KeyObject } from "node:crypto";
import type { EntryBody } from "../../src/audit/entry.ts";
import type { AuditLog } from "../../src/audit/log.ts";
import { redactor } from "../../src/audit/redact.ts";
import { newStreamId } from "../../src/log/names.ts";
import type { LogOptions } from "../../src/log/open.ts";

/** These entries name no configuration. */
export const facts = { program: "kidoban", version: "0.0.9", mode: "same-user", agent: "docs-writer" } as const;

export const BODIES_KEY = Buffer.alloc(32, 2);

/** What a log is opened with: a stream that begins now, by the machine's clock. */
export const logOptions = (dir: string, ledger: LogOptions["ledger"], key: KeyObject): LogOptions => ({
  dir,
  ledger,
  key,
  stream: newStreamId(Date.now()),
  facts,
  now: Date.now,
  redact: redactor(Buffer.alloc(32, 1)),
  bodiesKey: BODIES_KEY,
});

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
