/**
 * What one agent sees: the tools it may at least ask for, under their exposed names, as one serialised list.
 * Built from the locks alone, so that it is ready before any server is; never depends on approvals given.
 */

import { isObject, type JsonObject } from "../policy/json.ts";
import type { LockedItem } from "../policy/manifest.ts";
import { visible, type Live } from "../policy/visible.ts";
import { agent as words } from "../words/agent.ts";
import type { InForce } from "./in-force.ts";
import type { ListView } from "./ports.ts";

export const WAIT_TOOL = "kidoban_wait";
export const REASON_ARGUMENT = "kidoban_reason";
const RESERVED = "kidoban_";

export interface Exposed {
  readonly name: string;
  readonly server: string;
  readonly item: LockedItem;
  /** `kidoban_reason` was added to its schema and is taken out of its arguments. */
  readonly takesReason: boolean;
}

export interface Catalog {
  readonly list: ListView;
  find(name: string): Exposed | undefined;
  /** What a name would be if it were not hidden; for the log alone. */
  hidden(name: string): { readonly server: string; readonly name: string } | undefined;
}

/** Keywords under which one more property would change what the schema says of the others. */
const CLOSED_KEYWORDS = [
  "$ref",
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "if",
  "patternProperties",
  "propertyNames",
  "minProperties",
  "maxProperties",
  "unevaluatedProperties",
  "dependentSchemas",
];

function canTakeReason(definition: JsonObject): boolean {
  const schema = definition["inputSchema"];
  if (!isObject(schema) || schema["type"] !== "object") return false;
  const properties = schema["properties"] ?? {};
  return (
    isObject(properties) &&
    !Object.hasOwn(properties, REASON_ARGUMENT) &&
    !CLOSED_KEYWORDS.some((keyword) => Object.hasOwn(schema, keyword))
  );
}

function withReason(definition: JsonObject): JsonObject {
  const schema = definition["inputSchema"] as JsonObject;
  const properties = (schema["properties"] ?? {}) as JsonObject;
  return {
    ...definition,
    inputSchema: {
      ...schema,
      properties: { ...properties, [REASON_ARGUMENT]: { type: "string", maxLength: 500, description: words.reason } },
    },
  };
}

/** The definition as the agent sees it: our name, our access instead of the server's hints, nothing of 2025 tasks. */
function exposedDefinition(exposed: Exposed): JsonObject {
  const { execution: _dropped, ...definition } = exposed.item.definition;
  const annotations = isObject(definition["annotations"]) ? definition["annotations"] : {};
  const rewritten: JsonObject = {
    ...definition,
    name: exposed.name,
    annotations: {
      ...annotations,
      readOnlyHint: exposed.item.access === "read",
      destructiveHint: exposed.item.destructive,
    },
  };
  return exposed.takesReason ? withReason(rewritten) : rewritten;
}

const WAIT_DEFINITION: JsonObject = {
  name: WAIT_TOOL,
  description: words.waitDescription,
  inputSchema: {
    type: "object",
    properties: { id: { type: "string", description: words.waitId } },
    required: ["id"],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
};

/** What every policy in force leaves visible; the item is the accepted lock's. */
function seenByAll(
  inForce: InForce,
  live: Live,
): { readonly server: string; readonly item: LockedItem; readonly mayAsk: boolean }[] {
  const [first, ...others] = inForce.policies.map((policy) => visible(policy, live));
  return (first ?? []).flatMap((seen) => {
    const same = others.map((list) =>
      list.find(
        (other) =>
          other.server === seen.server && other.item.kind === seen.item.kind && other.item.name === seen.item.name,
      ),
    );
    if (same.includes(undefined)) return [];
    return [
      { server: seen.server, item: seen.item, mayAsk: seen.mayAsk || same.some((other) => other?.mayAsk === true) },
    ];
  });
}

/** `only`: a gate in front of one wrapped server, whose tool names stay as they are. */
export function buildCatalog(inForce: InForce, live: Live, only?: string): Catalog {
  const nameOf = (server: string, name: string): string =>
    only === server || inForce.naming(server) === "as-is" ? name : `${server}_${name}`;
  const byName = new Map<string, Exposed>();
  let asks = false;
  for (const { server, item, mayAsk } of seenByAll(inForce, live)) {
    if (item.kind !== "tool" || item.name.startsWith(RESERVED) || (only !== undefined && server !== only)) continue;
    const name = nameOf(server, item.name);
    // Two servers kept as they are may share a name; the first in the fixed order has it, and `check` reports it.
    if (byName.has(name)) continue;
    byName.set(name, { name, server, item, takesReason: mayAsk && canTakeReason(item.definition) });
    // An allowed write may ask too: after an attempt whose outcome is unknown.
    asks ||= mayAsk || item.access === "write";
  }
  const definitions = [...byName.values()].map(exposedDefinition);
  if (asks) definitions.push(WAIT_DEFINITION);
  return {
    list: { text: JSON.stringify(definitions), count: definitions.length },
    find: (name) => byName.get(name),
    hidden(name) {
      for (const [server, lock] of inForce.locks) {
        const item = lock.items.find((one) => one.kind === "tool" && nameOf(server, one.name) === name);
        if (item !== undefined) return { server, name: item.name };
      }
      return undefined;
    },
  };
}
