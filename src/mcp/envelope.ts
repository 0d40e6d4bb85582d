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

/** Where the value of each member of a JSON object stands, by key; undefined when a key stands there twice. */
export type Spans = ReadonlyMap<string, readonly [start: number, end: number]>;

const bad = (reason: string): Envelope => ({ kind: "bad", reason });

/** `text` is one message: a line, an event's data or a body. Numbers in `value` may be rounded; `text` is exact. */
export function openEnvelope(text: string): Envelope {
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
  const hasResult = spans.has("result");
  const hasError = spans.has("error");
  const id = message["id"];
  if (spans.has("method")) {
    const { method, params } = message;
    if (hasResult || hasError) return bad("a method beside a result or error");
    if (typeof method !== "string") return bad("a method that is not a string");
    if (spans.has("id"))
      return typeof id === "string" || typeof id === "number"
        ? { kind: "request", id, method }
        : bad("a request with an id of a wrong type");
    return { kind: "notification", method, params: isObject(params) ? params : {} };
  }
  if (hasResult === hasError) return bad(hasResult ? "result and error together" : "neither method, result nor error");
  const member = hasResult ? "result" : "error";
  const value = message[member];
  if (!isObject(value)) return bad(`a ${member} that is not an object`);
  const [start, end] = spans.get(member) ?? [0, 0];
  return { kind: "answer", id, member, text: oneLine(text.slice(start, end)), value };
}

/** Line breaks in valid JSON stand only between tokens, where a space means the same. */
export const oneLine = (json: string): string => (/[\r\n]/.test(json) ? json.replace(/[\r\n]+/g, " ") : json);

/** The members of an object at the top of a text that is known to be valid JSON. */
export function memberSpans(text: string): Spans | undefined {
  const spans = new Map<string, readonly [number, number]>();
  let at = text.indexOf("{") + 1;
  for (;;) {
    const open = text.indexOf('"', at);
    const close = text.indexOf("}", at);
    // Between members there is no other brace or quote, so whichever comes first decides.
    if (open < 0 || (close >= 0 && close < open)) return spans;
    const keyEnd = stringEnd(text, open);
    const token = text.slice(open + 1, keyEnd - 1);
    const key = token.includes("\\") ? (JSON.parse(text.slice(open, keyEnd)) as string) : token;
    if (spans.has(key)) return undefined;
    const start = skipSpace(text, text.indexOf(":", keyEnd) + 1);
    at = valueEnd(text, start);
    spans.set(key, [start, at]);
    at = skipSpace(text, at);
    if (text.charCodeAt(at) !== 44) return spans;
    at++;
  }
}

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
  if (first !== 123 && first !== 91) {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 44 || code === 125 || code === 93 || code <= 32) return at;
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
    if (code === 123 || code === 91) depth++;
    else if ((code === 125 || code === 93) && --depth === 0) return at + 1;
    at++;
  }
}
