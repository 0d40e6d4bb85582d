/** Why a call is let through or not, by one policy: with its arguments, or for all arguments at once. Pure. */

import type { Call, Decision, Effect } from "../policy/call.ts";
import { explain, type ExplainedRule } from "../policy/explain.ts";
import type { Grant, LockedItem, Rule } from "../policy/manifest.ts";
import type { Policy } from "../policy/policy.ts";

/** A rule that names the definition, whatever a call of it holds. */
interface NamingRule {
  readonly id: string;
  readonly rule: Rule;
}

export type Account = {
  readonly grant?: Grant;
  readonly item?: LockedItem;
} & (
  | { readonly kind: "decided"; readonly decision: Decision; readonly rules: readonly ExplainedRule[] }
  /** Not decided without arguments: all effects that some of them could lead to. */
  | {
      readonly kind: "open";
      readonly effects: readonly Effect[];
      readonly rules: readonly NamingRule[];
      /** Arguments are held against the reviewed schema before any condition sees them. */
      readonly checked: boolean;
    }
);

/** Files say nothing about what a running server describes now. */
const NOTHING_LIVE = { quarantined: () => false };

const UNGRANTED: Decision = {
  effect: "deny",
  access: "write",
  cause: "not-granted",
  hidden: true,
  rules: [],
  obligations: [],
};

/** `policy`: undefined where a configuration has no manifest for the agent. `args`: undefined for all arguments at once. */
export function accountOf(
  policy: Policy | undefined,
  call: Omit<Call, "args">,
  args: Call["args"] | undefined,
): Account {
  if (policy === undefined) return { kind: "decided", decision: UNGRANTED, rules: [] };
  const server = policy.servers.get(call.server);
  const target = server?.targets[call.kind].get(call.name);
  const settled = target === undefined || target.fixed !== undefined || server?.otherEndpoint !== undefined;
  if (args !== undefined || settled) {
    return { kind: "decided", ...explain(policy, { ...call, args: args ?? {} }, NOTHING_LIVE) };
  }
  const { grant, item, rules, effects, check } = target;
  return {
    kind: "open",
    grant,
    item,
    effects: (["deny", "ask", "allow"] as const).filter((effect) => effects.has(effect)),
    rules: rules.map(({ id, rule }) => ({ id, rule })),
    checked: check !== undefined,
  };
}
