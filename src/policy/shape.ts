/**
 * What a tool's locked input schema says of its arguments, as far as conditions can be checked against it. Whatever is
 * not plain (unions, conditionals, remote references) is `any`: checked when the call comes, not at load.
 */

import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";

export type Shape =
  | { readonly kind: "any" | "string" | "number" | "bool" | "null" }
  | { readonly kind: "list"; readonly of: Shape }
  /** Members not named before. */
  | { readonly kind: "map"; readonly of: Shape }
  | ObjectShape;

export interface ObjectShape {
  readonly kind: "object";
  readonly fields: ReadonlyMap<string, { readonly shape: Shape; readonly required: boolean }>;
}

export const ANY: Shape = { kind: "any" };

/** Deeper than a person's condition reaches; recursive schemas end here too. */
const MAX_DEPTH = 8;

/** Arguments of what has no schema (prompts, resources), or a useless one, have no known fields: each needs `has()`. */
export function argumentsShape(schema: Json | undefined): ObjectShape {
  const shape = isObject(schema) ? shapeOf(schema, schema, 0) : ANY;
  return shape.kind === "object" ? shape : { kind: "object", fields: new Map() };
}

function shapeOf(schema: Json | undefined, root: JsonObject, depth: number): Shape {
  if (!isObject(schema) || depth > MAX_DEPTH) return ANY;
  if (typeof schema["$ref"] === "string") {
    // Before draft 2019-09 a reference hides its neighbours, later it adds to them: only a lone one is plain.
    return Object.keys(schema).some((key) => CONSTRAINS.has(key))
      ? ANY
      : shapeOf(at(root, schema["$ref"]), root, depth + 1);
  }
  if (COMBINES.some((key) => Object.hasOwn(schema, key))) return ANY;
  switch (schema["type"]) {
    case "string":
      return { kind: "string" };
    case "number":
    case "integer":
      return { kind: "number" };
    case "boolean":
      return { kind: "bool" };
    case "null":
      return { kind: "null" };
    case "array":
      return { kind: "list", of: Array.isArray(schema["items"]) ? ANY : shapeOf(schema["items"], root, depth + 1) };
    case "object":
      return objectShape(schema, root, depth);
    case undefined:
      return isObject(schema["properties"]) ? objectShape(schema, root, depth) : ANY;
    default:
      return ANY;
  }
}

const CONSTRAINS = new Set(["type", "properties", "items", "anyOf", "oneOf", "allOf"]);
const COMBINES = ["anyOf", "oneOf", "allOf", "if", "$dynamicRef"];

function objectShape(schema: JsonObject, root: JsonObject, depth: number): Shape {
  const { properties, required, additionalProperties } = schema;
  // The root's arguments are always an object with fields, or no condition could name any.
  if (!isObject(properties) && depth > 0) {
    return { kind: "map", of: isObject(additionalProperties) ? shapeOf(additionalProperties, root, depth + 1) : ANY };
  }
  const needed = new Set(Array.isArray(required) ? required : []);
  const known = isObject(properties) ? Object.entries(properties) : [];
  const fields = new Map(
    known.map(([name, value]) => [name, { shape: shapeOf(value, root, depth + 1), required: needed.has(name) }]),
  );
  return { kind: "object", fields };
}

/** A local JSON pointer (RFC 6901 in a URI fragment); anything else is nothing. */
function at(root: JsonObject, pointer: string): Json | undefined {
  if (!pointer.startsWith("#/")) return pointer === "#" ? root : undefined;
  let here: Json | undefined = root;
  for (const step of pointer.slice(2).split("/")) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    here = isObject(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  }
  return here;
}
