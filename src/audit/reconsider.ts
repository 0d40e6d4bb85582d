/**
 * One recorded decision, made again by the policies that were in force. Where the arguments are not there it is held
 * against all that any arguments could have come to. Pure.
 */

import type { Call, Decision, Effect } from "../policy/call.ts";
import { decide, strictest } from "../policy/decide.ts";
import type { JsonObject } from "../policy/json.ts";
import type { LockedItem } from "../policy/manifest.ts";
import type { Policy } from "../policy/policy.ts";
import { namesUnconditional, possibleDemands, type Demands } from "./possible.ts";
import { PREVIEW, type Target, type Why } from "./parts.ts";

/** What was recorded. */
export interface Recorded {
  readonly agent: string;
  readonly target: Target;
  readonly why: Why;
  /** Set where an approval was used: rules and effect are then those of its request. */
  readonly request?: string | undefined;
}

export type Reconsidered =
  | { readonly kind: "agrees"; readonly decision: Decision }
  /** The gate's own call, for a question about one of these tools that has to follow; `isTrial`: of the tool that writes. */
  | { readonly kind: "preview"; readonly of: readonly string[]; readonly isTrial: boolean; readonly isKnown: boolean }
  | { readonly kind: "differs"; readonly decision: Decision }
  /** Without the arguments nothing more can be said than that it was possible; what it asked of people was one of `demands`. */
  | { readonly kind: "unsettled"; readonly demands?: Demands | undefined };

const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((each, at) => each === other[at]);

/** Whether the record says what the decision says, as far as an entry holds it. */
function isSame({ why, request }: Recorded, decision: Decision): boolean {
  if (why.access !== decision.access) return false;
  // Asked although a rule allows it, since nobody knows how the last attempt ended: the gate remembers, the rules do not.
  if (why.cause === "repeat-after-unknown")
    return why.effect === "ask" && decision.effect !== "deny" && isSameList(why.rules, decision.rules);
  if (why.cause !== decision.cause) return false;
  if (request !== undefined) return why.effect === "ask" && decision.effect !== "deny";
  return why.effect === decision.effect && isSameList(why.rules, decision.rules);
}

const targetIn = (policy: Policy, { server, kind, name }: Target) =>
  policy.servers.get(server)?.targets[kind].get(name);

/** Whether no argument can change what this policy says of it. */
function isSettled(policy: Policy, target: Target): boolean {
  const server = policy.servers.get(target.server);
  if (server === undefined) return true;
  if (target.kind === "resource") return false;
  if (server.otherEndpoint !== undefined) return true;
  const found = targetIn(policy, target);
  return found === undefined || found.fixed !== undefined;
}

/** What is denied whatever the rules say. */
const DENYING: ReadonlySet<Why["cause"]> = new Set(["quarantined", "invalid-arguments", "endpoint-changed"]);

/** Whether some arguments could have come to what the record says. */
function isPossible({ target, why, request }: Recorded, policies: readonly Policy[]): boolean {
  const targets = policies.map((policy) => targetIn(policy, target));
  const isClosed = policies.some(({ servers }) => servers.get(target.server)?.otherEndpoint !== undefined);
  if (isClosed || targets.some((one) => one === undefined) || DENYING.has(why.cause)) return why.effect === "deny";
  if (request !== undefined || why.cause === "repeat-after-unknown") return true;
  const isReached = (effect: Effect): boolean => targets.some((one) => one?.effects.has(effect));
  if (!isReached(why.effect)) return false;
  if (policies.length === 1 && !namesUnconditional(why, targets[0])) return false;
  return why.rules.every((id) =>
    targets.some((one) => one?.rules.some((bound) => bound.id === id && bound.rule.effect === why.effect)),
  );
}

/**
 * The gate's own call, so that an approver sees what a write would do: only what the lock names for that. Whether a call of
 * the tool that writes was made dry only its arguments tell.
 */
function previewed(
  { target, why }: Recorded,
  items: readonly LockedItem[],
  args: JsonObject | undefined,
): Extract<Reconsidered, { readonly kind: "preview" }> | undefined {
  if (target.kind !== "tool" || why.effect !== "allow" || why.access !== "read" || why.rules.length > 0)
    return undefined;
  const isKnown = args !== undefined;
  const own = items.find(({ kind, name }) => kind === "tool" && name === target.name);
  const of = items.filter(({ preview }) => preview?.kind === "change" && preview.read === target.name);
  if (own?.access === "read" && of.length > 0)
    return { kind: "preview", of: of.map(({ name }) => name), isTrial: false, isKnown };
  const { preview } = own ?? {};
  if (preview?.kind !== "dry-run" || (isKnown && args[preview.argument] !== preview.value)) return undefined;
  return { kind: "preview", of: [target.name], isTrial: true, isKnown };
}

/** `policies`: of what was accepted and, while it waited, of what was proposed. `items`: those of the accepted lock. */
export function reconsider(
  recorded: Recorded,
  policies: readonly [Policy, ...Policy[]],
  items: readonly LockedItem[],
  args: JsonObject | undefined,
): Reconsidered {
  const { agent, target, why } = recorded;
  const call: Call = { agent, ...target, args: args ?? {} };
  // That a server gave another definition is for the gate to see; it only makes the decision stricter.
  const live = { quarantined: () => why.cause === "quarantined" };
  const [first, ...others] = policies;
  const made = others.reduce((all, policy) => strictest(all, decide(policy, call, live)), decide(first, call, live));
  if (why.detail === PREVIEW) return previewed(recorded, items, args) ?? { kind: "differs", decision: made };
  if (args !== undefined || policies.every((policy) => isSettled(policy, target)))
    return isSame(recorded, made) ? { kind: "agrees", decision: made } : { kind: "differs", decision: made };
  return isPossible(recorded, policies)
    ? { kind: "unsettled", demands: possibleDemands(recorded, policies) }
    : { kind: "differs", decision: made };
}

/** For people: `ask write, docs-writer#moves`. */
export const decisionText = ({
  effect,
  access,
  cause,
  rules,
}: Pick<Decision, "effect" | "access" | "cause" | "rules">): string =>
  `${effect} ${access}, ${rules.length === 0 ? cause : rules.join(" ")}`;
