/**
 * What the tokens alone say of a text of MySQL or SQLite: a second judgement beside the tree's, that knows no grammar and
 * so cannot share a parser's mistakes. It holds only together with the tree's.
 */

import type { Dialect } from "./dialect.ts";
import type { Token } from "./tokens.ts";
import * as mysql from "./mysql-names.ts";
import * as sqlite from "./sqlite-names.ts";
import { words } from "./words.ts";

/** A read begins with one of these, and nothing that begins with them writes but by a word that follows here. */
const BEGINS = words("SELECT WITH");
/**
 * Words that make a statement do more than read, wherever they stand, and operators that call an application's own function.
 * Refused as names of columns too, but in backticks.
 */
const EFFECTS = words(`
  INSERT UPDATE DELETE MERGE INTO OUTFILE DUMPFILE FOR LOCK PROCEDURE SET RETURNING CREATE DROP ALTER ATTACH DETACH PRAGMA
  VACUUM CALL EXECUTE HANDLER RAISE MATCH REGEXP RLIKE SQL_CALC_FOUND_ROWS
`);
/** What may stand before a parenthesis and is no function. */
const OPENS = words(`
  SELECT DISTINCT ALL FROM JOIN WHERE ON AND OR NOT IN EXISTS AS USING HAVING BY CASE WHEN THEN ELSE UNION INTERSECT EXCEPT
  LIKE BETWEEN OVER FILTER LIMIT OFFSET IS ANY SOME XOR DIV VALUES APPLY MATERIALIZED ESCAPE
`);
const TYPES = words("CHAR VARCHAR DECIMAL NUMERIC DATETIME TIME BINARY FLOAT DOUBLE");
/** After these, and before or after a dot, what stands in double quotes is a name to SQLite in every setting. */
const NAMES_FOLLOW = words("FROM JOIN AS .");

/** Known to be without effect, all of them. */
export const FUNCTIONS = {
  sqlite: new Set([...sqlite.FUNCTIONS, ...sqlite.WINDOW_FUNCTIONS]),
  mysql: new Set([...mysql.FUNCTIONS, ...mysql.WINDOW_FUNCTIONS]),
};

export function tokensRead(tokens: readonly Token[], dialect: Exclude<Dialect, "postgresql">): boolean {
  const upper = tokens.map(({ kind, text }) => (kind === "word" ? text.toUpperCase() : kind === "symbol" ? text : ""));
  if (!BEGINS.has(upper[0] ?? "")) return false;
  return tokens.every((token, index) => {
    const [word = "", before = "", next = ""] = [upper[index], upper[index - 1], upper[index + 1]];
    if (token.kind === "doubtful") return NAMES_FOLLOW.has(before) || next === ".";
    if (word === "REPLACE") return next === "(" && before !== ".";
    if (word === ";" || EFFECTS.has(word)) return false;
    // MariaDB knows `sequence.nextval` under one of its modes, quoted or not.
    if (/^(?:nextval|currval|lastval)$/i.test(token.text)) return false;
    return word !== "(" || isOpening(tokens, upper, index, dialect);
  });
}

/** Whether a parenthesis is there for grouping, for a subquery, for a list, or for a function that is known. */
function isOpening(
  tokens: readonly Token[],
  upper: readonly string[],
  index: number,
  dialect: Exclude<Dialect, "postgresql">,
): boolean {
  const [before, paren] = [tokens[index - 1], tokens[index]];
  if (before === undefined) return true;
  if (before.kind === "symbol") return before.text !== ")" && before.text !== ".";
  if (isColumnList(tokens, upper, index)) return isName(before);
  if (before.kind !== "word") return false;
  const word = upper[index - 1] ?? "";
  if (OPENS.has(word)) return true;
  if (TYPES.has(word) && upper[index - 2] === "AS" && tokens[index + 1]?.kind === "number") return true;
  // With a blank between, MySQL takes a built-in's name for a stored function's, unless IGNORE_SPACE is set.
  if (dialect === "mysql" && paren?.tight !== true) return false;
  return upper[index - 2] !== "." && FUNCTIONS[dialect].has(before.text.toLowerCase());
}

const isName = ({ kind }: Token): boolean => kind === "word" || kind === "name";

/** `name (a, b) AS (`: of a named query. Nothing else has that form. */
function isColumnList(tokens: readonly Token[], upper: readonly string[], open: number): boolean {
  const close = upper.indexOf(")", open);
  const inside = tokens.slice(open + 1, close);
  const isList = inside.every((token, index) => (index % 2 === 0 ? isName(token) : token.text === ","));
  const introduced = ["WITH", "RECURSIVE", ","].includes(upper[open - 2] ?? "");
  return close > open + 1 && isList && introduced && upper[close + 1] === "AS" && upper[close + 2] === "(";
}
