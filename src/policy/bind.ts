/** Binds rules to the definitions that they name: conditions compiled per definition, fixed decisions made once. */

import type { Kind, Obligation } from "./call.ts";
import { applyRules, isLookedAt, isNeverLetThrough, possibleEffects } from "./apply.ts";
import type { BoundRule, BoundServer, Policy, Target } from "./bound.ts";
import { asMatching, completionsOf, inheritedRules } from "./completion.ts";
import { type Compiled, compileCondition, type Condition } from "./condition.ts";
import { argumentSchema, isTemplate } from "./definition.ts";
import { fold } from "./fold.ts";
import { isListed } from "./grant.ts";
import type { Grant, LockedItem, Place, PolicySources, Rule } from "./manifest.ts";
import { matches } from "./pattern.ts";
import { argumentCheck } from "./schema.ts";
import { obligation, settle } from "./settle.ts";
import { argumentsShape } from "./shape.ts";
import { withTemplates } from "./overlap.ts";
import { namesUrisOf, whereUriMatches } from "./uri-match.ts";
import { matchesTemplate } from "./uri-template.ts";

/** One condition as compiled for one definition, faults and all; `rule` is undefined for a lock's `read_when`. */
export interface Attempt extends Compiled {
  readonly rule: Rule | undefined;
  readonly when: { readonly source: string; readonly place: Place };
  readonly server: string;
  readonly item: LockedItem;
}

export interface Binding {
  readonly policy: Policy;
  readonly attempts: readonly Attempt[];
}

/**
 * Ids of kidoban.yaml's rules begin with `kidoban.yaml#`, those of a manifest's with `<agent>#`; no agent can be named so
 * that they meet. A rule whose condition has faults stands here without one: the caller must not use such a policy.
 */
export function bind(sources: PolicySources): Binding {
  const { manifest } = sources;
  const floor = obligation("approvals", sources.floor, sources.floor, manifest.owner);
  const named = (file: string, rules: readonly Rule[]): readonly BoundRule[] =>
    rules.map((rule) => {
      const id = `${file}#${rule.id}`;
      if (rule.approval === undefined) return { id, rule };
      return { id, rule, demands: obligation(id, rule.approval, sources.floor, manifest.owner) };
    });
  const rules = [...named("kidoban.yaml", sources.rules), ...named(manifest.agent, manifest.rules)];
  const attempts: Attempt[] = [];
  const servers = new Map<string, BoundServer>();
  for (const grant of manifest.grants) {
    const configured = sources.servers.get(grant.server);
    const lock = sources.locks.get(grant.server);
    if (configured === undefined) continue;
    const { endpoint, root } = configured;
    const targets: Record<Kind, Map<string, Target>> = {
      tool: new Map(),
      resource: new Map(),
      prompt: new Map(),
      completion: new Map(),
    };
    const withheld = new Set<string>();
    const templates: string[] = [];
    const folded = new Map<string, string[]>();
    const around: Surroundings = { rules, floor, grant, root, sql: sources.sql, attempts };
    const items = lock?.items ?? [];
    for (const item of items) {
      if (isTemplate(item)) templates.push(item.name);
      else if (item.kind === "resource")
        folded.set(fold(item.name), [...(folded.get(fold(item.name)) ?? []), item.name]);
      if (!isListed(grant, item.kind, item.name)) {
        if (item.kind === "resource") withheld.add(item.name);
        continue;
      }
      targets[item.kind].set(item.name, bindTarget(around, item));
    }
    for (const item of completionsOf(items)) {
      // Its values would name what is withheld.
      if ([...withheld].some((uri) => matchesTemplate(item.name, uri))) continue;
      const of = targets.prompt.get(item.name) ?? targets.resource.get(item.name);
      if (of !== undefined) targets.completion.set(item.name, bindTarget(around, item, of));
    }
    for (const [uri, target] of targets.resource) {
      if (!isTemplate(target.item))
        targets.resource.set(uri, withTemplates(uri, target, { targets, templates, withheld }));
    }
    servers.set(grant.server, {
      grant,
      endpoint,
      ...(lock !== undefined && lock.endpoint !== endpoint && { otherEndpoint: lock.endpoint }),
      ...(root !== undefined && { root }),
      withheld,
      templates,
      folded,
      targets,
    });
  }
  return { policy: { agent: manifest.agent, floor, servers }, attempts };
}

interface Surroundings {
  readonly rules: readonly BoundRule[];
  readonly floor: Obligation;
  readonly grant: Grant;
  readonly root: string | undefined;
  readonly sql: PolicySources["sql"];
  /** Filled. */
  readonly attempts: Attempt[];
}

/** `of`: what a completion is of; where that can never be allowed, no `allow` of its own counts. */
function bindTarget(around: Surroundings, item: LockedItem, of?: Target): Target {
  const { floor, grant, root, sql, attempts } = around;
  const { server } = grant;
  const schema = argumentSchema(item);
  const shape = argumentsShape(schema);
  const compile = (rule: Rule | undefined, when: Attempt["when"]): Condition | undefined => {
    const compiled = compileCondition(when.source, shape, root, sql);
    attempts.push({ ...compiled, rule, when, server, item });
    return compiled.condition;
  };
  const named = around.rules.flatMap((each): readonly BoundRule[] => {
    const { rule } = each;
    const reach = reachOf(rule, server, item);
    if (reach === undefined) return [];
    const own = rule.when && compile(rule, rule.when);
    const condition = reach === "by-uri" ? whereUriMatches(rule, server, own) : own;
    return [condition === undefined ? each : { ...each, condition }];
  });
  const bound =
    of === undefined
      ? named
      : [...named.filter(({ rule }) => rule.effect !== "allow" || of.effects.has("allow")), ...inheritedRules(of)];
  const readWhen = item.readWhen && compile(undefined, item.readWhen);
  const base = { grant, item, rules: bound, ...(readWhen !== undefined && { readWhen }) };
  const looked = isLookedAt(base);
  const unjudged = { ...base, ...(looked && schema !== undefined && { check: argumentCheck(schema) }) };
  const effects = possibleEffects({ ...unjudged, rules: bound.map(asMatching) });
  if (looked) return { ...unjudged, effects };
  // No condition: what the call holds does not matter.
  const nothing = { agent: "", server, name: item.name, args: {} };
  const applied = applyRules(bound, item.access, nothing);
  const fixed = settle({ grant, access: item.access, applied, hidden: isNeverLetThrough(effects) }, floor);
  return { ...unjudged, effects, fixed };
}

/**
 * How a rule comes to hold for a definition: its `match` names it; or, for a template, its `match` names URIs, of which
 * the template may serve one. That way round only to deny or to ask: a URI can be spelled so as to lead elsewhere.
 */
export function reachOf(rule: Rule, server: string, item: LockedItem): "by-name" | "by-uri" | undefined {
  if (names(rule, server, item)) return "by-name";
  const speaksOfUris = rule.effect !== "allow" && rule.match.some((pattern) => namesUrisOf(pattern, server));
  return speaksOfUris && isTemplate(item) ? "by-uri" : undefined;
}

/** Whether a rule's `match` names a definition. */
export const names = (rule: Rule, server: string, { kind, name }: LockedItem): boolean =>
  rule.match.some((pattern) => matches(pattern, { kind, server, name }, { ignoreCase: rule.effect !== "allow" }));
