/** A question to people as a gate records it, and what else it records of it. */

import type { Request } from "../../src/approval/request.ts";
import type { Statement } from "../../src/approval/statement.ts";
import type { EntryBody } from "../../src/audit/entry.ts";
import type { AuditLog } from "../../src/audit/log.ts";
import { sampleRequest } from "../approval/sample.ts";

/** A request that is open now: entries carry the real time. */
export const ask = (more: Partial<Request> = {}): Request => {
  const openedAt = Date.now();
  return sampleRequest({ openedAt, expiresAt: openedAt + 900_000, ...more });
};

export const opened = (log: AuditLog, request: Request): EntryBody => ({
  kind: "request.opened",
  request: request.id,
  call: request.call,
  agent: request.agent,
  target: { server: request.server, kind: request.kind, name: request.name },
  why: { effect: "ask", access: "write", cause: "default-write", rules: [] },
  args: log.body(request.argsText, "json"),
  action: request.action,
  nonce: request.nonce,
  shown: request.shown,
  expiresAt: request.expiresAt,
  obligations: request.obligations,
});

export const answered = (request: Request, statement: Statement): EntryBody => ({
  kind: "request.answered",
  request: request.id,
  statement,
});

export const claimed = (request: Request): EntryBody => ({
  kind: "request.claimed",
  request: request.id,
  call: request.call,
});
