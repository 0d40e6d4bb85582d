/** The SQL dialects that a lock or a condition may name, and what their parsers are to policy: plain functions, handed in. */

import type { Json } from "../json.ts";

export const DIALECTS = ["postgresql", "mysql", "sqlite"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** A dialect's parser, loaded: a text's syntax tree. Throws where the text cannot be parsed. */
export type SqlParse = (text: string) => Json;

/** Those that are loaded; a condition over another one has no answer (P11). */
export type SqlParsers = ReadonlyMap<Dialect, SqlParse>;

export const NO_PARSERS: SqlParsers = new Map();

export const isDialect = (name: string): name is Dialect => (DIALECTS as readonly string[]).includes(name);

/** UTF-16 units. Longer texts are not read: parsing is synchronous, and an agent's text must not hold up the others. */
export const MAX_TEXT = 20_000;

/** Open parentheses and brackets at once; parsers recurse. */
const MAX_NESTING = 48;

/** Whether a text is short, shallow and of visible characters only: no parser is given anything else. */
export function isPlain(text: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (
    text.length > MAX_TEXT ||
    !text.isWellFormed() ||
    /[^\P{C}\t\n\r]|[\u2028\u2029\p{Default_Ignorable_Code_Point}]/u.test(text)
  )
    return false;
  let open = 0;
  for (const character of text) {
    if (character === "(" || character === "[") open += 1;
    if (character === ")" || character === "]") open -= 1;
    if (open > MAX_NESTING) return false;
  }
  return true;
}
