/**
 * Whether an SQL text is provably a read. Only what is known by name counts: a text that nobody foresaw is a write, and so
 * is one that a server's settings, its version or a program on the way could read otherwise. Pure.
 */

import { isPlain, type Dialect, type SqlParse } from "./dialect.ts";
import * as mysql from "./mysql-names.ts";
import { readsPostgresql } from "./postgresql.ts";
import { tokensRead } from "./rules.ts";
import { treeReads } from "./select.ts";
import * as sqlite from "./sqlite-names.ts";
import { rewritten, type Token, tokensOf } from "./tokens.ts";

/** Never throws: what the parser refuses is not a read. */
export function sqlReads(text: string, dialect: Dialect, parse: SqlParse): boolean {
  // A semicolon may end a text. Anywhere else, in a string or a comment too, somebody on the way might split there.
  if (!isPlain(text) || /;(?!\s*$)/u.test(text)) return false;
  try {
    return dialect === "postgresql" ? readsPostgresql(text, parse) : readsByTokens(text, dialect, parse);
  } catch {
    return false;
  }
}

function readsByTokens(text: string, dialect: Exclude<Dialect, "postgresql">, parse: SqlParse): boolean {
  const all = tokensOf(text, dialect);
  if (all === undefined) return false;
  const tokens = all.at(-1)?.text === ";" ? all.slice(0, -1) : all;
  if (tells(tokens, dialect)) return true;
  const query = tokens.slice(explaining(tokens, dialect));
  return tokensRead(query, dialect) && treeReads(parse(rewritten(query)), dialect);
}

/** How many tokens say that the rest is explained; `EXPLAIN ANALYZE` runs it, and is none. */
function explaining(tokens: readonly Token[], dialect: Dialect): number {
  const written = upper(tokens.slice(0, 3));
  if (written[0] !== "EXPLAIN") return 0;
  return dialect === "sqlite" && written[1] === "QUERY" && written[2] === "PLAN" ? 3 : 1;
}

const upper = (tokens: readonly Token[]): readonly string[] =>
  tokens.map(({ kind, text }) => (kind === "word" || kind === "symbol" ? text.toUpperCase() : `<${kind}>`));

const NAME = String.raw`(?:\w+|<name>)`;
/** `SHOW [FULL] what [FROM name] [LIKE 'text']`, `DESCRIBE name`: words and names, so there is nothing in it to compute. */
const SHOW = new RegExp(
  String.raw`^SHOW (?:FULL |GLOBAL |SESSION )?(\w+)(?: (?:TABLE|VIEW|DATABASE) ${NAME}(?: \. ${NAME})?)?(?: (?:FROM|IN) ${NAME}(?: \. ${NAME})?)?(?: LIKE <string>)?$`,
);
const DESCRIBE = new RegExp(String.raw`^(?:DESCRIBE|DESC) ${NAME}(?: \. ${NAME})?$`);
/** `PRAGMA [schema.]name` with a name or nothing in parentheses; after `=` stands what is set. */
const PRAGMA = new RegExp(String.raw`^PRAGMA (?:${NAME} \. )?(\w+)(?: \( (?:${NAME}|<string>) \))?$`);

/** Statements that only tell how things are. */
function tells(tokens: readonly Token[], dialect: Exclude<Dialect, "postgresql">): boolean {
  const written = upper(tokens).join(" ");
  switch (dialect) {
    case "mysql":
      return mysql.SHOWN.has(SHOW.exec(written)?.[1]?.toLowerCase() ?? "") || DESCRIBE.test(written);
    case "sqlite":
      return sqlite.TELLING_PRAGMAS.has(PRAGMA.exec(written)?.[1]?.toLowerCase() ?? "");
  }
}
