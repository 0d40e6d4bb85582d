/**
 * Opens a server's message: what it is and whom it answers, with the raw text of `result` or `error` left as it came.
 * An envelope that could be read in two ways (two ids, `result` beside `error` or `method`) answers nobody.
 */

import { isObject, type JsonObject } from "../policy/json.ts";

export type Envelope =
  | {
      readonly kind: "answer";
      readonly id: unknown;
      readonly member: "result" | "error";
      /** The member's own text, on one line. */
      readonly text: string;
      readonly value: JsonObject;
    }
  | { readonly kind: "request"; readonly id: string | number; readonly method: string }
  | { readonly kind: "notification"; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "bad"; readonly reason: string };

/** Where the values of an object's members stand: key, start, end, key, start, end … */
export type Spans = readonly (string | number)[];

const bad = (reason: string): Envelope => ({ kind: "bad", reason });

/** How most servers begin an answer. */
const HEAD = '{"jsonrpc":"2.0","id":';
const THEN_RESULT = ',"result":';
/** How SDKs begin one, and how they end it. */
const RESULT = '{"result":';
const TAIL = ',"jsonrpc":"2.0","id":';
const ZERO = 48;
const OPENING = 123;
const CLOSING = 125;

/** Where a number ends that begins at `from` and that a double holds; `from` itself where there is none. */
function numberEnd(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code >= ZERO && code <= ZERO + 9; code = text.charCodeAt(at)) at++;
  const isPlain = at - from <= 15 && (at - from === 1 || text.charCodeAt(from) !== ZERO);
  return isPlain ? at : from;
}

/**
 * An answer in one of the two ways in which nearly all are written. What is left of it is the result, if it is JSON by
 * itself: read once, where any other envelope is read and then searched for its members. Without patterns, which took as
 * long as reading the result.
 */
function plainAnswer(text: string): Envelope | undefined {
  const end = text.length - 1;
  if (text.charCodeAt(end) !== CLOSING) return undefined;
  if (text.startsWith(HEAD)) {
    const idEnd = numberEnd(text, HEAD.length);
    if (!text.startsWith(THEN_RESULT, idEnd)) return undefined;
    return answerOf(text.slice(HEAD.length, idEnd), text, idEnd + THEN_RESULT.length, end);
  }
  const tail = text.startsWith(RESULT) ? text.lastIndexOf(TAIL) : -1;
  const idAt = tail + TAIL.length;
  if (tail < 0 || numberEnd(text, idAt) !== end) return undefined;
  return answerOf(text.slice(idAt, end), text, RESULT.length, tail);
}

/** The result stands between `from` and `to`, where it is an object; what stands around it is none of it. */
function answerOf(id: string, text: string, from: number, to: number): Envelope | undefined {
  if (id === "" || text.charCodeAt(from) !== OPENING || text.charCodeAt(to - 1) !== CLOSING) return undefined;
  const result = text.slice(from, to);
  try {
    const value = JSON.parse(result) as JsonObject;
    return { kind: "answer", id: Number(id), member: "result", text: oneLine(result), value };
  } catch {
    return undefined;
  }
}

/** `text` is one message: a line, an event's data or a body. Numbers in `value` may be rounded; `text` is exact. */
export function openEnvelope(text: string): Envelope {
  return plainAnswer(text) ?? anyEnvelope(text);
}

function anyEnvelope(text: string): Envelope {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return bad("not JSON");
  }
  if (!isObject(message)) return bad(Array.isArray(message) ? "a batch" : "not an object");
  const spans = memberSpans(text);
  if (spans === undefined) return bad("a key twice in the envelope");
  if (message["jsonrpc"] !== "2.0") return bad("not JSON-RPC 2.0");
  const result = spanOf(spans, "result");
  const error = spanOf(spans, "error");
  const id = message["id"];
  if (message["method"] !== undefined) {
    const { method, params } = message;
    if (result !== undefined || error !== undefined) return bad("a method beside a result or error");
    if (typeof method !== "string") return bad("a method that is not a string");
    if (id !== undefined)
      return typeof id === "string" || typeof id === "number"
        ? { kind: "request", id, method }
        : bad("a request with an id of a wrong type");
    return { kind: "notification", method, params: isObject(params) ? params : {} };
  }
  const span = result ?? error;
  if (span === undefined) return bad("neither method, result nor error");
  if (result !== undefined && error !== undefined) return bad("result and error together");
  const member = result === undefined ? "error" : "result";
  const value = message[member];
  if (!isObject(value)) return bad(`a ${member} that is not an object`);
  return { kind: "answer", id, member, text: oneLine(text.slice(span[0], span[1])), value };
}

/** Line breaks in valid JSON stand only between tokens, where a space means the same. */
const oneLine = (json: string): string =>
  json.includes("\n") || json.includes("\r") ? json.replace(/[\r\n]+/g, " ") : json;

/** Where a member's value stands, or undefined. */
export function spanOf(spans: Spans, key: string): readonly [start: number, end: number] | undefined {
  const at = spans.indexOf(key);
  return at < 0 ? undefined : [spans[at + 1] as number, spans[at + 2] as number];
}

/**
 * The members of an object at the top of a text that is known to be valid JSON; undefined when a key stands there
 * twice. Objects with more members than an envelope has are searched slowly, which is theirs to bear.
 */
export function memberSpans(text: string): Spans | undefined {
  const spans: (string | number)[] = [];
  let at = skipSpace(text, text.indexOf("{") + 1);
  if (text.charCodeAt(at) === CLOSING) return spans;
  for (;;) {
    const open = skipSpace(text, at);
    const keyEnd = stringEnd(text, open);
    const token = text.slice(open + 1, keyEnd - 1);
    const key = token.includes("\\") ? (JSON.parse(text.slice(open, keyEnd)) as string) : token;
    if (spans.includes(key)) return undefined;
    if (spans.length > MAX_MEMBERS * 3) return undefined;
    // The next character that is not white space is the colon.
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    at = valueEnd(text, start);
    spans.push(key, start, at);
    at = skipSpace(text, at);
    if (text.charCodeAt(at) !== 44) return spans;
    at++;
  }
}

/** Searching for duplicates is quadratic, so an envelope may not have members without end. */
const MAX_MEMBERS = 1000;

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 32) at++;
  return at;
}

/** One past the closing quote of the string that opens at `open`. */
function stringEnd(text: string, open: number): number {
  let end = open;
  for (;;) {
    end = text.indexOf('"', end + 1);
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 92) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
}

/** One past the value that starts at `start`. */
function valueEnd(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === 34) return stringEnd(text, start);
  let at = start;
  if (first !== OPENING && first !== 91) {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 44 || code === CLOSING || code === 93 || code <= 32) return at;
      at++;
    }
  }
  let depth = 0;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === 34) {
      at = stringEnd(text, at);
      continue;
    }
    if (code === OPENING || code === 91) depth++;
    else if ((code === CLOSING || code === 93) && --depth === 0) return at + 1;
    at++;
  }
}
