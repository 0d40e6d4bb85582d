/**
 * An entry as the bytes of its line, and back. Canonical by construction: members in the order of the table, no blanks,
 * strings as JSON.stringify writes them. What was written is hashed as it stands; nothing is ever written a second time.
 */

import { remembered } from "../policy/remembered.ts";
import type { BodyRef, Claimed, Entry, EntryBody, EntryKind, Why } from "./entry.ts";
import { CLAIMED, SHAPES, WHY } from "./members.ts";
import { MOST_LINE_BYTES } from "./lines.ts";
import { momentOf } from "./moment.ts";
import { quote, type Shape } from "./shape.ts";

/** `prev` of the first entry of a stream. */
export const NO_PREV = "0".repeat(64);

/**
 * The line of one entry, without line end. `prev` is hex, `time` RFC 3339 with ms, `after` the ledger's size last seen. Throws
 * TypeError, also for what is longer than any reader takes.
 */
export function entryLine(n: number, prev: string, time: string, after: number, body: EntryBody): string {
  const line = lineOf(n, prev, time, after, body);
  // No character has more than three bytes for each of its UTF-16 units.
  if (line.length > MOST_LINE_BYTES / 3 && Buffer.byteLength(line) > MOST_LINE_BYTES)
    throw new TypeError("an entry is longer than the longest that is read");
  return line;
}

function lineOf(n: number, prev: string, time: string, after: number, body: EntryBody): string {
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

const ref = ({ digest, bytes, redacted }: BodyRef): string =>
  redacted === undefined
    ? `{"digest":"${digest}","bytes":${bytes}}`
    : `{"digest":"${digest}","bytes":${bytes},"redacted":${redacted}}`;

// Calls in a row come with the same objects, which are for good what they were when they were written.
const claimedText = remembered((claimed: Claimed) => CLAIMED.write(claimed));
const whyText = remembered((why: Why) => WHY.write(why));
const callText = remembered(quote);
const agentText = remembered(quote);
const serverText = remembered(quote);
const nameText = remembered(quote);

function intent(body: Extract<EntryBody, { readonly kind: "call.intent" }>): string {
  const { target } = body;
  let out =
    `,"call":${callText(body.call)},"agent":${agentText(body.agent)}` +
    `,"target":{"server":${serverText(target.server)},"kind":"${target.kind}","name":${nameText(target.name)}}` +
    `,"why":${whyText(body.why)},"args":${ref(body.args)}`;
  if (body.definition !== undefined) out += `,"definition":${quote(body.definition)}`;
  if (body.request !== undefined) out += `,"request":${quote(body.request)}`;
  if (body.action !== undefined) out += `,"action":${quote(body.action)}`;
  if (body.claimed !== undefined) out += `,"claimed":${claimedText(body.claimed)}`;
  return `${out}}`;
}

function outcome(body: Extract<EntryBody, { readonly kind: "call.outcome" }>): string {
  let out = `,"call":${callText(body.call)},"status":"${body.status}"`;
  if (body.result !== undefined) out += `,"result":${ref(body.result)}`;
  if (body.detail !== undefined) out += `,"detail":${quote(body.detail)}`;
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
  if (head === null) {
    return /^\{"v":(?:[2-9]|[1-9]\d+)[,}]/.test(line) ? { kind: "newer" } : { kind: "malformed", why: "head" };
  }
  const [text, n, prev = "", time = "", after, kind = ""] = head;
  if (momentOf(time) === undefined) return { kind: "malformed", why: "head" };
  if (!isKind(kind)) return { kind: "newer" };
  // The pattern has read the head; what is left begins at `"kind":"…"` and the character after it.
  const body = parseObject(`{${line.slice(text.length - kind.length - 10)}`);
  if (body === undefined) return { kind: "malformed", why: "json" };
  // A second "kind" in the line would win over the first.
  if (!("kind" in body) || body.kind !== kind || !(SHAPES[kind] as Shape<object>).is(body))
    return { kind: "malformed", why: "members" };
  return { kind: "entry", entry: { v: 1, n: Number(n), prev, time, after: Number(after), body: body as EntryBody } };
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
