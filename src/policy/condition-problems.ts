/** Turns the faults of compiled conditions into problems: one for each mistake, however many definitions it was met on. */

import type { Attempt } from "./bind.ts";
import { reachOf } from "./bind.ts";
import { argumentSchema } from "./definition.ts";
import type { Fault } from "./inspect.ts";
import type { Lock, Problem, Rule } from "./manifest.ts";
import { written } from "./pattern.ts";
import { problem } from "./problem.ts";
import { argumentsShape } from "./shape.ts";

/** Definitions named in one sentence. */
const SHOWN = 3;

export function conditionProblems(attempts: readonly Attempt[], locks: ReadonlyMap<string, Lock>): readonly Problem[] {
  const mistakes = new Map<string, { readonly attempt: Attempt; readonly fault: Fault; readonly on: string[] }>();
  for (const attempt of attempts) {
    const { rule, when, faults, undeclared } = attempt;
    const missing = [...undeclared].filter(([field]) => rule === undefined || !isDeclaredAnywhere(field, rule, locks));
    for (const fault of [...faults, ...missing.map(([, each]) => each)]) {
      const { file, line, column } = when.place;
      const key = JSON.stringify([file, line, column, fault.code, fault.offset, fault.subject]);
      const known = mistakes.get(key) ?? { attempt, fault, on: [] };
      known.on.push(written({ ...attempt.item, server: attempt.server }));
      mistakes.set(key, known);
    }
  }
  return [...mistakes.values()].map(({ attempt: { rule, when }, fault, on }) => {
    const values = {
      of: rule?.id ?? "read_when",
      on: on.length > SHOWN ? `${on.slice(0, SHOWN).join(", ")} (+${on.length - SHOWN})` : on.join(", "),
      at: String(fault.offset + 1),
      source: when.source,
      subject: fault.subject,
      suggestion: fault.suggestion ?? "",
    };
    return problem(fault.code, values, when.place);
  });
}

/**
 * A rule over many tools may ask `has(args.path)` where only some have one. If none of those that it names has one, it is
 * a slip, and a deny that it guards would never hold.
 */
const isDeclaredAnywhere = (field: string, rule: Rule, locks: ReadonlyMap<string, Lock>): boolean =>
  [...locks.values()].some(({ server, items }) =>
    items.some((item) => reachOf(rule, server, item) && argumentsShape(argumentSchema(item)).fields.has(field)),
  );
