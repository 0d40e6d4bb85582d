/** What a tree of PostgreSQL's own parser says to an approver. Node names are those of `parsenodes.h`. */

import { isObject, type Json, type JsonObject } from "../json.ts";
import type { SqlParse } from "./dialect.ts";
import type { Collected } from "./collected.ts";
import { DEPENDS } from "./postgresql.ts";
import { FUNCTIONS } from "./postgresql-names.ts";

/** What people call a statement; another node's own name says it well enough. */
const KINDS: Readonly<Record<string, string>> = {
  CreateStmt: "CREATE TABLE",
  CreateTableAsStmt: "CREATE TABLE AS",
  IndexStmt: "CREATE INDEX",
  ViewStmt: "CREATE VIEW",
  CreatedbStmt: "CREATE DATABASE",
  DropdbStmt: "DROP DATABASE",
  CreateTrigStmt: "CREATE TRIGGER",
  VariableSetStmt: "SET",
  VariableShowStmt: "SHOW",
  TransactionStmt: "TRANSACTION",
  RenameStmt: "ALTER RENAME",
};

/** `AlterTableStmt` → `ALTER TABLE`. */
function kindOf(node: string, part: JsonObject): string {
  const { removeType: dropped } = part;
  if (node === "DropStmt" && typeof dropped === "string") return `DROP ${dropped.slice(7).replaceAll("_", " ")}`;
  if (node === "SelectStmt" && part["intoClause"] !== undefined) return "SELECT INTO";
  const words = node.replace(/Stmt$/, "").replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ");
  return KINDS[node] ?? words.toUpperCase();
}

/** Members of a changing statement that hold the table which it changes; all else in it is read. */
const CHANGES: Readonly<Record<string, "relation">> = {
  InsertStmt: "relation",
  UpdateStmt: "relation",
  DeleteStmt: "relation",
  MergeStmt: "relation",
};

/** Throws what the parser throws, and where a server's settings decide how the text is read. */
export function postgresqlFacts(text: string, parse: SqlParse, found: Collected): void {
  if (DEPENDS.test(text)) throw new Error("its reading depends on the server's settings");
  const tree = parse(text);
  for (const one of isObject(tree) ? listOf(tree["stmts"]) : []) {
    const [entry] = isObject(one) && isObject(one["stmt"]) ? Object.entries(one["stmt"]) : [];
    if (entry !== undefined && isObject(entry[1])) statement(entry[0], entry[1], found, false);
  }
}

/** `as`: what it means to be a table here. */
type As = "writes" | "reads";

function visit(part: Json, as: As, found: Collected): void {
  if (Array.isArray(part)) for (const each of part) visit(each as Json, as, found);
  else if (isObject(part))
    for (const [name, value] of Object.entries(part)) if (value !== undefined) member(name, value, as, found);
}

function member(name: string, part: Json, as: As, found: Collected): void {
  if (!isObject(part)) return visit(part, as, found);
  if ("relname" in part) found[as].add(nameOf([part["catalogname"], part["schemaname"], part["relname"]]));
  if ("funcname" in part) called(part, found);
  if (/^[A-Z].*Stmt$/.test(name)) statement(name, part, found, true);
  else visit(part, name === "into" || name === "intoClause" ? "writes" : as, found);
}

function called(part: JsonObject, found: Collected): void {
  const names = stringsIn(part["funcname"]);
  const isOwn = names.length === 1 || (names.length === 2 && names[0] === "pg_catalog");
  if (!isOwn || !FUNCTIONS.has(names.at(-1) ?? "")) found.calls.add(names.join("."));
}

/** Outside of queries a statement names the tables that it changes. */
function statement(node: string, part: JsonObject, found: Collected, inside: boolean): void {
  const change = CHANGES[node];
  const isQuery = node === "SelectStmt";
  const where = node === "UpdateStmt" || node === "DeleteStmt" ? { where: part["whereClause"] !== undefined } : {};
  if (!inside || !isQuery) found.statements.push({ kind: kindOf(node, part), ...where, ...(inside ? { inside } : {}) });
  for (const each of node === "DropStmt" ? listOf(part["objects"]) : []) {
    const name = nameOf(stringsIn(isObject(each) ? namesOf(each) : undefined));
    if (name !== "") found.writes.add(name);
  }
  const reads = isQuery || change !== undefined || (node === "CopyStmt" && part["is_from"] !== true);
  for (const [name, value] of Object.entries(part))
    if (value !== undefined) member(name, value, name !== change && reads ? "reads" : "writes", found);
}

const listOf = (part: Json | undefined): readonly Json[] => (Array.isArray(part) ? (part as readonly Json[]) : []);
/** Tables are lists of names; functions and operators keep theirs in a member. */
function namesOf(part: JsonObject): Json | undefined {
  const { List: list, ObjectWithArgs: typed } = part;
  return isObject(list) ? list["items"] : isObject(typed) ? typed["objname"] : undefined;
}
const stringsIn = (part: Json | undefined): readonly string[] =>
  listOf(part).flatMap((each) => {
    const one = isObject(each) && isObject(each["String"]) ? each["String"]["sval"] : undefined;
    return typeof one === "string" ? [one] : [];
  });
const nameOf = (parts: readonly (Json | undefined)[]): string =>
  parts.filter((part) => typeof part === "string").join(".");
