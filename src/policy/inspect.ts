/**
 * Reads a condition's tree before it is ever evaluated: what may be missing must be asked for, and nothing may stand in it
 * whose time an agent's arguments could stretch.
 */

import type { ASTNode } from "@marcbachmann/cel-js";
import type { PolicyProblemCode } from "./problem.ts";
import { compileRegex, type RE2JS } from "./linear.ts";
import { nearest } from "./nearest.ts";
import { ANY, type ObjectShape, type Shape } from "./shape.ts";
import { DIALECTS, isDialect } from "./sql/dialect.ts";
import { COMPREHENSIONS, factsIf, loops, sourceOf } from "./tree.ts";
import { within } from "./within.ts";

/** One thing wrong in a source; `offset` counts UTF-16 units from its start. */
export interface Fault {
  readonly code: Extract<PolicyProblemCode, `condition-${string}`>;
  readonly offset: number;
  /** The field, function or message that the sentence names. */
  readonly subject: string;
  readonly suggestion?: string;
}

export interface Inspection {
  readonly faults: readonly Fault[];
  readonly nodes: number;
  readonly regexes: ReadonlyMap<string, RE2JS>;
  /** The arguments' shape with the fields that are only asked for by `has()` added. */
  readonly args: ObjectShape;
  /** Arguments asked for by `has()` that this schema does not declare: right only if another matched tool's does. */
  readonly undeclared: ReadonlyMap<string, Fault>;
}

/** All that conditions may call. Not there: `matches` (backtracks), `split`, `join`, `cel.bind` and dates (their cost is the caller's choice). */
const FUNCTIONS = new Set([
  "has",
  "size",
  "startsWith",
  "endsWith",
  "contains",
  "lowerAscii",
  "upperAscii",
  "trim",
  "indexOf",
  "lastIndexOf",
  "substring",
  "int",
  "uint",
  "double",
  "string",
  "bool",
  "type",
  "dyn",
  "re2",
  "within",
  "sql_reads",
]);
/** Searching costs text × needle at worst, so the needle must not be the agent's: a literal, at most this long. */
const SEARCHES = new Set(["contains", "indexOf", "lastIndexOf"]);
const MAX_NEEDLE = 256;

interface Scope {
  /** Paths known to be there, by a `has()` that was true on the way here. */
  readonly facts: ReadonlySet<string>;
  readonly variables: ReadonlyMap<string, Shape>;
  readonly looping: boolean;
}
interface Read {
  readonly shape: Shape;
  /** How the value was reached, when by names alone. */
  readonly path?: string;
}

export function inspect(tree: ASTNode, args: ObjectShape, root: string | undefined): Inspection {
  const faults: Fault[] = [];
  const regexes = new Map<string, RE2JS>();
  const undeclared = new Map<string, Fault>();
  let nodes = 0;
  const fault = (code: Fault["code"], node: ASTNode, subject: string, suggestion?: string): void => {
    faults.push({ code, offset: node.start, subject, ...(suggestion === undefined ? {} : { suggestion }) });
  };

  function read(node: ASTNode, scope: Scope): Read {
    nodes++;
    switch (node.op) {
      case "value":
        return { shape: ANY };
      case "id": {
        const shape = node.args === "args" ? args : scope.variables.get(node.args);
        return { shape: shape ?? ANY, path: node.args };
      }
      case ".":
        return field(node, read(node.args[0], scope), node.args[1], scope);
      case "[]": {
        const [left, index] = node.args;
        const from = read(left, scope);
        if (index.op === "value" && typeof index.args === "string") return field(node, from, index.args, scope);
        read(index, scope);
        // Which field it will be is the agent's choice, so nothing is known of it.
        if (from.shape.kind === "object") fault("condition-computed-field", node, from.path ?? "");
        return { shape: from.shape.kind === "list" || from.shape.kind === "map" ? from.shape.of : ANY };
      }
      case "&&":
      case "||": {
        const [left, right] = node.args;
        read(left, scope);
        const known = factsIf(left, node.op === "&&");
        read(right, { ...scope, facts: new Set([...scope.facts, ...known]) });
        return { shape: ANY };
      }
      case "?:": {
        const [condition, yes, no] = node.args;
        read(condition, scope);
        read(yes, { ...scope, facts: new Set([...scope.facts, ...factsIf(condition, true)]) });
        read(no, { ...scope, facts: new Set([...scope.facts, ...factsIf(condition, false)]) });
        return { shape: ANY };
      }
      case "!_":
      case "-_":
        read(node.args, scope);
        return { shape: ANY };
      case "list":
        for (const each of node.args) read(each, scope);
        return { shape: ANY };
      case "map":
        for (const entry of node.args) for (const each of entry) read(each, scope);
        return { shape: ANY };
      case "call":
        return called(node, node.args[0], undefined, node.args[1], scope);
      case "rcall":
        return called(node, node.args[0], node.args[1], node.args[2], scope);
      case ".?":
      case "[?]":
        // Not switched on, so the parser does not give them.
        fault("condition-function", node, node.op);
        return { shape: ANY };
      default:
        for (const each of node.args) read(each, scope);
        return { shape: ANY };
    }
  }

  function field(node: ASTNode, from: Read, name: string, scope: Scope): Read {
    if (from.shape.kind === "map" || from.shape.kind === "list")
      return { shape: from.shape.kind === "map" ? from.shape.of : ANY };
    if (from.shape.kind !== "object") return { shape: ANY };
    const path = from.path === undefined ? undefined : `${from.path}.${name}`;
    const declared = from.shape.fields.get(name);
    const shown = path ?? name;
    const sure = path !== undefined && scope.facts.has(path);
    if (declared === undefined && !sure)
      fault("condition-unknown-field", node, shown, nearest(name, from.shape.fields.keys()));
    else if (declared?.required === false && !sure) fault("condition-optional-field", node, shown);
    return { shape: declared?.shape ?? ANY, ...(path === undefined ? {} : { path }) };
  }

  function called(node: ASTNode, name: string, on: ASTNode | undefined, given: readonly ASTNode[], scope: Scope): Read {
    if (on !== undefined && COMPREHENSIONS.has(name)) return comprehension(node, on, given, scope);
    if (name === "has" && on === undefined) return asked(node, given, scope);
    if (name === "matches") fault("condition-matches", node, name);
    else if (!FUNCTIONS.has(name))
      fault("condition-function", node, name, nearest(name, [...FUNCTIONS, ...COMPREHENSIONS]));
    const operands = on === undefined ? given : [on, ...given];
    for (const each of operands) read(each, scope);
    if (SEARCHES.has(name)) checkNeedle(node, operands[1]);
    if (name === "re2") checkRegex(node, operands[1]);
    if (name === "within") checkFolder(node, operands[1]);
    if (name === "sql_reads") checkDialect(operands[1]);
    return { shape: ANY };
  }

  function asked(node: ASTNode, [asked]: readonly ASTNode[], scope: Scope): Read {
    if (asked?.op !== ".") return { shape: ANY };
    nodes++;
    const from = read(asked.args[0], scope);
    const name = asked.args[1];
    if (from.shape.kind !== "object" || from.shape.fields.has(name)) return { shape: ANY };
    const path = `${from.path ?? ""}.${name}`;
    const suggestion = nearest(name, from.shape.fields.keys());
    if (from.path !== "args") fault("condition-unknown-field", node, path, suggestion);
    else
      undeclared.set(name, {
        code: "condition-unknown-field",
        offset: node.start,
        subject: path,
        ...(suggestion && { suggestion }),
      });
    return { shape: ANY };
  }

  function comprehension(node: ASTNode, over: ASTNode, given: readonly ASTNode[], scope: Scope): Read {
    if (scope.looping || loops(over)) fault("condition-nested", node, "");
    const list = read(over, scope).shape;
    const [variable, ...bodies] = given;
    if (variable?.op !== "id") return { shape: ANY };
    if (variable.args === "args" || scope.variables.has(variable.args))
      fault("condition-shadow", variable, variable.args);
    // A map is gone through by its keys.
    const of: Shape = list.kind === "list" ? list.of : list.kind === "map" ? { kind: "string" } : ANY;
    let facts: ReadonlySet<string> = scope.facts;
    for (const body of bodies) {
      read(body, { facts, variables: new Map([...scope.variables, [variable.args, of]]), looping: true });
      facts = new Set([...facts, ...factsIf(body, true)]);
    }
    return { shape: ANY };
  }

  function checkNeedle(node: ASTNode, needle: ASTNode | undefined): void {
    const literal = needle?.op === "value" && typeof needle.args === "string" && needle.args.length <= MAX_NEEDLE;
    if (needle !== undefined && !literal) fault("condition-needs-literal", needle, sourceOf(node));
  }

  function checkRegex(node: ASTNode, pattern: ASTNode | undefined): void {
    if (pattern === undefined) return;
    if (pattern.op !== "value" || typeof pattern.args !== "string")
      return fault("condition-needs-literal", pattern, sourceOf(node));
    try {
      regexes.set(pattern.args, compileRegex(pattern.args));
    } catch (error) {
      fault("condition-regex", pattern, error instanceof Error ? error.message : "");
    }
  }

  function checkDialect(dialect: ASTNode | undefined): void {
    if (dialect === undefined) return;
    const named = dialect.op === "value" && typeof dialect.args === "string" ? dialect.args : undefined;
    if (named === undefined) fault("condition-sql-dialect", dialect, sourceOf(dialect));
    else if (!isDialect(named)) fault("condition-sql-dialect", dialect, named, nearest(named, DIALECTS));
  }

  function checkFolder(node: ASTNode, folder: ASTNode | undefined): void {
    if (root === undefined) return fault("condition-no-root", node, "within");
    if (folder?.op !== "value" || typeof folder.args !== "string") return;
    if (typeof within(root, ".", folder.args) !== "boolean") fault("condition-folder", folder, folder.args);
  }

  read(tree, { facts: new Set(), variables: new Map(), looping: false });
  return { faults, nodes, regexes, undeclared, args: withAsked(args, undeclared.keys()) };
}

/** CEL takes a field that its type lacks for absent, whatever was sent. */
function withAsked(args: ObjectShape, names: Iterable<string>): ObjectShape {
  const asked = Array.from(names, (name) => [name, { shape: ANY, required: false }] as const);
  return asked.length === 0 ? args : { kind: "object", fields: new Map([...args.fields, ...asked]) };
}
