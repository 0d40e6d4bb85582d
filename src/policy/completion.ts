/**
 * What can be completed: the arguments of prompts and of resource templates. A completion has no definition and no access
 * of its own, so it goes by those of its item. Pure.
 */

import type { BoundRule, Target } from "./bound.ts";
import type { Condition } from "./condition.ts";
import { isTemplate } from "./definition.ts";
import type { Lock, LockedItem } from "./manifest.ts";

const isCompletable = (item: LockedItem): boolean => item.kind === "prompt" || isTemplate(item);

/**
 * Items of kind `completion`, under the names of theirs. A name that a prompt and a template share says not which of them
 * is meant, so neither has completions.
 */
export function completionsOf(items: readonly LockedItem[]): readonly LockedItem[] {
  const completable = items.filter(isCompletable);
  return completable
    .filter(({ name }) => completable.filter((other) => other.name === name).length === 1)
    .map((item): LockedItem => {
      // Both look at arguments, and a completion is of an argument that is not there yet.
      const { readWhen: _reads, preview: _shown, ...rest } = item;
      return { ...rest, kind: "completion" };
    });
}

/** Everything of a lock that a call can name. */
export const itemsOf = (lock: Lock | undefined): readonly LockedItem[] =>
  lock === undefined ? [] : [...lock.items, ...completionsOf(lock.items)];

/** A condition over arguments that nobody has typed yet has no answer: deny and ask count as matching (P11). */
const NOT_TYPED: Condition = { source: "", holds: () => ({ failed: "not-typed" }) };

/**
 * What holds for a completion besides the rules that name it: whatever denies or asks of its item, so that it is never
 * looser. Values that the agent may not read would be told to it one by one otherwise.
 */
export const inheritedRules = (item: Pick<Target, "rules">): readonly BoundRule[] =>
  item.rules
    .filter(({ rule }) => rule.effect !== "allow")
    .map((bound) => (bound.condition === undefined ? bound : { ...bound, condition: NOT_TYPED }));

/** For telling what could come of it: such a condition counts as matching, whatever is typed. */
export function asMatching(bound: BoundRule): BoundRule {
  if (bound.condition !== NOT_TYPED) return bound;
  const { condition: _untyped, ...rest } = bound;
  return rest;
}
