/** Joins what matched into one decision, and two decisions into one: the strictest effect wins, every demand is kept. Pure. */

import type { Access, Assurance, Cause, Decision, Effect, Obligation } from "./call.ts";
import type { BoundRule } from "./bound.ts";
import type { Held } from "./condition.ts";
import type { ApprovalTerms, Floor, Grant } from "./manifest.ts";

const STRICTNESS: Readonly<Record<Effect, number>> = { allow: 0, ask: 1, deny: 2 };
const PROOF: Readonly<Record<Assurance, number>> = { client: 0, operator: 1, verified: 2 };

export const stricter = (a: Effect, b: Effect): Effect => (STRICTNESS[a] >= STRICTNESS[b] ? a : b);
export const isStricter = (a: Effect, b: Effect): boolean => STRICTNESS[a] > STRICTNESS[b];
export const isProofFor = (given: Assurance, needed: Assurance): boolean => PROOF[given] >= PROOF[needed];

/** A rule that applies to a call, and what its condition said; true where it has none. */
export interface Applied {
  readonly bound: BoundRule;
  readonly held: Held;
}

/** A condition without an answer makes deny and ask match and allow not (P11). */
const isMatch = ({ bound, held }: Applied): boolean =>
  typeof held === "boolean" ? held : bound.rule.effect !== "allow";

export interface Judged {
  readonly grant: Grant;
  readonly access: Access;
  /** Set when `read_when` had no answer. */
  readonly accessFailed?: string;
  readonly applied: readonly Applied[];
  /** No call of this definition can be let through, so none of its answers may show that it exists. */
  readonly hidden: boolean;
}

/** Steps 3 and 5 to 8 of "How a decision falls". */
export function settle({ grant, access, accessFailed, applied, hidden }: Judged, floor: Obligation): Decision {
  const failed = accessFailed === undefined ? [] : [`read_when: ${accessFailed}`];
  if (grant.access === "read-only" && access === "write") {
    return decision({ effect: "deny", access, cause: "read-only", hidden, rules: [], obligations: [] }, [], failed);
  }
  const matched = applied.filter(isMatch);
  for (const { bound, held } of applied) if (typeof held !== "boolean") failed.push(`${bound.id}: ${held.failed}`);
  if (matched.length === 0) {
    const [effect, cause] =
      access === "read" ? (["allow", "default-read"] as const) : (["ask", "default-write"] as const);
    const obligations = effect === "ask" ? [floor] : [];
    return decision({ effect, access, cause, hidden, rules: [], obligations }, [], failed);
  }
  const effect = matched.map(({ bound }) => bound.rule.effect).reduce(stricter);
  const settling = matched.filter(({ bound }) => bound.rule.effect === effect);
  return decision(
    {
      effect,
      access,
      cause: settling.some(({ held }) => held === true) ? "rule" : "condition-failed",
      hidden,
      rules: [...new Set(settling.map(({ bound }) => bound.id))].toSorted(),
      obligations: effect === "ask" ? obligationsOf(settling, floor) : [],
    },
    settling.flatMap(({ bound }) => (bound.rule.reason === undefined ? [] : oneLine(bound.rule.reason))),
    failed,
  );
}

type Core = Omit<Decision, "reason" | "detail">;

function decision(core: Core, reasons: readonly string[], details: readonly string[]): Decision {
  return {
    ...core,
    ...(reasons.length > 0 && { reason: joinLines(reasons) }),
    ...(details.length > 0 && { detail: joinLines(details) }),
  };
}

/** A rule without terms of its own demands what the floor demands, which is there once already. */
const obligationsOf = (settling: readonly Applied[], floor: Obligation): readonly Obligation[] =>
  harden([floor, ...settling.flatMap(({ bound }) => bound.demands ?? [])]);

const sorted = (list: readonly string[]): readonly string[] => [...new Set(list)].toSorted();

/** Terms as written over the floor's, for an agent of this owner. What is left out, and empty, is left out. */
export function obligation(rule: string, terms: ApprovalTerms, floor: Floor, owner: string | undefined): Obligation {
  const all = { ...floor, ...terms };
  // A rule that names its own first stage has its own stages, and its own groups let nobody else in after a while.
  const later = terms.from === undefined && terms.need === undefined ? all.later : terms.later;
  const escalate = terms.from === undefined ? all.escalate : terms.escalate;
  const except = all.distinct?.includes("owner") === true && owner !== undefined ? [owner] : undefined;
  return {
    rule,
    from: sorted(all.from),
    need: all.need,
    assurance: all.assurance,
    expiresMs: all.expiresMs,
    redeemMs: all.redeemMs,
    ...(later === undefined || later.length === 0
      ? {}
      : { later: later.map((stage) => ({ from: sorted(stage.from), need: stage.need })) }),
    ...(except === undefined ? {} : { except }),
    ...(all.ticket === undefined ? {} : { ticket: all.ticket }),
    ...(escalate === undefined || escalate.length === 0 ? {} : { escalate }),
    ...(all.edit === undefined || all.edit.length === 0 ? {} : { edit: sorted(all.edit) }),
    ...(all.breakGlass === undefined || all.breakGlass.length === 0 ? {} : { breakGlass: sorted(all.breakGlass) }),
  };
}

/** Each quorum stays its own; assurance and times are the hardest of all. In a fixed order, without repeats. */
export function harden(obligations: readonly Obligation[]): readonly Obligation[] {
  const assurance = obligations.map((each) => each.assurance).reduce((a, b) => (isProofFor(a, b) ? a : b));
  const expiresMs = Math.min(...obligations.map((each) => each.expiresMs));
  const redeemMs = Math.min(...obligations.map((each) => each.redeemMs));
  const keyed = obligations.map((each) => {
    const hard: Obligation = { ...each, assurance, expiresMs, redeemMs };
    return [JSON.stringify(hard), hard] as const;
  });
  return [...new Map(keyed)].toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, each]) => each);
}

/** One text a line, so that joining joined texts gives no repeats. */
const joinLines = (texts: readonly string[]): string =>
  [...new Set(texts.flatMap((each) => each.split("\n")))].toSorted().join("\n");
const oneLine = (text: string): string => text.trim().replace(/\s+/g, " ");

/** All of them. Where both are as strict, the earlier cause is told. */
export const CAUSES: readonly Cause[] = [
  "not-granted",
  "not-listed",
  "not-locked",
  "quarantined",
  "endpoint-changed",
  "read-only",
  "invalid-arguments",
  "rule",
  "condition-failed",
  "repeat-after-unknown",
  "default-write",
  "default-read",
];

/**
 * What both of two policies let through (the accepted and the proposed configuration, P12). Order and grouping do not
 * matter, a decision with itself is itself, and the result is never looser than either.
 */
export function strictest(a: Decision, b: Decision): Decision {
  const access: Access = a.access === "write" || b.access === "write" ? "write" : "read";
  if (a.effect !== b.effect) return { ...(isStricter(a.effect, b.effect) ? a : b), access };
  const reasons = [a.reason, b.reason].filter((each) => each !== undefined);
  const details = [a.detail, b.detail].filter((each) => each !== undefined);
  const core: Core = {
    effect: a.effect,
    access,
    cause: CAUSES.indexOf(a.cause) <= CAUSES.indexOf(b.cause) ? a.cause : b.cause,
    hidden: a.hidden || b.hidden,
    rules: [...new Set([...a.rules, ...b.rules])].toSorted(),
    obligations: a.effect === "ask" ? harden([...a.obligations, ...b.obligations]) : [],
  };
  return decision(core, reasons, details);
}
