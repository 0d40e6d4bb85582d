/** The digest of a tool's definition: what pinning, quarantine and the action digest compare. Pure. */

import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { isObject, type Json, type JsonObject } from "../policy/json.ts";

/** A copy without the members that the JSON pointers (RFC 6901) name. */
function without(definition: JsonObject, pointers: readonly string[]): Json {
  const paths = pointers.map((pointer) =>
    pointer
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")),
  );
  const strip = (value: Json, open: readonly (readonly string[])[]): Json => {
    if (open.length === 0 || typeof value !== "object" || value === null) return value;
    const under = (key: string): string[][] => open.filter((path) => path[0] === key).map((path) => path.slice(1));
    const named = (key: string): boolean => open.some((path) => path.length === 1 && path[0] === key);
    if (isObject(value)) {
      return Object.fromEntries(
        Object.entries(value)
          .filter(([key]) => !named(key))
          .map(([key, member]) => [key, strip(member, under(key))]),
      );
    }
    // An array keeps its length: a volatile element becomes null.
    return value.map((member: Json, index) => (named(String(index)) ? null : strip(member, under(String(index)))));
  };
  return strip(definition, paths);
}

/** sha256 over the JCS bytes (RFC 8785) of a definition without its volatile members, hex. */
export function definitionDigest(definition: JsonObject, volatile: readonly string[] = []): string {
  const text = canonicalize(without(definition, volatile));
  if (text === undefined) throw new TypeError("a definition must be a JSON value");
  return createHash("sha256").update(text).digest("hex");
}
