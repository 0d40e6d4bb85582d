/**
 * The members of every kind of entry, in the order in which they stand in its line: one table that both writes and
 * checks. The types hold it against the union in entry.ts, so that neither can have a member more than the other.
 */

import type { Cause, Effect, Kind } from "../policy/call.ts";
import type { Statement } from "../approval/statement.ts";
import type { BodyRef, Claimed, EntryBody, EntryKind, OutcomeStatus, Target, Why } from "./entry.ts";

/** A shape of JSON: says whether a value has it and writes one that has. */
export interface Shape<in out T> {
  is(value: unknown): value is T;
  write(value: T): string;
}
type Member<T, K extends keyof T> =
  object extends Pick<T, K>
    ? { readonly optional: Shape<Exclude<T[K], undefined>> }
    : { readonly required: Shape<T[K]> };
type Members<T> = { readonly [K in keyof T]-?: Member<T, K> };

type Loose = { readonly required: Shape<unknown> } | { readonly optional: Shape<unknown> };
const shapeOf = (member: Loose): Shape<unknown> => ("required" in member ? member.required : member.optional);

/**
 * Objects with exactly these members in this order, after the first `skip`; a strange, missing or misplaced one makes it
 * another shape.
 */
function object<T extends object>(members: Members<T>, skip = 0): Shape<T> {
  const list = Object.entries<Loose>(members as Readonly<Record<string, Loose>>);
  return {
    is(value): value is T {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      const names = Object.keys(value);
      let seen = skip;
      for (const [name, member] of list) {
        if (names[seen] === name) {
          if (!shapeOf(member).is((value as Readonly<Record<string, unknown>>)[name])) return false;
          seen++;
        } else if ("required" in member) {
          return false;
        }
      }
      return seen === names.length;
    },
    write(value) {
      let out = "";
      for (const [name, member] of list) {
        const part = (value as Readonly<Record<string, unknown>>)[name];
        if (part === undefined && "optional" in member) continue;
        out += `${out === "" ? "{" : ","}"${name}":${shapeOf(member).write(part)}`;
      }
      return out === "" ? "{}" : `${out}}`;
    },
  };
}

const required = <T>(shape: Shape<T>): { readonly required: Shape<T> } => ({ required: shape });
const optional = <T>(shape: Shape<T>): { readonly optional: Shape<T> } => ({ optional: shape });

/**
 * Types end where JSON from outside begins: a member that is no text would make a line that no verifier takes, and the
 * log would look tampered with for good. So it is a bug of ours, and nothing is recorded. Throws TypeError.
 */
export function quote(value: string): string {
  if (typeof value !== "string") throw new TypeError("a member of an entry that has to be a text is not");
  return JSON.stringify(value);
}

const text: Shape<string> = { is: (value) => typeof value === "string", write: quote };
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const count: Shape<number> = {
  is: isCount,
  write(value) {
    if (!isCount(value)) throw new TypeError("a member of an entry that has to be a count is not");
    return String(value);
  },
};
const flag: Shape<boolean> = { is: (value) => typeof value === "boolean", write: (value) => String(value) };
const word = <T extends string>(...words: readonly T[]): Shape<T> => ({
  is: (value): value is T => (words as readonly unknown[]).includes(value),
  write: (value) => `"${value}"`,
});
const nullable = <T>(shape: Shape<T>): Shape<T | null> => ({
  is: (value): value is T | null => value === null || shape.is(value),
  write: (value) => (value === null ? "null" : shape.write(value)),
});
const list = <T>(shape: Shape<T>): Shape<readonly T[]> => ({
  is: (value): value is readonly T[] => Array.isArray(value) && value.every((item) => shape.is(item)),
  write: (value) => `[${value.map((item) => shape.write(item)).join(",")}]`,
});
/** One of two shapes, told apart by a member that only the first has. */
const either = <A extends object, B extends object>(
  mark: keyof A & string,
  first: Shape<A>,
  second: Shape<B>,
): Shape<A | B> => ({
  is: (value): value is A | B => first.is(value) || second.is(value),
  write: (value) => (mark in value ? first.write(value as A) : second.write(value as B)),
});
const json: Shape<unknown> = {
  is: (value): value is unknown => value !== undefined,
  write: (value) => JSON.stringify(value),
};

const t = required(text);
const t_ = optional(text);
const n = required(count);

export const STATUSES: readonly OutcomeStatus[] = [
  "ok",
  "tool_error",
  "rpc_error",
  "timeout",
  "cancelled",
  "unknown",
  "not_sent",
];
const CAUSES: readonly Cause[] = [
  "not-granted",
  "not-listed",
  "not-locked",
  "quarantined",
  "endpoint-changed",
  "read-only",
  "invalid-arguments",
  "rule",
  "condition-failed",
  "default-read",
  "default-write",
  "repeat-after-unknown",
];

const ref = object<BodyRef>({ digest: t, bytes: n });
export const CLAIMED = object<Claimed>({ client: t_, version: t_, protocol: t_, reason: t_, meta: t_ });
const kind = word<Kind>("tool", "resource", "prompt", "completion");
const target = object<Target>({ server: t, kind: required(kind), name: t });
const why = object<Why>({
  effect: required(word<Effect>("allow", "ask", "deny")),
  access: required(word("read", "write")),
  cause: required(word(...CAUSES)),
  rules: required(list(text)),
  detail: t_,
});
const answer = required(word("approve", "deny"));
const statement = object<Statement>({
  body: required(
    object<Statement["body"]>({
      v: required({ is: (value): value is 1 => value === 1, write: () => "1" }),
      request: t,
      nonce: t,
      action: t,
      answer,
      shown: t,
      expiresAt: n,
      approver: t,
      answeredAt: n,
      comment: t_,
    }),
  ),
  assurance: required(word("client", "operator", "verified")),
  key: t,
  signature: t,
});
type Answered = Extract<EntryBody, { readonly kind: "request.answered" }>["statement"];
const byClient = object<Exclude<Answered, Statement>>({ assurance: required(word("client")), answer, comment: t_ });
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
  "stream.opened": facts<"stream.opened">({
    stream: t,
    log: t,
    key: t,
    program: t,
    version: t,
    mode: required(word("same-user", "separate-user", "unknown")),
    agent: t_,
    config: t_,
  }),
  "stream.closed": facts<"stream.closed">({ reason: t }),
  "stream.recovered": facts<"stream.recovered">({ stream: t, size: n, torn: n, tail: t_, open: required(list(text)) }),
  "client.connected": facts<"client.connected">({ agent: t, era: t, claimed: required(CLAIMED) }),
  "server.started": facts<"server.started">({ server: t, endpoint: t, claimed: required(started) }),
  "server.ended": facts<"server.ended">({ server: t, reason: t }),
  "definition.quarantined": facts<"definition.quarantined">({
    target: required(target),
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
  "call.denied": facts<"call.denied">({
    call: t,
    agent: t,
    asked: t,
    target: optional(target),
    why: optional(why),
    args: required(ref),
    claimed: optional(CLAIMED),
  }),
  "call.intent": facts<"call.intent">({
    call: t,
    agent: t,
    target: required(target),
    why: required(why),
    args: required(ref),
    definition: t_,
    request: t_,
    action: t_,
    claimed: optional(CLAIMED),
  }),
  "call.outcome": facts<"call.outcome">({
    call: t,
    status: required(word(...STATUSES)),
    result: optional(ref),
    detail: t_,
  }),
  "call.replayed": facts<"call.replayed">({ call: t, agent: t, request: t }),
  "request.opened": facts<"request.opened">({
    request: t,
    call: t,
    agent: t,
    target: required(target),
    why: required(why),
    args: required(ref),
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
  "client.silent": facts<"client.silent">({ agent: t, request: t, afterMs: n }),
  "config.accepted": facts<"config.accepted">({
    digest: t,
    by: t,
    config: t_,
    previous: t_,
    acceptedAt: optional(count),
    key: t_,
    signature: t_,
    first: required(flag),
  }),
  "config.proposed": facts<"config.proposed">({ digest: t }),
  "config.refused": facts<"config.refused">({ reason: t }),
  "lock.pinned": facts<"lock.pinned">({ server: t, digest: t, by: t }),
  "stop.placed": facts<"stop.placed">({ stop: t, agent: t_, reason: t, by: t }),
  "stop.acknowledged": facts<"stop.acknowledged">({ stop: t }),
  "stop.lifted": facts<"stop.lifted">({ stop: t, approver: t, liftedAt: n, key: t, signature: t, reason: t }),
  "log.read": facts<"log.read">({ by: t, command: t }),
};
