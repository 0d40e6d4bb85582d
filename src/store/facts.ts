/** The shape of what is kept as JSON, checked when it is read: the file may have been changed by somebody else. */

import type { Passkey } from "../approval/approver.ts";
import type { Notice } from "../approval/notice.ts";
import { areBounds, type PassBody, type PassSignature } from "../approval/pass.ts";
import type { Request } from "../approval/request.ts";
import type { Statement } from "../approval/statement.ts";
import { isObject } from "../policy/json.ts";
import type { LiveProcess, Stop, StoredResult } from "./store.ts";

/** What of a request never changes. */
export type RequestFacts = Omit<Request, "state" | "redeemUntil" | "closedAt" | "note" | "removedAt" | "attended">;

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const whole: Check = (value) => Number.isSafeInteger(value);
const flag: Check = (value) => typeof value === "boolean";
const among =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && words.includes(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
/** An object with these members; others are let be. */
const having =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(members).every(([name, check]) => check(value[name]));

const kind = among("tool", "resource", "prompt", "completion");
const access = among("read", "write");
const assurance = among("client", "operator", "verified");

const target = { agent: text, server: text, kind, name: text, access, destructive: flag, rules: listOf(text) };

const groups = maybe(listOf(text));
const stage = having({ from: listOf(text), need: whole });
const obligation = having({
  rule: text,
  from: listOf(text),
  need: whole,
  assurance,
  expiresMs: whole,
  redeemMs: whole,
  later: maybe(listOf(stage)),
  except: groups,
  ticket: maybe(text),
  escalate: maybe(listOf(having({ afterMs: whole, to: listOf(text) }))),
  edit: groups,
  breakGlass: groups,
});

const request = having({
  ...target,
  id: text,
  code: text,
  call: text,
  argsText: text,
  action: text,
  nonce: text,
  shown: text,
  view: having({
    ...target,
    endpoint: text,
    arguments: text,
    change: maybe(having({ before: orNull(text), after: text })),
    changeFailed: maybe(text),
    earlier: maybe(having({ call: text, at: whole })),
    question: maybe(having({ by: text, text, at: whole })),
    edited: maybe(having({ by: text, arguments: text })),
    reason: maybe(text),
  }),
  obligations: listOf(obligation),
  definition: text,
  editedFrom: maybe(text),
  brief: maybe(flag),
  openedAt: whole,
  expiresAt: whole,
});

const assertion = maybe(having({ authenticatorData: text, clientData: text, batch: maybe(listOf(text)) }));
const statement = having({
  body: having({
    request: text,
    nonce: text,
    action: text,
    answer: among("approve", "deny", "return", "break-glass"),
    shown: text,
    expiresAt: whole,
    approver: text,
    answeredAt: whole,
    seen: maybe(having({ size: whole, root: text })),
    comment: maybe(text),
    ticket: maybe(text),
    standsFor: maybe(text),
  }),
  assurance,
  key: text,
  signature: text,
  passkey: assertion,
});

const passArguments: Check = (value) =>
  isObject(value) &&
  (value["kind"] === "exact"
    ? typeof value["digest"] === "string"
    : value["kind"] === "within" && areBounds(value["bounds"]));
const passBody = having({
  v: (value) => value === 1,
  pass: text,
  config: text,
  agent: text,
  server: text,
  endpoint: text,
  kind,
  name: text,
  definition: text,
  arguments: passArguments,
  issuedAt: whole,
  from: whole,
  until: whole,
  count: whole,
  reason: text,
});
const passSignature = having({
  approver: text,
  signedAt: whole,
  assurance,
  ticket: maybe(text),
  standsFor: maybe(text),
  key: text,
  signature: text,
  passkey: assertion,
});

const stop = having({ id: text, agent: maybe(text), reason: text, by: text, placedAt: whole });
const process = having({ id: text, pid: whole, role: among("gate", "tool"), agent: maybe(text), startedAt: whole });
const result = having({ member: among("result", "error"), text, at: whole });

const noticed = having({
  request: text,
  code: text,
  agent: text,
  server: text,
  kind,
  name: text,
  access,
  destructive: flag,
  rules: listOf(text),
  groups: listOf(text),
  need: whole,
  expiresAt: whole,
});
const NOTICES: Readonly<Record<Notice["kind"], Check>> = {
  "request.opened": having({ about: noticed }),
  "request.stage": having({ about: noticed, stage: whole }),
  "request.escalated": having({ about: noticed, step: whole }),
  "stop.placed": having({ stop: text, agent: maybe(text), by: text }),
  "glass.broken": having({ about: noticed, by: text }),
  test: having({ test: text }),
};
const notice: Check = (value) =>
  isObject(value) && Object.entries(NOTICES).some(([name, check]) => name === value["kind"] && check(value));

const passkey = having({ id: text, key: text, rp: text, origin: text });
export const isPasskey = (value: unknown): value is Passkey => passkey(value);
export const isNotice = (value: unknown): value is Notice => notice(value);
export const isRequestFacts = (value: unknown): value is RequestFacts => request(value);
export const isStatement = (value: unknown): value is Statement => statement(value);
export const isPassBody = (value: unknown): value is PassBody => passBody(value);
export const isPassSignature = (value: unknown): value is PassSignature => passSignature(value);
export const isStop = (value: unknown): value is Stop => stop(value);
export const isProcess = (value: unknown): value is Omit<LiveProcess, "alive"> => process(value);
export const isResult = (value: unknown): value is StoredResult => result(value);
