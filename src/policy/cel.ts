/**
 * The expression language as conditions use it: CEL (https://github.com/google/cel-spec) with arguments typed by their
 * shape and metered, so that what an agent sends cannot make an expression slow. Knows nothing of rules.
 */

import { Environment, type EnvironmentOptions, type ParseResult } from "@marcbachmann/cel-js";
import type { RE2JS } from "./linear.ts";
import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import type { ObjectShape, Shape } from "./shape.ts";
import type { SqlReaders } from "./sql/dialect.ts";
import { weigh } from "./weigh.ts";
import { within } from "./within.ts";

const LIMITS = { maxAstNodes: 256, maxDepth: 32, maxListElements: 256, maxMapEntries: 64, maxCallArguments: 4 };
/** Steps that one evaluation may take, by a count that is right only in its order of magnitude: at worst half a second. */
const MAX_STEPS = 64_000_000;
/** Of parsing SQL, for each character. */
const SQL_STEPS = 200;
/** A list's or map's element, in characters: an evaluation that throws for each element costs this much. */
const ELEMENT = 1024;

/** Why an expression has no value. `code` holds nothing of the arguments. */
export class ConditionError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export interface Inputs {
  readonly agent: string;
  readonly server: string;
  readonly name: string;
  readonly args: JsonObject;
}

export interface Expression {
  /** CEL's name of the result's type, or what is wrong with the expression, `code` being CEL's. */
  check(): { readonly type: string } | { readonly code: string; readonly message: string; readonly offset: number };
  /** Throws ConditionError, or what CEL throws. */
  evaluate(inputs: Inputs): unknown;
}

export interface Typing {
  readonly args: ObjectShape;
  /** What `within()` measures against; without it the function does not exist. */
  readonly root: string | undefined;
  /** What `sql_reads()` parses with. */
  readonly sql?: SqlReaders | undefined;
  readonly nodes: number;
  readonly regexes: ReadonlyMap<string, RE2JS>;
}

const OPTIONS: EnvironmentOptions = { enableOptionalTypes: false, limits: LIMITS };
/** Arguments' numbers are doubles; a person writes `args.limit == 5`. */
const base = new Environment(OPTIONS).registerOperator("double == int", (a: number, b: bigint) => a === Number(b));
const untyped = base.clone();

/** Throws CEL's ParseError. The tree is not bound to any types yet. */
export const parseTree = (source: string): ParseResult["ast"] => untyped.parse(source).ast;

/** Compiles a source that `parseTree` took. Conditions over one shape share its types. */
export function compileExpression(source: string, { args, root, sql, nodes, regexes }: Typing): Expression {
  const { environment, types, meter, patterns } = typesFor(args, root, sql);
  for (const [pattern, regex] of regexes) patterns.set(pattern, regex);
  const parsed = environment.parse(source);
  return {
    check() {
      const { valid, type, error } = parsed.check();
      if (valid) return { type: type ?? "dyn" };
      return { code: error?.code ?? "", message: error?.summary ?? "", offset: error?.range?.start ?? 0 };
    },
    evaluate(inputs) {
      // Evaluation is synchronous, so one meter serves all.
      meter.left = MAX_STEPS / Math.max(8, nodes);
      const { agent, server, name } = inputs;
      return parsed({ agent, server, name, args: types.value(inputs.args, args, meter) }) as unknown;
    },
  };
}

interface Typed {
  readonly root: string | undefined;
  readonly sql: SqlReaders | undefined;
  readonly environment: Environment;
  readonly types: Types;
  readonly meter: Meter;
  readonly patterns: Map<string, RE2JS>;
}
const typed = new WeakMap<ObjectShape, Typed>();

function typesFor(args: ObjectShape, root: string | undefined, sql: SqlReaders | undefined): Typed {
  const known = typed.get(args);
  if (known !== undefined && known.root === root && known.sql === sql) return known;
  const environment = base.clone();
  const types = new Types(environment);
  environment
    .registerVariable("args", types.nameOf(args))
    .registerVariable("agent", "string")
    .registerVariable("server", "string")
    .registerVariable("name", "string");
  const made: Typed = { root, sql, environment, types, meter: { left: 0 }, patterns: new Map() };
  registerFunctions(made);
  typed.set(args, made);
  return made;
}

function registerFunctions({ environment, root, sql, patterns, meter }: Typed): void {
  const re2 = (text: string, pattern: string): boolean => {
    const regex = patterns.get(pattern);
    if (regex === undefined) throw new ConditionError("regex-not-literal");
    spend(meter, text.length * Math.max(1, regex.programSize()));
    return regex.test(text);
  };
  environment.registerFunction("re2(string, string): bool", re2, { async: false });
  environment.registerFunction("string.re2(string): bool", re2, { async: false });
  const reads = (text: string, dialect: string): boolean => {
    const reader = sql?.get(dialect);
    if (reader === undefined) throw new ConditionError("sql-not-loaded");
    spend(meter, text.length * SQL_STEPS);
    return reader.reads(text);
  };
  environment.registerFunction("sql_reads(string, string): bool", reads, { async: false });
  if (root === undefined) return;
  const inside = (path: string, folder: string): boolean => {
    const answer = within(root, path, folder);
    if (typeof answer !== "boolean") throw new ConditionError(answer.unclear);
    return answer;
  };
  environment.registerFunction("within(string, string): bool", inside, { async: false });
}

interface Meter {
  left: number;
}

function spend(meter: Meter, steps: number): void {
  meter.left -= steps;
  if (meter.left < 0) throw new ConditionError("too-large");
}

/**
 * An object of known shape. It is a Map so that no key of the agent's (`constructor`, `__proto__`) means anything, and it
 * pays for what is read each time it is read: inside a comprehension that is once per round.
 */
abstract class Fields extends Map<string, unknown> {
  readonly #raw: JsonObject;
  readonly #read: (value: Json, field: string) => unknown;
  readonly #meter: Meter;

  constructor(raw: JsonObject, read: (value: Json, field: string) => unknown, meter: Meter) {
    super();
    this.#raw = raw;
    this.#read = read;
    this.#meter = meter;
  }

  override get(field: string): unknown {
    const value = Object.hasOwn(this.#raw, field) ? this.#raw[field] : undefined;
    if (value === undefined) return undefined;
    spend(this.#meter, weigh(value, ELEMENT));
    return this.#read(value, field);
  }
}

type FieldsClass = new (raw: JsonObject, read: (value: Json, field: string) => unknown, meter: Meter) => Fields;

/** CEL's types for shapes, one class for each object, by which CEL knows a value's type. */
class Types {
  readonly #environment: Environment;
  readonly #classes = new Map<ObjectShape, { readonly name: string; readonly type: FieldsClass }>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  nameOf(shape: Shape): string {
    switch (shape.kind) {
      case "any":
        return "dyn";
      case "string":
      case "bool":
        return shape.kind;
      case "number":
        return "double";
      case "null":
        return "null";
      case "list":
        return `list<${this.nameOf(shape.of)}>`;
      case "map":
        return `map<string, ${this.nameOf(shape.of)}>`;
      case "object":
        return this.#classOf(shape).name;
    }
  }

  #classOf(shape: ObjectShape): { readonly name: string; readonly type: FieldsClass } {
    const known = this.#classes.get(shape);
    if (known !== undefined) return known;
    const fields = Object.fromEntries([...shape.fields].map(([field, { shape }]) => [field, this.nameOf(shape)]));
    const own = { name: `Object${this.#classes.size}`, type: class extends Fields {} };
    this.#classes.set(shape, own);
    this.#environment.registerType(own.name, { ctor: own.type, fields });
    return own;
  }

  value(value: Json, shape: Shape, meter: Meter): unknown {
    if (Array.isArray(value)) {
      const of = shape.kind === "list" ? shape.of : ANYTHING;
      return value.map((each: Json) => this.value(each, of, meter));
    }
    if (!isObject(value)) return value;
    if (shape.kind === "object") {
      const read = (inner: Json, field: string): unknown =>
        this.value(inner, shape.fields.get(field)?.shape ?? ANYTHING, meter);
      return new (this.#classOf(shape).type)(value, read, meter);
    }
    const of = shape.kind === "map" ? shape.of : ANYTHING;
    return new Map(Object.entries(value).map(([key, each]) => [key, this.value(each, of, meter)]));
  }
}

const ANYTHING: Shape = { kind: "any" };
