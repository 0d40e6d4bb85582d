/**
 * What 2026-07-28 mirrors from a request's body into headers, compared as a server has to
 * (basic/transports/streamable-http, "Server Validation"). Pure; the body alone decides what is done.
 */

import type { IncomingHttpHeaders } from "node:http";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";
import type { RpcError } from "./era.ts";
import { markedArguments, type Marked } from "./param-headers.ts";

/** 2026-07-28, basic/index, "Error Codes". */
const HEADER_MISMATCH = -32020;

const mismatch = (what: string): RpcError => ({ code: HEADER_MISMATCH, message: `Header mismatch: ${what}` });

const NAMED: Readonly<Record<string, string>> = {
  "tools/call": "name",
  "prompts/get": "name",
  "resources/read": "uri",
  "tasks/get": "taskId",
  "tasks/update": "taskId",
  "tasks/cancel": "taskId",
};

/** Which member of `params` a method's `Mcp-Name` mirrors, if any. */
export const namedBy = (method: string): string | undefined =>
  Object.hasOwn(NAMED, method) ? NAMED[method] : undefined;

/** A header's value as it was meant ("Value Encoding"); undefined when it is no such value. */
function decoded(header: string): string | undefined {
  const inside = /^=\?base64\?(.*)\?=$/.exec(header)?.[1];
  if (inside === undefined) return /^[\x20-\x7e\t]*$/.test(header) ? header : undefined;
  const bytes = Buffer.from(inside, "base64");
  // Node passes over what is no Base64; what it did not pass over comes out the same again.
  if (bytes.toString("base64") !== inside) return undefined;
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}

const one = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
};

/** Version, method and name; undefined when they match. */
export function standardMismatch(
  headers: IncomingHttpHeaders,
  method: string,
  params: JsonObject,
  version: Json | undefined,
): RpcError | undefined {
  const said = one(headers, "mcp-protocol-version");
  if (said === undefined) return mismatch("MCP-Protocol-Version is missing");
  if (version !== undefined && said !== version)
    return mismatch("MCP-Protocol-Version is not what the body's _meta says");
  const calls = one(headers, "mcp-method");
  if (calls === undefined) return mismatch("Mcp-Method is missing");
  if (calls !== method) return mismatch("Mcp-Method is not the body's method");
  const member = namedBy(method);
  if (member === undefined) return undefined;
  const name = one(headers, "mcp-name");
  if (name === undefined) return mismatch("Mcp-Name is missing");
  return decoded(name) === params[member] ? undefined : mismatch(`Mcp-Name is not the body's ${member}`);
}

/** Marked arguments by schema, since each is looked at with every call. */
const seen = new WeakMap<JsonObject, readonly Marked[]>();

function marksOf(inputSchema: JsonObject): readonly Marked[] {
  const known = seen.get(inputSchema);
  if (known !== undefined) return known;
  const marked = markedArguments(inputSchema);
  // A client leaves such a tool out of its list, so it mirrors nothing of it.
  const marks = typeof marked === "string" ? [] : marked;
  seen.set(inputSchema, marks);
  return marks;
}

function valueAt(args: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = args;
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

/** The arguments that a tool's schema marks; undefined when each has its header and the header its value. */
export function argumentMismatch(
  headers: IncomingHttpHeaders,
  inputSchema: JsonObject,
  args: JsonObject,
): RpcError | undefined {
  for (const { path, header } of marksOf(inputSchema)) {
    const value = valueAt(args, path);
    const said = one(headers, header.toLowerCase());
    if (value === undefined || value === null) {
      if (said !== undefined) return mismatch(`${header} mirrors nothing`);
    } else if (typeof value !== "object") {
      if (said === undefined) return mismatch(`${header} is missing`);
      const text = decoded(said);
      // Numbers are compared as numbers: 42.0 is 42.
      const same = typeof value === "number" ? text?.trim() !== "" && Number(text) === value : text === String(value);
      if (!same) return mismatch(`${header} is not the body's ${path.join(".")}`);
    }
  }
  return undefined;
}
