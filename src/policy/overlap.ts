/** A locked resource whose URI templates of the same server serve too: what they withhold or deny, it does not give. Pure. */

import type { Effect } from "./call.ts";
import type { BoundServer, Target } from "./bound.ts";
import { stricter, strictest } from "./settle.ts";
import { matchesTemplate } from "./uri-template.ts";

/** The same target with the effects that all of them together leave, as `decide` will find. */
export function withTemplates(
  uri: string,
  target: Target,
  { targets, templates, withheld }: Pick<BoundServer, "targets" | "templates" | "withheld">,
): Target {
  const serving = templates.filter((template) => matchesTemplate(template, uri));
  if (serving.some((template) => withheld.has(template))) return { ...target, effects: new Set(["deny"]) };
  return serving.flatMap((template) => targets.resource.get(template) ?? []).reduce(joined, target);
}

function joined({ fixed, ...target }: Target, other: Target): Target {
  const effects = new Set<Effect>();
  for (const one of target.effects) for (const two of other.effects) effects.add(stricter(one, two));
  const both = fixed && other.fixed && strictest(fixed, other.fixed);
  return { ...target, effects, ...(both !== undefined && { fixed: both }) };
}
