/** What a tree of MySQL or SQLite says to an approver. Members are those that node-sql-parser 5.4 gives. */

import { isObject, type Json, type JsonObject } from "../json.ts";
import type { Dialect } from "./dialect.ts";
import type { Collected } from "./collected.ts";
import { FUNCTIONS } from "./rules.ts";

type Other = Exclude<Dialect, "postgresql">;

/** Throws where a statement has no type: nothing can be said of it. */
export function statementFacts(tree: Json, dialect: Other, found: Collected): void {
  const type = isObject(tree) ? tree["type"] : undefined;
  if (!isObject(tree) || typeof type !== "string") throw new Error("a statement of no known type");
  const where = type === "update" || type === "delete" ? { where: isObject(tree["where"]) } : {};
  found.statements.push({ kind: kindOf(type, tree), ...where });
  const aliases = type === "delete" ? aliasesIn(tree["from"]) : new Map<string, string>();
  for (const [member, value] of Object.entries(tree)) {
    // Without a list of targets the parser writes the one table down twice.
    if (value === undefined || (member === "from" && isTwice(tree))) continue;
    const isTarget = type !== "select" && type !== "show" && ["table", "name", "view"].includes(member);
    visit(value, isTarget ? "writes" : "reads", { dialect, found, aliases });
  }
}

function kindOf(type: string, { keyword, into }: JsonObject): string {
  if (type === "select")
    return isObject(into) && Object.values(into).some((part) => part !== null) ? "SELECT INTO" : "SELECT";
  const word = ["create", "drop", "alter", "show"].includes(type) && typeof keyword === "string" ? ` ${keyword}` : "";
  return `${type}${word}`.toUpperCase();
}

function isTwice({ type, table }: JsonObject): boolean {
  const [first] = Array.isArray(table) ? (table as readonly Json[]) : [];
  return type === "delete" && isObject(first) && first["addition"] === true;
}

interface Walk {
  readonly dialect: Other;
  readonly found: Collected;
  /** What a name in a list of targets stands for. */
  readonly aliases: ReadonlyMap<string, string>;
}

const tableName = ({ db, table, view }: JsonObject): string =>
  [db, table ?? view].filter((name) => typeof name === "string").join(".");

function aliasesIn(from: Json | undefined): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const each of Array.isArray(from) ? (from as readonly Json[]) : [])
    if (isObject(each) && typeof each["as"] === "string") known.set(each["as"], tableName(each));
  return known;
}

/** `as`: what it means to be a table here. */
function visit(part: Json, as: "writes" | "reads", walk: Walk): void {
  if (Array.isArray(part)) for (const each of part) visit(each as Json, as, walk);
  if (!isObject(part)) return;
  const { type, ast } = part;
  // A query inside of the statement reads, whatever the statement does.
  if (ast !== undefined) return visit(ast, "reads", walk);
  // A column has a table too, by an alias perhaps; the table itself stands where it comes from.
  if (type !== "column_ref" && "db" in part && tableName(part) !== "") {
    const name = tableName(part);
    walk.found[as].add(as === "writes" ? (walk.aliases.get(name) ?? name) : name);
  }
  if (type === "function" || type === "aggr_func" || type === "window_func") called(part, walk);
  for (const value of Object.values(part))
    if (value !== undefined) visit(value, type === "select" ? "reads" : as, walk);
}

function called({ name }: JsonObject, { dialect, found }: Walk): void {
  const { schema, name: parts } = isObject(name) ? name : { schema: undefined, name: [{ value: name }] };
  const whole = [schema, ...(Array.isArray(parts) ? (parts as readonly Json[]) : [])]
    .map((part) => (isObject(part) ? part["value"] : undefined))
    .filter((part) => typeof part === "string")
    .join(".");
  if (!FUNCTIONS[dialect].has(whole.toLowerCase()) && whole !== "EXISTS") found.calls.add(whole);
}
