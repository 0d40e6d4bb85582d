/** Decides one call. Pure: no clock, no I/O, no MCP. */

import type { Call, Decision } from "./call.ts";
import { applyRules, isNeverLetThrough } from "./apply.ts";
import type { BoundServer, Policy, Target } from "./bound.ts";
import { classify } from "./classify.ts";
import { fold } from "./fold.ts";
import { isListed } from "./grant.ts";
import { settle, strictest } from "./settle.ts";
import { spellings } from "./uri-spelling.ts";
import { matchesTemplate } from "./uri-template.ts";

export { strictest } from "./settle.ts";

/** What can be otherwise from call to call without a change of configuration. */
export interface Live {
  /** Whether the server now gives another definition than the locked one. */
  quarantined(server: string, kind: Call["kind"], name: string): boolean;
}

const hidden = (cause: Decision["cause"]): Decision =>
  Object.freeze({ effect: "deny", access: "write", cause, hidden: true, rules: [], obligations: [] });
const NOT_GRANTED = hidden("not-granted");
const NOT_LISTED = hidden("not-listed");
const NOT_LOCKED = hidden("not-locked");
const QUARANTINED = hidden("quarantined");
const ENDPOINT_CHANGED = hidden("endpoint-changed");

/** "How a decision falls", from the top. A call of another agent than the policy's is not granted. */
export function decide(policy: Policy, call: Call, live: Live): Decision {
  const server = call.agent === policy.agent ? policy.servers.get(call.server) : undefined;
  if (server === undefined) return NOT_GRANTED;
  return call.kind === "resource"
    ? decideResource(policy, server, call, live)
    : decideNamed(policy, server, call, live);
}

/** By the definition of that name alone. */
export function decideNamed(policy: Policy, server: BoundServer, call: Call, live: Live): Decision {
  const target = server.targets[call.kind].get(call.name);
  if (target === undefined) return isListed(server.grant, call.kind, call.name) ? NOT_LOCKED : NOT_LISTED;
  if (live.quarantined(call.server, call.kind, call.name)) return QUARANTINED;
  if (server.otherEndpoint !== undefined) return ENDPOINT_CHANGED;
  return target.fixed ?? judge(target, call, policy);
}

/**
 * A URI may be a locked resource and an expansion of several templates; which of them answers is the server's choice.
 * So every one that it can be has a say, and the strictest decides.
 */
function decideResource(policy: Policy, server: BoundServer, call: Call, live: Live): Decision {
  const { uri } = call.args;
  if (typeof uri !== "string") return NOT_LOCKED;
  const names = resourceNames(server, uri);
  if (!names.includes(call.name)) return NOT_LOCKED;
  if (names.some((name) => server.withheld.has(name))) return NOT_LISTED;
  const [first = NOT_LOCKED, ...others] = names.map((name) => decideNamed(policy, server, { ...call, name }, live));
  return others.reduce(strictest, first);
}

/**
 * Locked names that a URI can be meant by: its own, then templates in the order of the lock. Where it has no name of its
 * own, also those of what it is another spelling of.
 */
export function resourceNames({ targets, withheld, templates, folded }: BoundServer, uri: string): readonly string[] {
  const isTemplate = templates.includes(uri);
  const own = !isTemplate && (targets.resource.has(uri) || withheld.has(uri)) ? [uri] : [];
  const serving = templates.filter((template) => matchesTemplate(template, uri));
  if (own.length > 0 || serving.length === 0) return [...own, ...serving];
  const read = spellings(uri);
  const others = read.flatMap((each) => folded.get(fold(each)) ?? []);
  const further = templates.filter((template) => read.some((each) => matchesTemplate(template, each)));
  return [...new Set([...serving, ...others, ...further])];
}

function judge(target: Target, call: Call, policy: Policy): Decision {
  const { grant, item } = target;
  const isHidden = isNeverLetThrough(target.effects);
  const fault = target.check?.(call.args);
  if (fault !== undefined) {
    const { access } = item;
    return {
      effect: "deny",
      access,
      cause: "invalid-arguments",
      hidden: isHidden,
      rules: [],
      obligations: [],
      detail: fault,
    };
  }
  const { access, failed } = classify(item, target.readWhen, call);
  const applied = applyRules(target.rules, access, call);
  return settle(
    { grant, access, ...(failed !== undefined && { accessFailed: failed }), applied, hidden: isHidden },
    policy.floor,
  );
}
