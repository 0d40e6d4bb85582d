/** What a locked definition says of itself: its name, and what its arguments look like (MCP 2025-11-25, schema.ts). */

import type { Json, JsonObject } from "./json.ts";
import { isObject } from "./json.ts";
import type { LockedItem, LockedKind } from "./manifest.ts";

/** What a definition goes by among those of its kind; undefined where it says none, or two that contradict each other. */
export function definitionName(kind: LockedKind, { name, uri, uriTemplate }: JsonObject): string | undefined {
  const own = kind === "resource" ? (uri ?? uriTemplate) : name;
  // Both a resource and a template: whoever reads one name would be talked into the reach of the other.
  if (kind === "resource" && uri !== undefined && uriTemplate !== undefined) return undefined;
  return typeof own === "string" && own !== "" ? own : undefined;
}

/** Whether it stands for every URI that its template matches. */
export const isTemplate = ({ kind, definition }: Pick<LockedItem, "kind" | "definition">): boolean =>
  kind === "resource" && definition["uriTemplate"] !== undefined;

/** A JSON Schema: as the server wrote it, perhaps none at all, or made of what the protocol says. Undefined: nothing is known. */
export function argumentSchema(item: LockedItem): Json | undefined {
  switch (item.kind) {
    case "tool":
      return item.definition["inputSchema"] ?? null;
    case "prompt":
      return promptSchema(item.definition);
    case "resource":
      return resourceSchema(item);
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

/** Read by its URI, which only a template leaves open. */
function resourceSchema(item: LockedItem): JsonObject {
  const uri = { type: "string", ...(isTemplate(item) ? {} : { const: item.name }) };
  return { type: "object", properties: { uri }, required: ["uri"], additionalProperties: false };
}
