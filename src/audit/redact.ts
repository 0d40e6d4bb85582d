/**
 * Takes secrets out of what the log is to keep, before it is written. In their place stand their kind, their length and an
 * HMAC under a key of this installation: the same secret leaves the same mark, and who knows it can find where it was, but
 * nobody can guess it from the mark without the key. Knows no file.
 */

import { createHmac } from "node:crypto";
import { isCardNumber, isCorporateNumber, isMyNumber } from "./personal-numbers.ts";
import { isPlaceholder, SECRET_FORMS } from "./secret-forms.ts";

interface Redacted {
  readonly text: string;
  /** How many secrets were taken out. */
  readonly found: number;
}

/** `isJson`: the text is JSON and stays JSON. Undefined where there was nothing to take out. */
export type Redact = (text: string, isJson: boolean) => Redacted | undefined;

/** 128 bits of HMAC-SHA256, hex: what stands for a secret. */
export const secretMark = (key: Buffer, secret: string): string =>
  createHmac("sha256", key).update(secret, "utf8").digest("hex").slice(0, 32);

/** Without quotes and backslashes, so that it can stand in a JSON string. */
const markOf = (key: Buffer, kind: string, secret: string): string =>
  `[redacted ${kind}, ${secret.length} characters, ${secretMark(key, secret)}]`;

/** Some text of every form: what has none of these has no secret, and most texts have none. */
const HINT =
  /AKIA|ASIA|gh[pousr]_|github_pat_|gl(?:pat|ptt|rt|dt|cbt)-|xox[abeoprs]-|xapp-|hooks\.slack\.com|sk-|AIza|k_(?:live|test)_|npm_|pypi-|hf_|ntn_|eyJ|earer |asic |oken |:\/\/|PRIVATE KEY|AGE-SECRET|\d(?:[ -]?\d){11}/;

/** Digits in one run or in groups as people write them; a longer run of digits is another number. */
const DIGITS = /(?<![\w.-])T?\d(?:[ -]?\d){11,18}(?![\w-])(?!\.\d)/g;

/** A 法人番号 is 13 digits like a time in ms: only what is said to be one is taken for one. */
const CORPORATE_CONTEXT = /(?:法人番号|登録番号|corporate[ _-]?number|invoice[ _-]?number)\D{0,12}$/i;

/** Counters and times as people write them have 12 digits, too: of those no check digit tells them apart. */
const COUNTER_OR_TIME = /^(?:0000|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])[0-5]\d$)/;

function numberKind(found: string, before: string): string | undefined {
  const digits = found.replaceAll(/\D/g, "");
  if (found.startsWith("T")) return isCorporateNumber(digits) ? "corporate number" : undefined;
  if (isMyNumber(digits) && !COUNTER_OR_TIME.test(digits)) return "individual number";
  if (isCardNumber(digits)) return "card number";
  return isCorporateNumber(digits) && CORPORATE_CONTEXT.test(before) ? "corporate number" : undefined;
}

const PRIVATE_KEY_END = /-----END (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----/g;

/** Where a private key that begins at `from` ends: behind its last line, or with the text. */
function endOfKey(text: string, from: number): number {
  PRIVATE_KEY_END.lastIndex = from;
  return PRIVATE_KEY_END.exec(text) === null ? text.length : PRIVATE_KEY_END.lastIndex;
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly kind: string;
}

function secretsIn(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const { name: kind, form, certain } of SECRET_FORMS) {
    for (const { 0: match, index: from } of text.matchAll(form)) {
      if (certain !== true && isPlaceholder(match)) continue;
      const to = kind === "private key" ? endOfKey(text, from) : from + match.length;
      pieces.push({ from, to, kind });
    }
  }
  for (const { 0: match, index: from } of text.matchAll(DIGITS)) {
    const kind = numberKind(match, text.slice(Math.max(0, from - 40), from));
    if (kind !== undefined) pieces.push({ from, to: from + match.length, kind });
  }
  return pieces.toSorted((a, b) => a.from - b.from || b.to - a.to);
}

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
  (text, isJson) => {
    if (!HINT.test(text)) return undefined;
    let out = "";
    let end = 0;
    let found = 0;
    for (const piece of secretsIn(text)) {
      // Within one that was taken out already.
      if (piece.from < end) continue;
      const mark = markOf(key, piece.kind, text.slice(piece.from, piece.to));
      out += text.slice(end, piece.from) + (isJson && isBare(text, piece) ? `"${mark}"` : mark);
      end = piece.to;
      found++;
    }
    return found === 0 ? undefined : { text: out + text.slice(end), found };
  };
