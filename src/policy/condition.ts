/** One rule's condition over one locked definition: compiled once, then only asked. Pure. */

import type { ObjectShape } from "./shape.ts";
import { compileExpression, ConditionError, type Expression, type Inputs, parseTree } from "./cel.ts";
import { type Fault, inspect } from "./inspect.ts";
import { nearest } from "./nearest.ts";
import type { SqlReaders } from "./sql/dialect.ts";

/** `failed` says why there is no answer, in a word that holds nothing of the arguments. */
export type Held = boolean | { readonly failed: string };

export interface Condition {
  readonly source: string;
  /** Never throws. Deny and ask take a failure as a match, allow does not (P11). */
  holds(inputs: Inputs): Held;
}

export interface Compiled {
  /** Absent when there are faults. */
  readonly condition?: Condition;
  readonly faults: readonly Fault[];
  /** See Inspection. */
  readonly undeclared: ReadonlyMap<string, Fault>;
}

/** `root` is the server's folder for `within()`, `sql` what `sql_reads()` parses with. */
export function compileCondition(
  source: string,
  args: ObjectShape,
  root: string | undefined,
  sql?: SqlReaders,
): Compiled {
  const none: ReadonlyMap<string, Fault> = new Map();
  let tree;
  try {
    tree = parseTree(source);
  } catch (error) {
    return { faults: [{ code: "condition-syntax", ...summaryOf(error) }], undeclared: none };
  }
  const { faults, undeclared, ...typing } = inspect(tree, args, root);
  if (faults.length > 0) return { faults, undeclared };
  const expression = compileExpression(source, { ...typing, root, sql });
  const checked = expression.check();
  if ("message" in checked) return { faults: [typeFault(checked)], undeclared };
  if (checked.type !== "bool" && checked.type !== "dyn") {
    return { faults: [{ code: "condition-not-bool", offset: 0, subject: checked.type }], undeclared };
  }
  return { condition: { source, holds: (inputs) => ask(expression, inputs) }, faults, undeclared };
}

/** CEL's commonest type errors in words of ours; `names` finds in CEL's message what the sentence is about. */
const TYPE_FAULTS: Readonly<Record<string, { readonly code: Fault["code"]; readonly names: RegExp }>> = {
  unknown_variable: { code: "condition-unknown-name", names: /: (.+)$/ },
  no_such_overload: { code: "condition-overload", names: /: (.+)$/ },
  no_matching_overload: { code: "condition-overload", names: /'(.+)'/ },
  invalid_logical_operand: { code: "condition-operand", names: /'(.+)'/ },
};
const NAMES = ["args", "agent", "server", "name"];

function typeFault({ code, message, offset }: { code: string; message: string; offset: number }): Fault {
  const known = Object.hasOwn(TYPE_FAULTS, code) ? TYPE_FAULTS[code] : undefined;
  const subject = known?.names.exec(message)?.[1];
  if (known === undefined || subject === undefined) return { code: "condition-type", offset, subject: message };
  const suggestion = known.code === "condition-unknown-name" ? nearest(subject, NAMES) : undefined;
  return { code: known.code, offset, subject, ...(suggestion === undefined ? {} : { suggestion }) };
}

function ask(expression: Expression, inputs: Inputs): Held {
  try {
    const value = expression.evaluate(inputs);
    return typeof value === "boolean" ? value : { failed: "not-bool" };
  } catch (error) {
    return { failed: error instanceof ConditionError || hasCode(error) ? error.code : "error" };
  }
}

/** CEL's errors carry a closed list of codes; their messages may quote arguments. */
const hasCode = (error: unknown): error is { readonly code: string } =>
  error instanceof Error && "code" in error && typeof error.code === "string";

function summaryOf(error: unknown): { readonly subject: string; readonly offset: number } {
  const { summary, range } = error as { readonly summary?: string; readonly range?: { readonly start: number } };
  return { subject: summary ?? String(error), offset: range?.start ?? 0 };
}
