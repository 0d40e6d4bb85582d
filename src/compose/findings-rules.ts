/** What can be found about rules and quorums from the files alone. Pure. */

import { keysOf, may, type Approver } from "../approval/approver.ts";
import type { Config } from "../config/config-file.ts";
import type { Loaded } from "../config/load.ts";
import { accessesOf } from "../policy/apply.ts";
import type { Target } from "../policy/bound.ts";
import type { Obligation } from "../policy/call.ts";
import type { Pattern, Place, Problem, Rule } from "../policy/manifest.ts";
import { matches, written } from "../policy/pattern.ts";
import type { Policy } from "../policy/policy.ts";
import { harden, obligation } from "../policy/settle.ts";
import { finding, type Finding } from "./finding.ts";

type Policies = ReadonlyMap<string, Policy>;

/** `problems`: what was told of the files already. */
export function ruleFindings(
  { config, manifests, locks }: Loaded,
  policies: Policies,
  problems: readonly Problem[],
): readonly Finding[] {
  if (config === undefined) return [];
  // What is not pinned yet may be what a rule is for.
  const pinned = [...config.servers.keys()].every((id) => locks.has(id));
  const own = [...manifests.values()].flatMap(({ agent, rules }) => {
    const policy = policies.get(agent);
    return policy === undefined ? [] : rules.map((rule) => ({ rule, policies: [policy] }));
  });
  const all = [...config.rules.map((rule) => ({ rule, policies: [...policies.values()] })), ...own];
  return [
    ...(pinned && policies.size > 0
      ? all.filter(({ rule }) => !matchesNothing(rule, problems)).flatMap((each) => unused(each.rule, each.policies))
      : []),
    ...own.flatMap((each) => wildcardAllows(each.rule, each.policies)),
    ...quorumFindings(
      config,
      all.map(({ rule }) => rule),
      policies,
    ),
  ];
}

const matchesNothing = ({ id, match }: Rule, problems: readonly Problem[]): boolean =>
  match.every(({ text, place }) =>
    problems.some(
      ({ code, values, place: at }) =>
        code === "match-nothing" && at.file === place.file && values["rule"] === id && values["text"] === text,
    ),
  );

const targetsOf = (policy: Policy): readonly (Target & { readonly server: string })[] =>
  [...policy.servers].flatMap(([server, { targets }]) =>
    Object.values(targets).flatMap((byName) => [...byName.values()].map((target) => ({ ...target, server }))),
  );

const selects = (rule: Rule, target: Target): boolean =>
  rule.access === undefined || accessesOf(target).includes(rule.access);

function unused(rule: Rule, policies: readonly Policy[]): readonly Finding[] {
  const used = policies.some((policy) =>
    targetsOf(policy).some((target) => selects(rule, target) && target.rules.some((bound) => bound.rule === rule)),
  );
  return used ? [] : [finding("rule-unused", "warning", { rule: rule.id }, rule.place)];
}

const isWild = ({ server, name }: Pattern): boolean => /[*?]/.test(server + name);

/** Writes that an `allow` lets through although nobody wrote down their names. */
function wildcardAllows(rule: Rule, policies: readonly Policy[]): readonly Finding[] {
  if (rule.effect !== "allow" || rule.access === "read") return [];
  const writes = policies
    .flatMap(targetsOf)
    .filter(({ grant, item }) => grant.access === "read-write" && item.access === "write");
  return rule.match.filter(isWild).flatMap((pattern) => {
    const names = writes
      .filter(({ server, item }) =>
        matches(pattern, { kind: item.kind, server, name: item.name }, { ignoreCase: false }),
      )
      .map(({ server, item }) => written({ ...item, server }));
    if (names.length === 0) return [];
    const values = { rule: rule.id, pattern: pattern.text, names: names.join(", ") };
    return [finding("wildcard-allow", "warning", values, pattern.place)];
  });
}

function quorumFindings(config: Config, rules: readonly Rule[], policies: Policies): readonly Finding[] {
  const { approvers, floor } = config;
  const asking = [...policies]
    // Nobody is asked about a completion.
    .filter(([, policy]) =>
      targetsOf(policy).some(({ item, effects }) => item.kind !== "completion" && effects.has("ask")),
    )
    .map(([agent]) => agent);
  if (asking.length === 0) return [];
  if (approvers.length === 0 && floor.assurance !== "client") {
    return [finding("no-approver", "error", { agents: asking.join(", ") })];
  }
  const base = obligation("approvals", floor, floor, undefined);
  const asks = rules.filter((rule) => rule.effect === "ask" && rule.approval !== undefined);
  return [
    ...unmet(base, approvers),
    ...asks.flatMap((rule) =>
      harden([base, obligation(rule.id, rule.approval ?? {}, floor, undefined)])
        .filter((each) => each.rule === rule.id)
        .flatMap((each) => unmet(each, approvers, rule.place)),
    ),
  ];
}

/** Whether people enough with keys good enough could ever meet each of its stages, nobody in two of them counted twice. */
function unmet(
  { rule, need, from, assurance, later = [] }: Obligation,
  approvers: readonly Approver[],
  place?: Place,
): readonly Finding[] {
  const proving = approvers.filter(
    (approver) => may(approver, "answer") && (assurance === "verified" ? approver.passkeys : keysOf(approver))?.length,
  );
  if (assurance === "verified" && proving.length === 0) return [finding("assurance-unmet", "error", { rule }, place)];
  // One human in front of the client is enough, whoever it is.
  if (assurance === "client" && need === 1 && from.length === 0) return [];
  return [{ from, need }, ...later].flatMap((stage) => {
    const able = proving.filter(
      ({ groups }) => stage.from.length === 0 || stage.from.some((group) => groups.includes(group)),
    );
    if (able.length >= stage.need) return [];
    const values = { rule, need: String(stage.need), groups: stage.from.join(", "), have: String(able.length) };
    return [finding("quorum-unmet", "error", values, place)];
  });
}
