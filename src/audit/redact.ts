/**
 * Takes secrets out of what the log is to keep, before it is written. In their place stand their kind, their length and an
 * HMAC under a key of this installation: the same secret leaves the same mark, and who knows it can find where it was, but
 * nobody can guess it from the mark without the key. Knows no file.
 */

import { createHmac } from "node:crypto";
import { hiddenIn, type BodyPath } from "./body-paths.ts";
import { isCardNumber, isCorporateNumber, isMyNumber } from "./personal-numbers.ts";
import { secretsIn, type Secret } from "./secret-forms.ts";

interface Redacted {
  readonly text: string;
  /** How many secrets were taken out. */
  readonly found: number;
}

/**
 * `isJson`: the text is JSON and stays JSON; `hidden`: what stands there in it is taken out, whatever it is. Undefined where
 * there was nothing to take out.
 */
export type Redact = (text: string, isJson: boolean, hidden?: readonly BodyPath[]) => Redacted | undefined;

/** 128 bits of HMAC-SHA256, hex: what stands for a secret. */
export const secretMark = (key: Buffer, secret: string): string =>
  createHmac("sha256", key).update(secret, "utf8").digest("hex").slice(0, 32);

/** Without quotes and backslashes, so that it can stand in a JSON string. */
const markOf = (key: Buffer, kind: string, secret: string): string =>
  `[redacted ${kind}, ${secret.length} characters, ${secretMark(key, secret)}]`;

/** Digits in one run or in groups as people write them; a longer run of digits is another number. */
const DIGITS = /(?<![\w.-])T?\d(?:[ -]?\d){11,18}(?![\w-])(?!\.\d)/y;
const LEAST_DIGITS = 12;

const SPACE = 32;
const HYPHEN = 45;
const isInNumber = (code: number): boolean => (code >= 48 && code <= 57) || code === SPACE || code === HYPHEN;

/** A 法人番号 is 13 digits like a time in ms: only what is said to be one is taken for one. */
const CORPORATE_CONTEXT = /(?:法人番号|登録番号|corporate[ _-]?number|invoice[ _-]?number)\D{0,12}$/i;

/** Counters and times as people write them have 12 digits, too: of those no check digit tells them apart. */
const COUNTER_OR_TIME = /^(?:0000|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d$)/;

function numberKind(found: string, text: string, at: number): string | undefined {
  const digits = found.replaceAll(/\D/g, "");
  if (found.startsWith("T")) return isCorporateNumber(digits) ? "corporate number" : undefined;
  if (isMyNumber(digits) && !COUNTER_OR_TIME.test(digits)) return "individual number";
  if (isCardNumber(digits)) return "card number";
  const isCorporate = isCorporateNumber(digits) && CORPORATE_CONTEXT.test(text.slice(Math.max(0, at - 40), at));
  return isCorporate ? "corporate number" : undefined;
}

interface Piece extends Pick<Secret, "from" | "to" | "kind"> {
  /** Where it is a whole value: what it says, without its quotes. */
  readonly value?: string;
}

/** Of a stretch of digits as long as a number of a person every twelfth character tells. */
function numbersIn(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let at = LEAST_DIGITS - 1; at < text.length; at += LEAST_DIGITS) {
    if (!isInNumber(text.charCodeAt(at))) continue;
    let [from, to] = [at, at + 1];
    while (from > 0 && isInNumber(text.charCodeAt(from - 1))) from--;
    while (to < text.length && isInNumber(text.charCodeAt(to))) to++;
    if (to - from >= LEAST_DIGITS) numbersWithin(text, text[from - 1] === "T" ? from - 1 : from, to, pieces);
    at = Math.max(at, to - LEAST_DIGITS);
  }
  return pieces;
}

/** A number begins where the stretch does, or behind a space in it. */
function numbersWithin(text: string, from: number, to: number, pieces: Piece[]): void {
  for (let at = from; at < to;) {
    DIGITS.lastIndex = at;
    const match = DIGITS.exec(text)?.[0];
    const kind = match === undefined ? undefined : numberKind(match, text, at);
    if (match !== undefined && kind !== undefined) pieces.push({ from: at, to: at + match.length, kind });
    at += match?.length ?? 1;
    while (at < to && text.charCodeAt(at - 1) !== SPACE) at++;
  }
}

function piecesIn(text: string): readonly Piece[] {
  const numbers = numbersIn(text);
  const secrets = secretsIn(text).filter(({ isPlaceholder }) => !isPlaceholder);
  return numbers.length === 0 ? secrets : [...secrets, ...numbers];
}

const configuredIn = (text: string, places: readonly BodyPath[]): readonly Piece[] =>
  hiddenIn(text, places).map((place) => ({ ...place, kind: "configured" }));

/** In JSON a number stands by itself, and what takes its place must be a string. */
const isBare = (text: string, { from, to }: Piece): boolean =>
  /[[:,\s]$/.test(text.slice(0, from)) && /^\s*[,\]}]/.test(text.slice(to)) && !insideString(text, from);

/** Whether a place of a JSON text is within a string: an odd number of quotes stands before it. */
function insideString(text: string, at: number): boolean {
  let inside = false;
  for (let i = 0; i < at; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') inside = !inside;
  }
  return inside;
}

export const redactor =
  (key: Buffer): Redact =>
  (text, isJson, hidden) => {
    const pieces = hidden === undefined ? piecesIn(text) : [...configuredIn(text, hidden), ...piecesIn(text)];
    if (pieces.length === 0) return undefined;
    let out = "";
    let end = 0;
    let found = 0;
    for (const piece of pieces.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
      // Within one that was taken out already.
      if (piece.from < end) continue;
      const mark = markOf(key, piece.kind, piece.value ?? text.slice(piece.from, piece.to));
      const isValue = piece.value !== undefined || (isJson && isBare(text, piece));
      out += text.slice(end, piece.from) + (isValue ? `"${mark}"` : mark);
      end = piece.to;
      found++;
    }
    return { text: out + text.slice(end), found };
  };
