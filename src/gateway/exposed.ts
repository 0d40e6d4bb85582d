/** A locked definition as the agent sees it: our name, our access instead of the server's hints, our own argument. Pure. */

import type { Call } from "../policy/call.ts";
import { isObject, type JsonObject } from "../policy/json.ts";
import type { LockedItem } from "../policy/manifest.ts";
import { agent as words } from "../words/agent.ts";

export const WAIT_TOOL = "kidoban_wait";
export const REASON_ARGUMENT = "kidoban_reason";

export interface Exposed {
  /** Of a resource the URI template or URI as the lock has it. */
  readonly name: string;
  readonly server: string;
  readonly item: LockedItem;
  /** `kidoban_reason` was added to its schema and is taken out of its arguments. */
  readonly takesReason: boolean;
}

/** A name that is of a prompt names no template, and the other way round: the server would read it as something else. */
export function isMeant({ item }: Exposed, { kind, args }: Pick<Call, "kind" | "args">): boolean {
  if (kind !== "completion" || !isObject(args["ref"])) return true;
  return (args["ref"]["type"] === "ref/resource") === (item.definition["uriTemplate"] !== undefined);
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

export function canTakeReason(definition: JsonObject): boolean {
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

/** A tool loses what speaks of 2025 tasks; a resource keeps its URI, by which it is asked for. */
export function exposedDefinition(exposed: Exposed): JsonObject {
  const { kind } = exposed.item;
  if (kind === "resource") return exposed.item.definition;
  if (kind === "prompt") return { ...exposed.item.definition, name: exposed.name };
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

export const WAIT_DEFINITION: JsonObject = {
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
