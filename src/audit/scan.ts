/**
 * A quick reading of the two kinds of entries that stand for nearly all of a log: what a gate writes for each call, where it
 * continues the chain as expected. Anything else, and anything unusual in these, is left to `parseEntry`, which decides; so
 * this may only be faster than that, never milder. What repeats from line to line is parsed once.
 */

import type { Entry, EntryBody } from "./entry.ts";
import { parseEntry } from "./line.ts";
import { momentOf } from "./moment.ts";

type Intent = Extract<EntryBody, { readonly kind: "call.intent" }>;
type Outcome = Extract<EntryBody, { readonly kind: "call.outcome" }>;

export interface Scanner {
  /** The entry of a line with this number that continues from `prev`; undefined: `parseEntry` has to look. */
  scan(line: string, n: number, prev: string): Entry | undefined;
}

const CALL =
  /","time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)","after":(0|[1-9]\d{0,14}),"kind":"call\.(?:intent","call":"([0-9a-zA-Z_-]+)",|outcome","call":"([0-9a-zA-Z_-]+)","status":"(ok|tool_error|rpc_error|timeout|cancelled|unknown|not_sent)"(?:,"result":\{"digest":"([0-9a-f]{64})","bytes":(0|[1-9]\d{0,14})\})?\}$)/y;
const REF = /\{"digest":"([0-9a-f]{64})","bytes":(0|[1-9]\d{0,14})\}/y;
const ARGS = ',"args":';
const START = '{"v":1,"n":';
const PREV = ',"prev":"';

/** What stands between the call's id and its arguments, and behind them. */
type Middle = Pick<Intent, "agent" | "target" | "why">;
type Tail = Omit<Intent, keyof Middle | "kind" | "call" | "args">;

/** Texts that were parsed, the last used first; more than these do not repeat. */
interface Kept<T> {
  readonly texts: string[];
  readonly parsed: T[];
}
const MOST_KEPT = 16;

/** As `startsWith`, which goes character by character, at a third of its price. */
const stands = (text: string, line: string, at: number): boolean => line.slice(at, at + text.length) === text;

/** Which of them stands at this place of a line, now the first; undefined for none. */
function standing<T>({ texts, parsed }: Kept<T>, line: string, at: number): number {
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i] ?? "";
    if (!stands(text, line, at)) continue;
    if (i > 0) {
      texts.unshift(...texts.splice(i, 1));
      parsed.unshift(...parsed.splice(i, 1));
    }
    return text.length;
  }
  return -1;
}

function keep<T>({ texts, parsed }: Kept<T>, text: string, value: T): void {
  if (texts.unshift(text) > MOST_KEPT) texts.pop();
  if (parsed.unshift(value) > MOST_KEPT) parsed.pop();
}

const HEAD = `{"v":1,"n":0,"prev":"${"0".repeat(64)}","time":"2026-01-01T00:00:00.000Z","after":0,"kind":"call.intent","call":"c",`;
const NO_ARGS = `{"digest":"${"0".repeat(64)}","bytes":0}`;
const MIDDLE =
  '"agent":"a","target":{"server":"s","kind":"tool","name":"n"},"why":{"effect":"allow","access":"read","cause":"rule","rules":[]}';

/** The intent in a line that is made up around one part of another, strictly read. */
function intentIn(line: string): Intent | undefined {
  const parsed = parseEntry(line);
  return parsed.kind === "entry" && parsed.entry.body.kind === "call.intent" ? parsed.entry.body : undefined;
}

export function lineScanner(): Scanner {
  /** With what stands behind them, so that none is the beginning of another. */
  const middles: Kept<Middle> = { texts: [], parsed: [] };
  const tails: Kept<Tail> = { texts: [], parsed: [] };

  /** Where the middle that begins at `at` ends, its parsed form then being the first that is kept; -1 where it is none. */
  function middleEnd(line: string, at: number): number {
    const length = standing(middles, line, at);
    if (length >= 0) return at + length;
    // A quote that ends no text is written `\"`, so this stands nowhere inside of one.
    const cut = line.indexOf(ARGS, at);
    if (cut < 0) return -1;
    const found = intentIn(`${HEAD}${line.slice(at, cut)}${ARGS}${NO_ARGS}}`);
    if (found === undefined) return -1;
    const { agent, target, why } = found;
    keep(middles, line.slice(at, cut + ARGS.length), { agent, target, why });
    return cut + ARGS.length;
  }

  function tailAt(line: string, at: number): Tail | undefined {
    if (standing(tails, line, at) === line.length - at) return tails.parsed[0];
    const rest = line.slice(at);
    // These are of one call only.
    if (rest.includes('"action":') || rest.includes('"request":')) return undefined;
    const found = intentIn(`${HEAD}${MIDDLE}${ARGS}${NO_ARGS}${rest}`);
    if (found === undefined) return undefined;
    const { kind: _kind, call: _call, agent: _agent, target: _target, why: _why, args: _args, ...tail } = found;
    keep(tails, rest, tail);
    return tail;
  }

  function intent(line: string, at: number, call: string): Intent | undefined {
    const end = middleEnd(line, at);
    const [middle] = middles.parsed;
    if (end < 0 || middle === undefined) return undefined;
    REF.lastIndex = end;
    const [, digest, bytes] = REF.exec(line) ?? [];
    if (digest === undefined) return undefined;
    const { agent, target, why } = middle;
    const args = { digest, bytes: Number(bytes) };
    const rest = REF.lastIndex;
    if (rest === line.length - 1 && line.endsWith("}")) return { kind: "call.intent", call, agent, target, why, args };
    const tail = tailAt(line, rest);
    return tail === undefined ? undefined : { kind: "call.intent", call, agent, target, why, args, ...tail };
  }

  return {
    scan(line, n, prev) {
      const number = String(n);
      const at = START.length + number.length + PREV.length;
      const isNext =
        stands(prev, line, at) &&
        line.startsWith(START) &&
        line.startsWith(number, START.length) &&
        line.startsWith(PREV, START.length + number.length);
      if (!isNext) return undefined;
      CALL.lastIndex = at + prev.length;
      const found = CALL.exec(line);
      if (found === null) return undefined;
      const [, time = "", after, sent, call = "", status, digest, bytes] = found;
      if (momentOf(time) === undefined) return undefined;
      let body: EntryBody | undefined;
      if (sent !== undefined) body = intent(line, CALL.lastIndex, sent);
      else if (digest === undefined) body = { kind: "call.outcome", call, status: status as Outcome["status"] };
      else {
        const result = { digest, bytes: Number(bytes) };
        body = { kind: "call.outcome", call, status: status as Outcome["status"], result };
      }
      return body === undefined ? undefined : { v: 1, n, prev, time, after: Number(after), body };
    },
  };
}
