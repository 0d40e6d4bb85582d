/**
 * What 2026-07-28 mirrors from a call into HTTP headers: the tool's name and the arguments that its schema marks with
 * `x-mcp-header` (basic/transports/streamable-http, "Custom Headers from Tool Parameters"). Pure.
 */

import { isObject, type Json, type JsonObject } from "../policy/json.ts";

/** One marked argument: where it stands and which header carries it. */
export interface Marked {
  readonly path: readonly string[];
  readonly header: string;
}

const MARK = "x-mcp-header";
const MAX_LEVELS = 100;
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;
const PRIMITIVES: ReadonlySet<unknown> = new Set(["string", "integer", "boolean"]);

/** The marked arguments of an input schema, or why the tool must be left out of the list (the binding demands it). */
export function markedArguments(inputSchema: Json): readonly Marked[] | string {
  const marked: Marked[] = [];
  const headers = new Set<string>();

  /** `reachable`: by `properties` alone; a mark anywhere else makes the definition invalid. */
  const visit = (node: Json, path: readonly string[], reachable: boolean, level: number): string | undefined => {
    if (level > MAX_LEVELS) return "a schema nested too deeply";
    if (Array.isArray(node)) return firstFault(node, (item: Json) => visit(item, path, false, level + 1));
    if (!isObject(node)) return undefined;
    const mark = node[MARK];
    if (mark !== undefined && Object.hasOwn(node, MARK)) {
      if (!reachable || path.length === 0) return `${MARK} where no property leads`;
      if (typeof mark !== "string" || !TOKEN.test(mark)) return `an ${MARK} that is no header name`;
      if (!PRIMITIVES.has(node["type"])) return `${MARK} on something that is no string, integer or boolean`;
      if (headers.has(mark.toLowerCase())) return `${MARK} "${mark}" twice`;
      headers.add(mark.toLowerCase());
      marked.push({ path, header: `Mcp-Param-${mark}` });
    }
    return firstFault(Object.entries(node), ([key, child]) => {
      if (key !== "properties" || !isObject(child))
        return key === MARK ? undefined : visit(child, path, false, level + 1);
      return firstFault(Object.entries(child), ([name, property]) =>
        visit(property, [...path, name], reachable, level + 1),
      );
    });
  };
  return visit(inputSchema, [], true, 0) ?? marked;
}

function firstFault<T>(items: readonly T[], faultOf: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** The headers for one call. What is absent, null or no primitive has none. */
export function paramHeaders(marked: readonly Marked[], args: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { path, header } of marked) {
    let value: Json | undefined = args;
    for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    if (typeof value === "string") headers[header] = headerValue(value);
    else if (typeof value === "boolean" || Number.isSafeInteger(value)) headers[header] = JSON.stringify(value);
  }
  return headers;
}

/** A value as a header: plain when it is safe ASCII, else in the Base64 form of the binding ("Value Encoding"). */
export function headerValue(value: string): string {
  const plain = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/.test(value);
  if (plain && !(value.startsWith("=?base64?") && value.endsWith("?="))) return value;
  return `=?base64?${Buffer.from(value).toString("base64")}?=`;
}
