/** The methods that are calls or lists of the gateway's, as one table each: what is read of their params. Pure. */

import type { Kind } from "../policy/call.ts";
import type { ListKind } from "../gateway/ports.ts";
import { isObject, type JsonObject } from "../policy/json.ts";

export interface Asked {
  readonly kind: Kind;
  readonly name: string;
  readonly args: JsonObject;
}

/** Gives what was asked for, or what is wrong with how. */
type Reader = (params: JsonObject) => Asked | string;

const named =
  (kind: "tool" | "prompt"): Reader =>
  ({ name, arguments: args = {}, task }) => {
    if (typeof name !== "string") return "name must be a string";
    if (!isObject(args)) return "arguments must be an object";
    // Re-exposed tools carry no `execution`, so nobody may ask for a task of 2025.
    if (task !== undefined) return "tools are not run as tasks here";
    return { kind, name, args };
  };

export const CALLS: Readonly<Record<string, Reader>> = {
  "tools/call": named("tool"),
  "prompts/get": named("prompt"),
  "resources/read": ({ uri }) =>
    typeof uri === "string" ? { kind: "resource", name: uri, args: { uri } } : "uri must be a string",
  "completion/complete": ({ ref, argument, context }) => {
    if (!isObject(ref)) return "ref must be an object";
    const name = ref["type"] === "ref/prompt" ? ref["name"] : ref["type"] === "ref/resource" ? ref["uri"] : undefined;
    if (typeof name !== "string") return "ref must name a prompt or a resource template";
    // A server may look at the other member first.
    if (ref["name"] !== undefined && ref["uri"] !== undefined) return "ref must not have a name and a uri";
    if (!isObject(argument) || typeof argument["name"] !== "string" || typeof argument["value"] !== "string")
      return "argument must have a name and a value";
    if (context !== undefined && !isObject(context)) return "context must be an object";
    return { kind: "completion", name, args: { ref, argument, ...(context === undefined ? {} : { context }) } };
  },
};

/** What is listed, and the member of the result that holds it. */
export const LISTS: Readonly<Record<string, { readonly list: ListKind; readonly member: string }>> = {
  "tools/list": { list: "tools", member: "tools" },
  "resources/list": { list: "resources", member: "resources" },
  "resources/templates/list": { list: "templates", member: "resourceTemplates" },
  "prompts/list": { list: "prompts", member: "prompts" },
};

/** Lists whose changes are told apart; templates change with the resources (server/resources). */
export type Changing = "tools" | "resources" | "prompts";
export const changingOf = (list: ListKind): Changing => (list === "templates" ? "resources" : list);
