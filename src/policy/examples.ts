/** Runs the examples that rules carry, against the configuration alone: no server is asked. */

import type { Call, Decision } from "./call.ts";
import type { Policy } from "./bound.ts";
import { itemsOf } from "./completion.ts";
import { decide, type Live } from "./decide.ts";
import type { Example, Problem, PolicySources, Rule } from "./manifest.ts";
import { itemMeant } from "./meant.ts";
import { isProblem, parsePattern } from "./pattern.ts";
import { problem } from "./problem.ts";
import { isStricter } from "./settle.ts";

const NOTHING_CHANGED: Live = { quarantined: () => false };

/**
 * A manifest's example must come out as it says. One of kidoban.yaml holds for every agent, whose own manifest may be
 * stricter or not grant the thing at all: it must not come out looser.
 */
export function exampleProblems(policy: Policy, { manifest, rules, locks }: PolicySources): readonly Problem[] {
  const run = (rule: Rule, isOwn: boolean): readonly Problem[] =>
    rule.examples.flatMap((example) => {
      const call = callOf(example, policy.agent, locks);
      if (call === undefined) {
        return [problem("example-of-nothing", { rule: rule.id, call: example.call }, example.place)];
      }
      const decision = decide(policy, call, NOTHING_CHANGED);
      const isWrong = isOwn ? decision.effect !== example.effect : isStricter(example.effect, decision.effect);
      return isWrong ? [differs(rule, example, decision)] : [];
    });
  return [...rules.flatMap((rule) => run(rule, false)), ...manifest.rules.flatMap((rule) => run(rule, true))];
}

/** Undefined for what no lock knows. */
function callOf({ call, args, place }: Example, agent: string, locks: PolicySources["locks"]): Call | undefined {
  const named = parsePattern(call, place);
  if (isProblem(named)) return undefined;
  const found = itemMeant(itemsOf(locks.get(named.server)), named);
  if (found === undefined) return undefined;
  const { item, uri } = found;
  const { server, kind } = named;
  return { agent, server, kind, name: item.name, args: uri === undefined ? args : { ...args, uri } };
}

function differs(rule: Rule, example: Example, { effect, cause, rules, detail }: Decision): Problem {
  const why = [cause, ...rules, ...(detail === undefined ? [] : [detail])].join(", ");
  const values = { rule: rule.id, call: example.call, expected: example.effect, found: effect, why };
  return problem("example-differs", values, example.place);
}
