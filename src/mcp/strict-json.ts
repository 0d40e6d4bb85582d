/**
 * The one parser of what an agent sends. It refuses what two parsers could read differently: duplicate keys, numbers a
 * double cannot hold, lone surrogates, too much depth. There is no second parser, so there is no differential.
 */

import { forgetText, isObject, keepText, type Json, type JsonObject } from "../policy/json.ts";
import { keepMeta, lastMeta } from "./last-meta.ts";

type Hazard = "syntax" | "depth" | "duplicate-key" | "number" | "surrogate" | "utf8" | "size";

interface Fault {
  readonly hazard: Hazard;
  /** UTF-16 offset in the text. */
  readonly at: number;
}

/** `partial`: what could be read of a text that is JSON but refused; only good for finding out whom to answer. */
export type Parsed =
  { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly fault: Fault; readonly partial?: Json };

/** Levels of arrays and objects; the protocol's own envelope takes three of them. */
export const MAX_DEPTH = 64;
/** Strings up to here are scanned here, longer ones by the engine's own parser: calling it takes as long as scanning this. */
const SHORT = 256;
/** From here on the text of a call's arguments is kept, where it is as `JSON.stringify` would write it. */
const LONG = 64;
/** Of the members of a request's `params`. */
const PARAMS_DEPTH = 2;

const QUOTE = 34;
const BACKSLASH = 92;
const ZERO = 48;
const isDigit = (code: number): boolean => code >= ZERO && code <= ZERO + 9;

// State of the parse that is running; parsing is synchronous, so there is never more than one.
let text = "";
let at = 0;
let depth = 0;
let fault: Fault | undefined;
/** A syntax error or too much depth: nothing after it can be read. */
let stopped = false;
/** Counts what `JSON.stringify` would write in another way, or in another place. */
let rough = 0;

/** Parses one JSON text. Agrees with `JSON.parse` on everything it accepts, `__proto__` kept as an own key included. */
export function parseStrict(source: string): Parsed {
  text = source;
  at = 0;
  depth = 0;
  fault = undefined;
  stopped = false;
  rough = 0;
  forgetText();
  skipSpace();
  const value = readValue();
  skipSpace();
  if (!stopped && at !== text.length) stop("syntax");
  text = "";
  if (fault === undefined) return { ok: true, value };
  return stopped ? { ok: false, fault } : { ok: false, fault, partial: value };
}

/** Notes what is wrong; the first finding counts. */
function note(hazard: Hazard, where: number): void {
  fault ??= { hazard, at: where };
}

function stop(hazard: "syntax" | "depth"): null {
  if (!stopped) fault = { hazard, at };
  stopped = true;
  at = text.length;
  return null;
}

function skipSpace(): void {
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    rough++;
    at++;
  }
}

function readValue(): Json {
  switch (text.charCodeAt(at)) {
    case QUOTE:
      return readString();
    case 123:
      return readObject();
    case 91:
      return readArray();
    case 116:
      return readWord("true", true);
    case 102:
      return readWord("false", false);
    case 110:
      return readWord("null", null);
    default:
      return readNumber();
  }
}

function readWord<T extends boolean | null>(word: string, value: T): T | null {
  if (!text.startsWith(word, at)) return stop("syntax");
  at += word.length;
  return value;
}

function readObject(): Json {
  if (++depth > MAX_DEPTH) return stop("depth");
  const object: Record<string, Json> = {};
  at++;
  skipSpace();
  if (text.charCodeAt(at) === 125) at++;
  else
    for (;;) {
      const keyAt = at;
      if (text.charCodeAt(at) !== QUOTE) return stop("syntax");
      const key = readString();
      // What looks like an index comes before other members.
      if (isDigit(key.charCodeAt(0))) rough++;
      skipSpace();
      if (text.charCodeAt(at) !== 58) return stop("syntax");
      at++;
      skipSpace();
      const value = depth === PARAMS_DEPTH ? readParam(key) : readValue();
      if (stopped) return null;
      // The first look is the cheaper one, and all that a key seen once takes, but for names that every object has.
      if (object[key] !== undefined && Object.hasOwn(object, key)) note("duplicate-key", keyAt);
      // Assigning to `__proto__` would change the prototype instead of adding a member.
      if (key === "__proto__")
        Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      else object[key] = value;
      skipSpace();
      const code = text.charCodeAt(at++);
      if (code === 125) break;
      if (code !== 44) return stop("syntax");
      skipSpace();
    }
  depth--;
  return object satisfies JsonObject;
}

/** A member of a request's `params`: two of them are long, and neither read nor written more often than it must be. */
function readParam(key: string): Json {
  const [start, roughBefore] = [at, rough];
  const last = key === "_meta" ? lastMeta(text, at) : undefined;
  at += last?.text.length ?? 0;
  if (last !== undefined) return last.value;
  const value = readValue();
  if (!isObject(value)) return value;
  if (key === "_meta" && fault === undefined) keepMeta(text, start, at, value);
  if (key === "arguments" && at - start >= LONG && rough === roughBefore) keepText(value, text.slice(start, at));
  return value;
}

function readArray(): Json {
  if (++depth > MAX_DEPTH) return stop("depth");
  const array: Json[] = [];
  at++;
  skipSpace();
  if (text.charCodeAt(at) === 93) at++;
  else
    for (;;) {
      array.push(readValue());
      if (stopped) return null;
      skipSpace();
      const code = text.charCodeAt(at++);
      if (code === 93) break;
      if (code !== 44) return stop("syntax");
      skipSpace();
    }
  depth--;
  return array;
}

function readString(): string {
  const start = at + 1;
  const limit = Math.min(text.length, start + SHORT);
  for (let i = start; i < limit; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      at = i + 1;
      return text.slice(start, i);
    }
    // Escapes, control characters and surrogates take the careful way.
    if (code === BACKSLASH || code < 32 || (code >= 0xd800 && code <= 0xdfff)) break;
  }
  return readLongString(start);
}

/** Finds the closing quote with the engine's search and lets the engine decode the token: one token, one meaning. */
function readLongString(start: number): string {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end);
    if (end < 0) return stop("syntax") ?? "";
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) break;
    end++;
  }
  let value: string;
  try {
    value = JSON.parse(text.slice(start - 1, end + 1)) as string;
  } catch {
    return stop("syntax") ?? "";
  }
  at = end + 1;
  // No escape needed: an escape may stand for what needs none.
  if (value.length !== end - start) rough++;
  if (!value.isWellFormed()) note("surrogate", start - 1);
  return value;
}

/** RFC 8259 section 6, and only what a double holds: integers within ±(2^53−1), no overflow, no underflow to zero. */
function readNumber(): Json {
  const start = at;
  let i = at;
  let code = text.charCodeAt(i);
  if (code === 45) code = text.charCodeAt(++i);
  if (!isDigit(code)) return stop("syntax");
  const first = i;
  let significant = false;
  for (; isDigit(code); code = text.charCodeAt(++i)) if (code !== ZERO) significant = true;
  const digits = i - first;
  if (digits > 1 && text.charCodeAt(first) === ZERO) return stop("syntax");
  if (code === 46) {
    code = text.charCodeAt(++i);
    if (!isDigit(code)) return stop("syntax");
    for (; isDigit(code); code = text.charCodeAt(++i)) if (code !== ZERO) significant = true;
  }
  // In scientific notation a rounded value is what the writer asked for; without, an integer is meant exactly.
  let scientific = false;
  if (code === 101 || code === 69) {
    scientific = true;
    code = text.charCodeAt(++i);
    if (code === 43 || code === 45) code = text.charCodeAt(++i);
    if (!isDigit(code)) return stop("syntax");
    while (isDigit(code)) code = text.charCodeAt(++i);
  }
  at = i;
  const token = text.slice(start, i);
  const value = Number(token);
  if (token.length !== digits && String(value) !== token) rough++;
  if (!Number.isFinite(value) || (value === 0 && significant)) note("number", start);
  else if (!scientific && Math.abs(value) > Number.MAX_SAFE_INTEGER) note("number", start);
  return value;
}
