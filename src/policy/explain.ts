/** Why a call would come out as it does: every rule that names it, where it stands, and what its condition said. Pure. */

import type { Access, Call, Decision } from "./call.ts";
import { accessesOf, applyRules } from "./apply.ts";
import type { BoundServer, Policy, Target } from "./bound.ts";
import { classify } from "./classify.ts";
import type { Held } from "./condition.ts";
import { decide, decideNamed, resourceNames, type Live } from "./decide.ts";
import type { Grant, LockedItem, Place, Rule } from "./manifest.ts";

export interface Explanation {
  readonly decision: Decision;
  /** Absent where the agent is not granted the server, or the lock or the grant's lists lack the name. */
  readonly grant?: Grant;
  readonly item?: LockedItem;
  /** kidoban.yaml's rules first, then the manifest's, each in file order; for a URI, by each definition that can mean it. */
  readonly rules: readonly ExplainedRule[];
}

export interface ExplainedRule {
  readonly id: string;
  readonly rule: Rule;
  readonly place: Place;
  /** `other-access` and `not-reached` mean that its condition was not asked; `{failed}` that it had no answer. */
  readonly held: Held | "other-access" | "not-reached";
  readonly settled: boolean;
}

/** Without a URI a template is explained by itself, as for every URI that it alone serves. */
export function explain(policy: Policy, call: Call, live: Live): Explanation {
  const server = call.agent === policy.agent ? policy.servers.get(call.server) : undefined;
  if (server === undefined) return { decision: decide(policy, call, live), rules: [] };
  const isOpen = call.kind === "resource" && call.args["uri"] === undefined;
  const decision = isOpen ? decideNamed(policy, server, call, live) : decide(policy, call, live);
  const target = server.targets[call.kind].get(call.name);
  if (target === undefined) return { decision, grant: server.grant, rules: [] };
  const { grant, item } = target;
  const rules = namesOf(server, call).flatMap((name) => {
    const named = server.targets[call.kind].get(name);
    return named === undefined ? [] : explainRules(named, { ...call, name }, decision);
  });
  // A rule over two definitions of one URI is told once.
  return { decision, grant, item, rules: [...new Map(rules.map((each) => [each.id, each])).values()] };
}

function namesOf(server: BoundServer, { kind, name, args }: Call): readonly string[] {
  const names = kind === "resource" && typeof args["uri"] === "string" ? resourceNames(server, args["uri"]) : [];
  return names.length === 0 ? [name] : names;
}

function explainRules(target: Target, call: Call, decision: Decision): readonly ExplainedRule[] {
  const access = accessJudged(target, call, decision);
  const applied = new Map(
    access === undefined ? [] : applyRules(target.rules, access, call).map((each) => [each.bound, each.held]),
  );
  return target.rules.map((bound) => ({
    id: bound.id,
    rule: bound.rule,
    place: bound.rule.place,
    held: access === undefined ? "not-reached" : (applied.get(bound) ?? "other-access"),
    settled: decision.rules.includes(bound.id),
  }));
}

/** Undefined where the decision fell before any rule was asked. */
function accessJudged(target: Target, call: Call, { cause }: Decision): Access | undefined {
  switch (cause) {
    case "quarantined":
    case "endpoint-changed":
    case "invalid-arguments":
    case "read-only":
      return undefined;
    default: {
      const [only, ...others] = accessesOf(target);
      return others.length > 0 ? classify(target.item, target.readWhen, call).access : only;
    }
  }
}
