/** What a lock's `preview:` computes from a write's arguments: what to read before, and the text afterwards. Pure. */

import type { Call } from "./call.ts";
import { compileExpression, parseTree } from "./cel.ts";
import { argumentSchema } from "./definition.ts";
import { inspect } from "./inspect.ts";
import type { Json, JsonObject } from "./json.ts";
import type { LockedItem } from "./manifest.ts";
import { argumentsShape } from "./shape.ts";

export type PlannedPreview =
  | { readonly kind: "planned"; readonly read: string; readonly args: JsonObject; readonly after: string }
  | { readonly kind: "failed"; readonly why: string };

/** Throws what CEL throws; the shape is the write's own locked schema. */
function evaluate(source: string, item: LockedItem, call: Call): unknown {
  const tree = parseTree(source);
  const { faults, undeclared: _unused, ...typing } = inspect(tree, argumentsShape(argumentSchema(item)), undefined);
  const fault = faults[0];
  if (fault !== undefined) throw new Error(`${fault.code}: ${fault.subject}`);
  return compileExpression(source, { ...typing, root: undefined }).evaluate(call);
}

/** Never throws: a preview that cannot be made is shown as such, and does not hold up the question. */
export function planPreview(item: LockedItem, call: Call): PlannedPreview | undefined {
  const { preview } = item;
  if (preview === undefined) return undefined;
  try {
    const args = Object.entries(preview.with).map(([name, source]) => [name, evaluate(source, item, call) as Json]);
    const after = evaluate(preview.becomes, item, call);
    if (typeof after !== "string") return { kind: "failed", why: "becomes is not a text" };
    return { kind: "planned", read: preview.read, args: Object.fromEntries(args) as JsonObject, after };
  } catch (error) {
    return { kind: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}
