/**
 * Checks arguments against a locked input schema: JSON Schema draft-07 or 2020-12, which is what MCP takes a schema
 * without `$schema` for (2025-11-25, basic/index "JSON Schema Usage"). Never fetches anything.
 */

import { hash } from "node:crypto";
import { createRequire } from "node:module";
import type { Ajv as Draft7, KeywordCxt, Options, ValidateFunction } from "ajv";
import type { Ajv2020 as Draft2020 } from "ajv/dist/2020.js";
import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import { compileSchemaPattern } from "./linear.ts";
import { weigh } from "./weigh.ts";

/** Undefined when the arguments fit, else the failing place in the schema. Holds nothing of the arguments. Never throws. */
export type ArgumentCheck = (args: JsonObject) => string | undefined;

/** Compiles at the first call: a gate whose conditions are never reached starts without paying for it. */
export function argumentCheck(schema: Json | undefined): ArgumentCheck {
  let validate: ValidateFunction | "unusable" | undefined;
  return (args) => {
    validate ??= compiled(schema);
    if (validate === "unusable") return "schema";
    // Checking is synchronous, so one meter serves all.
    left = MAX_STEPS;
    try {
      return validate(args) ? undefined : (validate.errors?.[0]?.schemaPath ?? "#");
    } catch {
      // A recursive schema can exhaust the meter or the stack.
      return "schema";
    }
  };
}

/**
 * What references may look at, in characters. Without them each part of a schema sees a value at most once; a recursive
 * one whose alternatives refer to it sees the innermost value 2^depth times, and the depth is the agent's choice.
 */
const MAX_STEPS = 64_000_000;
/** A value, in characters. */
const ELEMENT = 16;
let left = 0;

function spend(value: Json): void {
  left -= weigh(value, ELEMENT);
  if (left < 0) throw new Error("too large");
}

const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const DRAFT_2020 = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

/** With each change of a configuration all of it is read anew, and most of its schemas are those of before. */
const known = new Map<string, ValidateFunction | "unusable">();
const MOST_KNOWN = 1000;

function compiled(schema: Json | undefined): ValidateFunction | "unusable" {
  const digest = hash("sha256", JSON.stringify(schema) ?? "", "hex");
  const found = known.get(digest) ?? compile(schema);
  known.delete(digest);
  known.set(digest, found);
  const [oldest = ""] = known.keys();
  if (known.size > MOST_KNOWN) known.delete(oldest);
  return found;
}

function compile(schema: Json | undefined): ValidateFunction | "unusable" {
  if (!isObject(schema)) return "unusable";
  // Stripped, since the meta-schemas themselves are not loaded.
  const { $schema: dialect = "https://json-schema.org/draft/2020-12/schema", ...rest } = schema;
  // `$async` is ajv's own: such a validator answers with a promise, which is no answer.
  if (typeof dialect !== "string" || Object.hasOwn(rest, "$async")) return "unusable";
  const ajv = DRAFT_07.test(dialect) ? draft7() : DRAFT_2020.test(dialect) ? draft2020() : undefined;
  if (ajv === undefined) return "unusable";
  try {
    return ajv.compile(rest);
  } catch {
    return "unusable";
  }
}

/** A server's own patterns are not to stall the gate, so they run on re2 too; what re2 cannot say is unusable. */
const regExp = Object.assign((pattern: string) => compileSchemaPattern(pattern), { code: "linear" });

const OPTIONS: Options = {
  strict: false,
  // Each keyword's own check of its value remains; compiling the meta-schema would take 50 ms.
  meta: false,
  validateSchema: false,
  // Formats are annotations in both drafts.
  validateFormats: false,
  // Or `constructor` and `toString` would be there in every object.
  ownProperties: true,
  logger: false,
  code: { regExp },
};

// Loaded at first need: 50 ms that most starts do not need. One for each schema: no `$id` of one server's then means
// anything in another's, and `#` is the schema itself.
const require = createRequire(import.meta.url);
const draft7 = (): Draft7 => bounded(new (require("ajv") as typeof import("ajv")).Ajv(OPTIONS));
const draft2020 = (): Draft2020 =>
  bounded(new (require("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js")).Ajv2020(OPTIONS));

/** Its own `uniqueItems` compares every pair, and its references cost nothing. */
function bounded<A extends Draft7 | Draft2020>(ajv: A): A {
  for (const keyword of ["$ref", "$dynamicRef", "$recursiveRef"]) {
    const rule = ajv.RULES.all[keyword];
    if (typeof rule !== "object" || !("code" in rule.definition)) continue;
    const { definition } = rule;
    const follow = definition.code;
    rule.definition = {
      ...definition,
      code(context: KeywordCxt, type?: string) {
        const { gen, data } = context;
        const { _ } = require("ajv") as typeof import("ajv");
        gen.code(_`${gen.scopeValue("func", { ref: spend })}(${data})`);
        follow(context, type);
      },
    };
  }
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    validate: (wanted: boolean, items: readonly Json[]) =>
      !wanted || new Set(items.map(canonical)).size === items.length,
  });
  return ajv;
}

/** Equal texts for equal values: members sorted, all else as JSON writes it. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] as Json)}`);
  return `{${members.join(",")}}`;
}
