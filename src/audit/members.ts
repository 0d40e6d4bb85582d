/**
 * The members of every kind of entry, in the order in which they stand in its line: one table that both writes and
 * checks. The types hold it against the union in entry.ts, so that neither can have a member more than the other.
 */

import type { Effect } from "../policy/call.ts";
import { CAUSES } from "../policy/settle.ts";
import type { Statement } from "../approval/statement.ts";
import type { Claimed, ConfigRef, EntryBody, EntryKind, OutcomeStatus, Why } from "./entry.ts";
import { EXPORT_SHAPES } from "./export-members.ts";
import { STATE_SHAPES } from "./state-members.ts";
import { NOTIFICATION_SHAPES } from "./notification-members.ts";
import { ASSERTION, MODE, REF, TARGET } from "./part-shapes.ts";
import { PASS_SHAPES } from "./pass-members.ts";
import { CONSENT, RETENTION_SHAPES } from "./retention-members.ts";
import { STREAM_SHAPES } from "./stream-members.ts";
import {
  count,
  either,
  flag,
  json,
  list,
  nullable,
  object,
  optional,
  required,
  text,
  word,
  type Members,
  type Shape,
} from "./shape.ts";

const t = required(text);
const t_ = optional(text);
const n = required(count);

const STATUSES: readonly OutcomeStatus[] = [
  "ok",
  "tool_error",
  "rpc_error",
  "timeout",
  "cancelled",
  "unknown",
  "not_sent",
];

export const CLAIMED = object<Claimed>({ client: t_, version: t_, protocol: t_, reason: t_, meta: t_ });

export const WHY = object<Why>({
  effect: required(word<Effect>("allow", "ask", "deny")),
  access: required(word("read", "write")),
  cause: required(word(...CAUSES)),
  rules: required(list(text)),
  detail: t_,
});
const passkey = optional(ASSERTION);
const statement = object<Statement>({
  body: required(
    object<Statement["body"]>({
      v: required({ is: (value): value is 1 => value === 1, write: () => "1" }),
      request: t,
      nonce: t,
      action: t,
      answer: required(word("approve", "deny", "return", "break-glass")),
      shown: t,
      expiresAt: n,
      approver: t,
      answeredAt: n,
      seen: optional(object<NonNullable<Statement["body"]["seen"]>>({ size: n, root: t })),
      comment: t_,
      ticket: t_,
      standsFor: t_,
    }),
  ),
  assurance: required(word("client", "operator", "verified")),
  key: t,
  signature: t,
  passkey,
});
const configRef = object<ConfigRef>({ digest: t, archive: t });
type Answered = Extract<EntryBody, { readonly kind: "request.answered" }>["statement"];
const byClient = object<Exclude<Answered, Statement>>({
  assurance: required(word("client")),
  answer: required(word("approve", "deny")),
  comment: t_,
});
const started = object<{ readonly name?: string; readonly version?: string; readonly protocol?: string }>({
  name: t_,
  version: t_,
  protocol: t_,
});

/** What follows `kind` in the entries of one kind. */
export type Facts<K extends EntryKind> = Omit<Extract<EntryBody, { readonly kind: K }>, "kind">;
/** Checks whole bodies, `kind` first and known to be right; writes what follows it. */
const facts = <K extends EntryKind>(members: Members<Facts<K>>): Shape<Facts<K>> => object<Facts<K>>(members, 1);

export const SHAPES: { readonly [K in EntryKind]: Shape<Facts<K>> } = {
  ...STREAM_SHAPES,
  ...RETENTION_SHAPES,
  "client.connected": facts<"client.connected">({ agent: t, era: t, claimed: required(CLAIMED), mode: optional(MODE) }),
  "server.started": facts<"server.started">({ server: t, endpoint: t, claimed: required(started) }),
  "server.ended": facts<"server.ended">({ server: t, reason: t }),
  "definition.quarantined": facts<"definition.quarantined">({
    target: required(TARGET),
    locked: required(nullable(text)),
    now: required(nullable(text)),
  }),
  "list.served": facts<"list.served">({ agent: t, method: t, digest: t, count: n }),
  "message.refused": facts<"message.refused">({
    agent: t,
    side: required(word("agent", "server")),
    method: t_,
    reason: t,
  }),
  "resource.watched": facts<"resource.watched">({ agent: t, target: required(TARGET), args: required(REF) }),
  "message.relayed": facts<"message.relayed">({ agent: t, server: t, method: t, body: required(REF) }),
  "question.asked": facts<"question.asked">({
    question: t,
    call: t_,
    agent: t,
    server: t,
    method: t,
    args: required(REF),
  }),
  "question.answered": facts<"question.answered">({
    question: t,
    call: t_,
    says: required(word("accept", "decline", "cancel", "result", "error", "none", "refused")),
    result: optional(REF),
    detail: t_,
  }),
  "call.denied": facts<"call.denied">({
    call: t,
    agent: t,
    asked: t,
    target: optional(TARGET),
    why: optional(WHY),
    args: required(REF),
    claimed: optional(CLAIMED),
  }),
  "call.intent": facts<"call.intent">({
    call: t,
    agent: t,
    target: required(TARGET),
    why: required(WHY),
    args: required(REF),
    definition: t_,
    request: t_,
    action: t_,
    claimed: optional(CLAIMED),
  }),
  "call.outcome": facts<"call.outcome">({
    call: t,
    status: required(word(...STATUSES)),
    result: optional(REF),
    detail: t_,
  }),
  "call.replayed": facts<"call.replayed">({ call: t, agent: t, request: t }),
  "request.opened": facts<"request.opened">({
    request: t,
    call: t,
    agent: t,
    target: required(TARGET),
    why: required(WHY),
    args: required(REF),
    action: t,
    nonce: t,
    shown: t,
    expiresAt: n,
    obligations: required(list(json)),
    claimed: optional(CLAIMED),
  }),
  "request.joined": facts<"request.joined">({ request: t, call: t, agent: t }),
  "request.answered": facts<"request.answered">({
    request: t,
    statement: required(either("body", statement, byClient)),
  }),
  "request.refused": facts<"request.refused">({ request: t, reason: t }),
  "request.claimed": facts<"request.claimed">({ request: t, call: t }),
  "request.closed": facts<"request.closed">({ request: t, state: t, note: t_ }),
  ...PASS_SHAPES,
  "task.opened": facts<"task.opened">({ task: t, request: t, call: t, agent: t }),
  "task.read": facts<"task.read">({ task: t, request: t, agent: t }),
  "client.silent": facts<"client.silent">({ agent: t, request: t, afterMs: n }),
  "config.accepted": facts<"config.accepted">({
    digest: t,
    by: t,
    config: t_,
    previous: t_,
    acceptedAt: optional(count),
    key: t_,
    signature: t_,
    passkey,
    first: required(flag),
    archive: t_,
  }),
  "config.proposed": facts<"config.proposed">({ digest: t }),
  "config.applied": facts<"config.applied">({
    config: t,
    accepted: required(configRef),
    proposed: optional(configRef),
  }),
  "config.refused": facts<"config.refused">({ reason: t }),
  "key.rotated": facts<"key.rotated">({ from: t, to: t, size: n, root: t, consent: optional(CONSENT) }),
  "login.added": facts<"login.added">({ server: t, agent: t_, issuer: t, resource: t, scope: t, by: t }),
  "login.removed": facts<"login.removed">({ server: t, agent: t_, by: t }),
  "lock.pinned": facts<"lock.pinned">({ server: t, digest: t, by: t }),
  "stop.placed": facts<"stop.placed">({ stop: t, agent: t_, reason: t, by: t }),
  "stop.acknowledged": facts<"stop.acknowledged">({ stop: t }),
  "stop.lifted": facts<"stop.lifted">({
    stop: t,
    approver: t,
    liftedAt: n,
    key: t,
    signature: t,
    passkey,
    reason: t,
  }),
  "token.issued": facts<"token.issued">({
    token: t,
    agent: t,
    config: t,
    digest: t,
    issuedAt: n,
    expiresAt: n,
    by: t,
    key: t_,
    signature: t_,
    passkey,
  }),
  "token.revoked": facts<"token.revoked">({ token: t, agent: t, at: n, by: t }),
  "console.entered": facts<"console.entered">({ by: t, key: t }),
  "passkey.enrolled": facts<"passkey.enrolled">({ approver: t, id: t, key: t, origin: t, rp: t }),
  "auth.refused": facts<"auth.refused">({ reason: t, from: t, token: t_, agent: t_, times: n }),
  ...NOTIFICATION_SHAPES,
  ...EXPORT_SHAPES,
  ...STATE_SHAPES,
  "log.read": facts<"log.read">({ by: t, command: t }),
};
