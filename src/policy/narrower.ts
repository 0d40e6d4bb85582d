/** When one set of demands or rules is surely no looser than another. A "no" means only that it cannot be shown. Pure. */

import type { Effect, Escalation, Obligation } from "./call.ts";
import type { BoundServer, Policy, Target } from "./bound.ts";
import type { ApprovalTerms } from "./manifest.ts";
import { isProofFor, isStricter } from "./settle.ts";

/** Whether whoever meets `hard` meets `soft` too. */
export const isDemanding = (hard: readonly Obligation[], soft: readonly Obligation[]): boolean =>
  soft.every((each) => hard.some((other) => isAsHard(other, each)));

const isAsHard = (hard: Obligation, soft: Obligation): boolean =>
  hard.redeemMs <= soft.redeemMs &&
  within(hard.edit, soft.edit) &&
  within(hard.breakGlass, soft.breakGlass) &&
  (soft.later === undefined ? isMetWith(hard, soft) : asked(hard) === asked(soft));

/** Of a single stage: more people, of fewer groups, with a better proof. */
const isMetWith = (hard: Obligation, soft: Obligation): boolean =>
  hard.need >= soft.need &&
  (soft.from.length === 0 || (hard.from.length > 0 && hard.from.every((group) => soft.from.includes(group)))) &&
  isProofFor(hard.assurance, soft.assurance) &&
  hard.expiresMs <= soft.expiresMs &&
  within(soft.except, hard.except) &&
  (soft.ticket === undefined || hard.ticket === soft.ticket) &&
  (hard.escalate ?? []).every((each) => soft.from.length === 0 || escalates(soft, each));

/**
 * Who is asked, in order. Where people answer in turn, one more who may be counted early can be missing later: nothing but
 * the same is surely as hard.
 */
const asked = ({ from, need, later, assurance, expiresMs, except, ticket, escalate }: Obligation): string =>
  JSON.stringify([from, need, later, assurance, expiresMs, except, ticket, escalate].map((each) => each ?? null));

const within = (few: readonly string[] = [], many: readonly string[] = []): boolean =>
  few.every((each) => many.includes(each));

/** Whether `soft` lets the same groups in no later. */
const escalates = ({ from, escalate = [] }: Obligation, { afterMs, to }: Escalation): boolean =>
  to.every(
    (group) => from.includes(group) || escalate.some((each) => each.afterMs <= afterMs && each.to.includes(group)),
  );

interface Ruled {
  readonly at: BoundServer;
  readonly target: Target;
  readonly policy: Policy;
}

/** Whether every call of the same definition comes out of `now` at least as strictly as of `old`. */
export function narrows(old: Ruled, now: Ruled): boolean {
  const [loosest, strictest] = [extreme(now.target, false), extreme(old.target, true)];
  if (isStricter(loosest, strictest) || (loosest === strictest && loosest !== "ask")) return true;
  if (old.at.root !== now.at.root || access(old.target) !== access(now.target)) return false;
  if (old.target.grant.access === "read-only" && now.target.grant.access !== "read-only") return false;
  // With the last condition goes the check of arguments against their schema, which denied some calls.
  if (old.target.check !== undefined && now.target.check === undefined) return false;
  if (!isDemanding([now.policy.floor], [old.policy.floor])) return false;
  const [before, after] = [rulesOf(old), rulesOf(now)];
  return (
    less(before, after).every(({ effect }) => effect === "allow") &&
    less(after, before).every(({ effect }) => effect !== "allow")
  );
}

function extreme({ effects }: Target, strict: boolean): Effect {
  return [...effects].reduce((a, b) => (isStricter(a, b) === strict ? a : b));
}

const access = ({ item }: Target): string => JSON.stringify([item.access, item.readWhen?.source ?? null]);

interface Told {
  readonly effect: Effect;
  /** All that a rule does to this definition; not its name. */
  readonly does: string;
}

/** Terms as written: what is left out comes from a floor that is no softer. */
const rulesOf = ({ target }: Ruled): readonly Told[] =>
  target.rules.map(({ rule: { effect, access, when, approval }, demands }) => ({
    effect,
    does: JSON.stringify([
      effect,
      access ?? null,
      when?.source ?? null,
      // Whom `distinct` keeps from approving follows from the manifest's owner.
      effect === "ask" ? [...written(approval), demands?.except ?? null] : null,
    ]),
  }));

const written = (terms: ApprovalTerms = {}): readonly unknown[] =>
  [
    terms.from?.toSorted(),
    terms.need,
    terms.assurance,
    terms.expiresMs,
    terms.redeemMs,
    terms.later,
    terms.distinct,
    terms.ticket,
    terms.escalate,
    terms.edit?.toSorted(),
    terms.breakGlass?.toSorted(),
  ].map((each) => each ?? null);

/** Those of `rules` that `others` do not have; twice is no stricter than once. */
const less = (rules: readonly Told[], others: readonly Told[]): readonly Told[] =>
  rules.filter((rule) => !others.some((other) => other.does === rule.does));
