/** The SQL dialects that a lock or a condition may name, and what their parsers are to policy: plain functions, handed in. */

import type { Json } from "../json.ts";

export const DIALECTS = ["postgresql", "mysql", "sqlite"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** A dialect's parser, loaded: a text's syntax tree. Throws where the text cannot be parsed. */
export type SqlParse = (text: string) => Json;

export interface SqlStatement {
  readonly kind: string;
  /** Whether an update or delete has one; of other statements nothing. */
  readonly where?: boolean;
  /** It stands in the WITH of another. */
  readonly inside?: true;
}

/** What an approver is told of a text. Names as the text has them, sorted; a named subquery counts as read. */
export interface SqlFacts {
  readonly statements: readonly SqlStatement[];
  readonly writes: readonly string[];
  readonly reads: readonly string[];
  /** Functions that are not known to be without effect. */
  readonly calls: readonly string[];
}

/** One dialect's judgement of texts, its parser loaded. */
export interface SqlReader {
  /** Whether a text is provably a read. Never throws: what cannot be parsed is not a read. */
  reads(text: string): boolean;
  /** Undefined where the text cannot be parsed, or not in one way only. */
  facts(text: string): SqlFacts | undefined;
}

/** By dialect, those that are loaded; a condition over another one has no answer (P11). */
export type SqlReaders = ReadonlyMap<string, SqlReader>;

export const isDialect = (name: string): name is Dialect => (DIALECTS as readonly string[]).includes(name);

/** UTF-16 units. Longer texts are not read: parsing is synchronous, and an agent's text must not hold up the others. */
const MAX_TEXT = 20_000;

/**
 * What parsers recurse or nest by: parentheses and brackets open at once, words that open an expression, and all words and
 * signs. Well below where the stack of any of them ends, since a parser that ran out of it is not asked again.
 */
const MAX_NESTING = 48;
const MAX_OPENERS = 200;
const MAX_PARTS = 3000;

const HIDDEN = /[^\P{C}\t\n\r]|[\u2028\u2029\p{Default_Ignorable_Code_Point}]/u;
const count = (text: string, of: RegExp): number => text.match(of)?.length ?? 0;

/** Whether a text is short, shallow and of visible characters only: no parser is given anything else. */
export function isPlain(text: string): boolean {
  if (text.length > MAX_TEXT || !text.isWellFormed() || HIDDEN.test(text)) return false;
  if (count(text, /\b(?:not|case)\b/giu) > MAX_OPENERS) return false;
  if (count(text, /[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) > MAX_PARTS) return false;
  let open = 0;
  for (const character of text) {
    if (character === "(" || character === "[") open += 1;
    if (character === ")" || character === "]") open -= 1;
    if (open > MAX_NESTING) return false;
  }
  return true;
}
