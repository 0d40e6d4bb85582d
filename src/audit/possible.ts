/** What a decision must have been whatever the arguments were: for where they are not there. Pure. */

import type { Target as Bound } from "../policy/bound.ts";
import type { Obligation } from "../policy/call.ts";
import type { Policy } from "../policy/policy.ts";
import { harden } from "../policy/settle.ts";
import type { Target, Why } from "./parts.ts";

/** Each is one list that the question may have had; left out where not even that can be said. */
export type Demands = readonly (readonly Obligation[])[];

/** Whether a record of this effect names all rules that every such call comes to, and an access that it can have. */
export function namesUnconditional(why: Why, bound: Bound | undefined): boolean {
  if (bound === undefined || why.cause === "quarantined") return true;
  if (bound.readWhen === undefined && bound.item.access !== why.access) return false;
  if (why.cause === "invalid-arguments" || why.cause === "read-only") return true;
  return bound.rules.every(
    ({ id, rule, condition }) =>
      condition !== undefined ||
      rule.effect !== why.effect ||
      (rule.access !== undefined && rule.access !== why.access) ||
      why.rules.includes(id),
  );
}

/** Of an asked tool or prompt, by the rules that the record names: of either policy, or of both. */
export function possibleDemands(
  { target, why }: { readonly target: Target; readonly why: Why },
  policies: readonly Policy[],
): Demands | undefined {
  // A resource may be several at once, and what is asked again may be what the rules allow.
  if (why.effect !== "ask" || target.kind === "resource" || why.cause === "repeat-after-unknown") return undefined;
  const each = policies.map(({ floor, servers }) => {
    const rules = servers.get(target.server)?.targets[target.kind].get(target.name)?.rules ?? [];
    const named = rules.filter(({ id, rule }) => rule.effect === "ask" && why.rules.includes(id));
    return why.rules.length === 0 ? [floor] : harden([floor, ...named.flatMap(({ demands }) => demands ?? [])]);
  });
  return each.length < 2 ? each : [...each, harden(each.flat())];
}
