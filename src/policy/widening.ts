/**
 * Who may do more, and who less, after a change of configuration (P12). Whatever cannot be shown to be narrower counts as
 * gained: a wrong "gained" costs a look, a wrong "lost" a right that nobody gave.
 */

import type { Effect, Kind } from "./call.ts";
import type { BoundServer, Policy, Target } from "./bound.ts";
import { isDemanding, narrows } from "./narrower.ts";
import { isStricter } from "./settle.ts";
import { isShown, staticEffect } from "./visible.ts";

export interface RightChange {
  readonly agent: string;
  readonly server: string;
  readonly kind: Kind;
  readonly name: string;
  /** "deny" also where it is not there at all. */
  readonly before: Effect | "depends";
  readonly after: Effect | "depends";
  readonly why: "effect" | "approval" | "rules" | "definition" | "endpoint";
}

export interface RightChanges {
  readonly gained: readonly RightChange[];
  readonly lost: readonly RightChange[];
}

/** By agent, server, kind and name, in code-unit order. */
export function compareRights(before: ReadonlyMap<string, Policy>, after: ReadonlyMap<string, Policy>): RightChanges {
  const gained: RightChange[] = [];
  const lost: RightChange[] = [];
  const olds = rightsOf(before);
  const news = rightsOf(after);
  for (const key of [...new Set([...olds.keys(), ...news.keys()])].toSorted()) {
    const [old, now] = [olds.get(key), news.get(key)];
    const compared = compare(old, now);
    const of = now ?? old;
    if (compared === undefined || of === undefined) continue;
    const { agent, server, target } = of;
    const { kind, name } = target.item;
    const change = { agent, server, kind, name, before: effectOf(old), after: effectOf(now), why: compared.why };
    (compared.is === "narrower" ? lost : gained).push(change);
  }
  return { gained, lost };
}

/** One thing that an agent may be let through to. */
interface Right {
  readonly agent: string;
  readonly server: string;
  readonly at: BoundServer;
  readonly target: Target;
  readonly policy: Policy;
}

function rightsOf(policies: ReadonlyMap<string, Policy>): ReadonlyMap<string, Right> {
  const rights = new Map<string, Right>();
  for (const [agent, policy] of policies) {
    for (const [server, at] of policy.servers) {
      if (at.otherEndpoint !== undefined) continue;
      for (const [kind, targets] of Object.entries(at.targets) as [Kind, BoundServer["targets"][Kind]][]) {
        for (const [name, target] of targets) {
          if (!isShown(kind, target)) continue;
          rights.set(JSON.stringify([agent, server, kind, name]), { agent, server, at, target, policy });
        }
      }
    }
  }
  return rights;
}

const effectOf = (right: Right | undefined): RightChange["before"] =>
  right === undefined ? "deny" : staticEffect(right.target);

interface Compared {
  readonly is: "narrower" | "wider";
  readonly why: RightChange["why"];
}

function compare(old: Right | undefined, now: Right | undefined): Compared | undefined {
  if (old === undefined || now === undefined) return { is: now === undefined ? "narrower" : "wider", why: "effect" };
  if (old.at.endpoint !== now.at.endpoint) return { is: "wider", why: "endpoint" };
  if (reviewed(old.target) !== reviewed(now.target)) return { is: "wider", why: "definition" };
  const [a, b] = [old.target.fixed, now.target.fixed];
  if (a !== undefined && b !== undefined) {
    if (a.effect !== b.effect) return { is: isStricter(b.effect, a.effect) ? "narrower" : "wider", why: "effect" };
    const harder = isDemanding(b.obligations, a.obligations);
    if (harder && isDemanding(a.obligations, b.obligations)) return undefined;
    return { is: harder ? "narrower" : "wider", why: "approval" };
  }
  const narrower = narrows(old, now);
  if (narrower && narrows(now, old)) return undefined;
  return { is: narrower ? "narrower" : "wider", why: "rules" };
}

/** What was reviewed, but for how it is classified: that shows in the effects. Keys keep the order in which they stand. */
const reviewed = ({ item: { definition, volatile, preview, destructive } }: Target): string =>
  JSON.stringify([definition, volatile, preview ?? null, destructive]);
