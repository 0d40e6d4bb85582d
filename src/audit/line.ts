/**
 * An entry as the bytes of its line, and back. Canonical by construction: members in the order of the table, no blanks,
 * strings as JSON.stringify writes them. What was written is hashed as it stands; nothing is ever written a second time.
 */

import type { BodyRef, Entry, EntryBody, EntryKind } from "./entry.ts";
import { SHAPES, type Shape } from "./members.ts";

/** `prev` of the first entry of a stream. */
export const NO_PREV = "0".repeat(64);

/** The line of one entry, without line end. `prev` is hex, `time` RFC 3339 with ms, `after` the ledger's size last seen. */
export function entryLine(n: number, prev: string, time: string, after: number, body: EntryBody): string {
  const head = `{"v":1,"n":${n},"prev":"${prev}","time":"${time}","after":${after},"kind":"${body.kind}"`;
  switch (body.kind) {
    // Two of these stand for each call that passes: written out, they cost half of what the table takes.
    case "call.intent":
      return head + intent(body);
    case "call.outcome":
      return head + outcome(body);
    default:
      return `${head},${(SHAPES[body.kind] as Shape<object>).write(body).slice(1)}`;
  }
}

const ref = ({ digest, bytes }: BodyRef): string => `{"digest":"${digest}","bytes":${bytes}}`;

function intent(body: Extract<EntryBody, { readonly kind: "call.intent" }>): string {
  const { target, why } = body;
  let out =
    `,"call":${JSON.stringify(body.call)},"agent":${JSON.stringify(body.agent)}` +
    `,"target":{"server":${JSON.stringify(target.server)},"kind":"${target.kind}","name":${JSON.stringify(target.name)}}` +
    `,"why":{"effect":"${why.effect}","access":"${why.access}","cause":"${why.cause}","rules":${JSON.stringify(why.rules)}`;
  if (why.detail !== undefined) out += `,"detail":${JSON.stringify(why.detail)}`;
  out += `},"args":${ref(body.args)}`;
  if (body.definition !== undefined) out += `,"definition":${JSON.stringify(body.definition)}`;
  if (body.request !== undefined) out += `,"request":${JSON.stringify(body.request)}`;
  if (body.action !== undefined) out += `,"action":${JSON.stringify(body.action)}`;
  if (body.claimed !== undefined) {
    const { client, version, protocol, reason, meta } = body.claimed;
    // JSON.stringify leaves out what is undefined; naming the members fixes their order.
    out += `,"claimed":${JSON.stringify({ client, version, protocol, reason, meta })}`;
  }
  return `${out}}`;
}

function outcome(body: Extract<EntryBody, { readonly kind: "call.outcome" }>): string {
  let out = `,"call":${JSON.stringify(body.call)},"status":"${body.status}"`;
  if (body.result !== undefined) out += `,"result":${ref(body.result)}`;
  if (body.detail !== undefined) out += `,"detail":${JSON.stringify(body.detail)}`;
  return `${out}}`;
}

/** What a line turned out to be. `newer`: of a later format or kind, to be read by a later program. */
export type ParsedLine =
  | { readonly kind: "entry"; readonly entry: Entry }
  | { readonly kind: "malformed"; readonly why: "json" | "head" | "members" }
  | { readonly kind: "newer" };

const HEAD =
  /^\{"v":1,"n":(0|[1-9]\d{0,14}),"prev":"([0-9a-f]{64})","time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","after":(0|[1-9]\d{0,14}),"kind":"([a-z.]+)"[,}]/;

const isKind = (kind: string): kind is EntryKind => Object.hasOwn(SHAPES, kind);

/** Reads one line strictly: exactly these members, in their order, each of its shape. */
export function parseEntry(line: string): ParsedLine {
  const head = HEAD.exec(line);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: "malformed", why: "json" };
  }
  if (head === null) {
    return /^\{"v":(?:[2-9]|[1-9]\d+)[,}]/.test(line) ? { kind: "newer" } : { kind: "malformed", why: "head" };
  }
  const [, n, prev = "", time = "", after, kind = ""] = head;
  if (!isKind(kind)) return { kind: "newer" };
  const { v: _v, n: _n, prev: _p, time: _t, after: _a, kind: _k, ...facts } = value as Record<string, unknown>;
  if (_k !== kind || _n !== Number(n) || _p !== prev || !(SHAPES[kind] as Shape<object>).is(facts)) {
    return { kind: "malformed", why: "members" };
  }
  return {
    kind: "entry",
    entry: { v: 1, n: Number(n), prev, time, after: Number(after), body: { kind, ...facts } as EntryBody },
  };
}
