/** What a gate declares to its agent's client, and what it tells changes of. Pure. */

import type { Kind } from "../policy/call.ts";
import type { JsonObject } from "../policy/json.ts";
import type { Changing } from "./calls.ts";

/** What is declared of each kind. Clients offer their model more for it, so what this agent has none of is left out. */
const CAPABILITIES: Readonly<Record<Kind, JsonObject>> = {
  tool: { tools: { listChanged: true } },
  resource: { resources: { listChanged: true, subscribe: true } },
  prompt: { prompts: { listChanged: true } },
  completion: { completions: {} },
};
const KINDS: readonly Kind[] = ["tool", "resource", "prompt", "completion"];

/** Tools always: there may be some at any time. */
export const capabilitiesOf = (kinds: ReadonlySet<Kind>): JsonObject =>
  Object.assign({}, ...KINDS.filter((kind) => kind === "tool" || kinds.has(kind)).map((kind) => CAPABILITIES[kind]));

/** Clients are told of changes of what was declared to them, and that is tools always. */
export const isDeclared = (what: Changing, kinds: ReadonlySet<Kind>): boolean =>
  what === "tools" || kinds.has(what === "resources" ? "resource" : "prompt");
