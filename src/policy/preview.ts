/** What a lock's `preview:` makes of a write's arguments: what to read or try before, or what is parsed. Pure. */

import type { Call } from "./call.ts";
import { compileExpression, parseTree } from "./cel.ts";
import { argumentSchema } from "./definition.ts";
import { inspect } from "./inspect.ts";
import type { Json, JsonObject } from "./json.ts";
import type { ChangePreview, DryRunPreview, LockedItem, SqlPreview } from "./manifest.ts";
import { argumentsShape } from "./shape.ts";
import type { Dialect } from "./sql/dialect.ts";

export type PlannedPreview =
  | { readonly kind: "change"; readonly read: string; readonly args: JsonObject; readonly after: string }
  /** The write itself, to be called with these arguments. */
  | { readonly kind: "dry-run"; readonly args: JsonObject }
  | { readonly kind: "sql"; readonly dialect: Dialect; readonly text: string }
  | { readonly kind: "failed"; readonly why: string };

/** Throws what CEL throws; the shape is the write's own locked schema. */
function evaluate(source: string, item: LockedItem, call: Call): unknown {
  const tree = parseTree(source);
  const { faults, undeclared: _unused, ...typing } = inspect(tree, argumentsShape(argumentSchema(item)), undefined);
  const fault = faults[0];
  if (fault !== undefined) throw new Error(`${fault.code}: ${fault.subject}`);
  return compileExpression(source, { ...typing, root: undefined }).evaluate(call);
}

function planChange(preview: ChangePreview, item: LockedItem, call: Call): PlannedPreview {
  const args = Object.entries(preview.with).map(([name, source]) => [name, evaluate(source, item, call) as Json]);
  const after = evaluate(preview.becomes, item, call);
  if (typeof after !== "string") return { kind: "failed", why: "becomes is not a text" };
  return { kind: "change", read: preview.read, args: Object.fromEntries(args) as JsonObject, after };
}

/** The agent's own value, where it gave one, stands aside for the trial; what is approved and runs keeps it. */
function planDryRun({ argument, value }: DryRunPreview, { args }: Call): PlannedPreview {
  const own = Object.hasOwn(args, argument) ? args[argument] : undefined;
  if (own === value) return { kind: "failed", why: `the call is itself a trial: it sets ${argument}` };
  return { kind: "dry-run", args: { ...args, [argument]: value } };
}

function planSql({ argument, dialect }: SqlPreview, { args }: Call): PlannedPreview {
  const text = Object.hasOwn(args, argument) ? args[argument] : undefined;
  return typeof text === "string"
    ? { kind: "sql", dialect, text }
    : { kind: "failed", why: `${argument} is not a text` };
}

/** Never throws: a preview that cannot be made is shown as such, and does not hold up the question. */
export function planPreview(item: LockedItem, call: Call): PlannedPreview | undefined {
  const { preview } = item;
  try {
    switch (preview?.kind) {
      case undefined:
        return undefined;
      case "change":
        return planChange(preview, item, call);
      case "dry-run":
        return planDryRun(preview, call);
      case "sql":
        return planSql(preview, call);
    }
  } catch (error) {
    return { kind: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}
