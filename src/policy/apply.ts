/** Which of a definition's rules apply to a call, and what all its calls together could come to. Pure. */

import type { Access, Effect } from "./call.ts";
import type { BoundRule, Target } from "./bound.ts";
import type { Inputs } from "./cel.ts";
import { type Applied, stricter } from "./settle.ts";

const selects = ({ rule }: BoundRule, access: Access): boolean => rule.access === undefined || rule.access === access;

/** Every rule whose selector fits, with what its condition says of this call. */
export function applyRules(rules: readonly BoundRule[], access: Access, inputs: Inputs): readonly Applied[] {
  return rules
    .filter((bound) => selects(bound, access))
    .map((bound) => ({ bound, held: bound.condition?.holds(inputs) ?? true }));
}

type Unjudged = Pick<Target, "grant" | "item" | "rules" | "readWhen" | "check">;

/** Accesses that a call of it may have. */
export const accessesOf = ({ item, readWhen }: Pick<Target, "item" | "readWhen">): readonly Access[] =>
  readWhen === undefined ? [item.access] : ["read", "write"];

/** Whether any condition looks at its arguments, whatever access they turn out to have. */
export const isLookedAt = (target: Pick<Target, "item" | "rules" | "readWhen">): boolean =>
  target.readWhen !== undefined ||
  accessesOf(target).some((access) =>
    target.rules.some((bound) => bound.condition !== undefined && selects(bound, access)),
  );

/** All effects that some arguments could lead to, each condition taken as free to hold or not. */
export function possibleEffects(target: Unjudged): ReadonlySet<Effect> {
  const effects = new Set<Effect>(target.check === undefined ? [] : ["deny"]);
  for (const access of accessesOf(target)) {
    if (access === "write" && target.grant.access === "read-only") {
      effects.add("deny");
      continue;
    }
    const rules = target.rules.filter((bound) => selects(bound, access));
    const always = rules.filter(({ condition }) => condition === undefined).map(({ rule }) => rule.effect);
    const floor = always.length > 0 ? always.reduce(stricter) : undefined;
    effects.add(floor ?? (access === "read" ? "allow" : "ask"));
    for (const { rule, condition } of rules) {
      if (condition !== undefined) effects.add(floor === undefined ? rule.effect : stricter(rule.effect, floor));
    }
  }
  return effects;
}

/** Then it is not listed, and no answer may show that it is there. */
export const isNeverLetThrough = (effects: ReadonlySet<Effect>): boolean =>
  !effects.has("allow") && !effects.has("ask");
