/** Where a locked definition says what its arguments look like (MCP 2025-11-25, schema.ts: Tool, Prompt). */

import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import type { LockedItem } from "./manifest.ts";

/** A JSON Schema as the server wrote it, perhaps none at all; undefined where the protocol knows none. */
export function argumentSchema({ kind, definition }: LockedItem): Json | undefined {
  switch (kind) {
    case "tool":
      return definition["inputSchema"] ?? null;
    case "prompt":
      return promptSchema(definition);
    case "resource":
    case "completion":
      return undefined;
  }
}

/** A prompt lists its arguments by name; all are strings. */
function promptSchema(definition: JsonObject): JsonObject {
  const listed = definition["arguments"];
  const named = (Array.isArray(listed) ? listed : [])
    .filter(isObject)
    .flatMap(({ name, required }) => (typeof name === "string" ? { name, required } : []));
  const properties = Object.fromEntries(named.map(({ name }) => [name, { type: "string" }]));
  const required = named.filter((each) => each.required === true).map(({ name }) => name);
  return { type: "object", properties, required, additionalProperties: false };
}
