/**
 * A text of MySQL or SQLite as tokens, or nothing where a server, its settings or its version could read it another way.
 * This lexer is stricter than any server: what it gives is put together anew for the parser, so that both read the same.
 */

import type { Dialect } from "./dialect.ts";

const KINDS = ["word", "name", "doubtful", "string", "number", "symbol"] as const;

export interface Token {
  /** `name`: in backticks; `doubtful`: in double quotes, which SQLite takes for a string where nothing has that name. */
  readonly kind: (typeof KINDS)[number];
  /** A word and a symbol as written, a name without its quotes; of a string only that it is one. */
  readonly text: string;
  /** Nothing stands between it and the one before. */
  readonly tight: boolean;
}

const DIGITS = String.raw`\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w$.\u0080-\u{10ffff}])`;
/** Regular letters of any alphabet are names to SQLite; MySQL reads them by its connection's character set. */
const SQLITE_WORD = String.raw`[A-Za-z_\p{L}][\w$\p{L}\p{M}\p{N}]*`;
const MYSQL_WORD = String.raw`[A-Za-z_][\w$]*`;

/** One after the other, the first that fits; what none of them takes is refused. */
const GRAMMAR: Readonly<Record<Exclude<Dialect, "postgresql">, RegExp>> = {
  sqlite: new RegExp(
    [
      String.raw`(?<space>[ \t\n\r]+|--[^\n\r]*(?:\r?\n|$))`,
      String.raw`(?<string>'(?:[^']|'')*'(?!'))`,
      String.raw`(?<doubtful>"[\w $.\p{L}\p{M}\p{N}-]+"(?!"))`,
      String.raw`(?<name>${"`"}[\w $.\p{L}\p{M}\p{N}-]+${"`"}(?!${"`"}))`,
      String.raw`(?<number>${DIGITS})`,
      String.raw`(?<word>${SQLITE_WORD})(?!['"${"`"}$])`,
      String.raw`(?<symbol>->>?|<>|<=|>=|<<|>>|==|!=|\|\||[(),.;=<>+*/%|&~?-])`,
    ].join("|"),
    "uy",
  ),
  // No backslash (NO_BACKSLASH_ESCAPES), double quote (ANSI_QUOTES), || (PIPES_AS_CONCAT), ? (drivers put values into the
  // text, strings or not), @, block comment (/*! runs), # comment, -- without a blank, {} (ODBC), letters beyond ASCII
  // outside of strings (the connection's character set says where they end).
  mysql: new RegExp(
    [
      String.raw`(?<space>[ \t\n\r]+|--(?=[ \t\n])[^\n\r]*(?:\r?\n|$))`,
      String.raw`(?<string>'(?:[^'\\?]|'')*'(?!'))`,
      String.raw`(?<name>${"`"}[\w $.-]+${"`"}(?!${"`"}))`,
      String.raw`(?<number>${DIGITS})`,
      String.raw`(?<word>${MYSQL_WORD})(?!['"${"`"}\u0080-\u{10ffff}])`,
      String.raw`(?<symbol>->>?|<=>|<>|<=|>=|<<|>>|!=|&&|[(),.;=<>+*/%|&^~-])`,
    ].join("|"),
    "uy",
  ),
};
/** What two symbols close together are to some reader: the beginning or end of a comment, or one symbol of another meaning. */
const AMBIGUOUS = new Set(["--", "/*", "*/", "||", "==", "&&", "->"]);
const MAX_TOKENS = 4000;

export function tokensOf(text: string, dialect: Exclude<Dialect, "postgresql">): readonly Token[] | undefined {
  const grammar = GRAMMAR[dialect];
  const tokens: Token[] = [];
  let tight = false;
  let position = 0;
  while (position < text.length) {
    grammar.lastIndex = position;
    const groups = grammar.exec(text)?.groups;
    if (groups === undefined || tokens.length >= MAX_TOKENS) return undefined;
    position = grammar.lastIndex;
    const kind = KINDS.find((one) => groups[one] !== undefined);
    if (kind !== undefined) {
      const token = { kind, text: groups[kind] ?? "", tight };
      if (tight && isUnclear(tokens.at(-1), token)) return undefined;
      tokens.push(token);
    }
    tight = kind !== undefined;
  }
  return tokens.map(bare);
}

/** A word with letters beyond ASCII is no word of SQL's, whatever its capitals look like. */
function bare({ kind, text, tight }: Token): Token {
  if (kind === "word" && !/^[\w$]+$/.test(text)) return { kind: "name", text, tight };
  return { kind, text: BARE[kind](text), tight };
}

/** Whether two tokens with nothing between them are something else to some reader. */
function isUnclear(before: Token | undefined, { kind, text }: Token): boolean {
  if (before === undefined) return false;
  if (before.kind === "symbol" && kind === "symbol") return AMBIGUOUS.has(`${before.text.at(-1)}${text.at(0)}`);
  if (before.kind === "symbol") return before.text === "." && kind === "number";
  return kind !== "symbol";
}

const unquoted = (text: string): string => text.slice(1, -1);
const BARE: Readonly<Record<Token["kind"], (text: string) => string>> = {
  word: String,
  name: unquoted,
  doubtful: unquoted,
  string: () => "",
  number: String,
  symbol: String,
};

/**
 * The same tokens as a text for the parser. Strings are left out, since no reading depends on what stands in them; so the
 * parser's own ideas of escapes, comments and blanks meet nothing to differ about.
 */
export const rewritten = (tokens: readonly Token[]): string =>
  tokens
    .map((token, index) => (token.tight ? "" : " ") + writtenAt(tokens, index, token))
    .join("")
    .trimStart();

/** Where the grammar lacks what SQL has, something that joins or orders just the same stands in. */
function writtenAt(tokens: readonly Token[], index: number, { kind, text }: Token): string {
  const isWord = (at: number, word: string): boolean =>
    tokens[at]?.kind === "word" && tokens[at].text.toUpperCase() === word;
  if (isWord(index, "EXCEPT") || isWord(index, "INTERSECT")) return "UNION";
  if (kind === "symbol" && text === "(" && isWord(index - 1, "OVER") && isWord(index + 1, "ORDER"))
    return "(PARTITION BY a ";
  return WRITTEN[kind](text);
}

const WRITTEN: Readonly<Record<Token["kind"], (text: string) => string>> = {
  word: String,
  name: (text) => `\`${text}\``,
  doubtful: (text) => `\`${text}\``,
  string: () => "'s'",
  number: String,
  symbol: String,
};
