/**
 * "How a decision falls" once more, written from DESIGN.md section 4 and from nothing else: slow, plain, and on the sources
 * themselves. Conditions are looked up in a table that says what each means.
 */

import type { Assurance, Call, Decision, Effect, Obligation } from "../../src/policy/call.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import type { PolicySources, Rule } from "../../src/policy/manifest.ts";

/** A condition's meaning; undefined where it throws. */
export type Meaning = (args: JsonObject) => boolean | undefined;
export interface Meanings {
  readonly conditions: ReadonlyMap<string, Meaning>;
  /** Whether arguments fit the one schema that all tools of the random cases have. */
  readonly fits: (args: JsonObject) => boolean;
}

type Answer = Pick<Decision, "effect" | "access" | "cause" | "hidden" | "rules" | "obligations">;

const hiddenDeny = (cause: Decision["cause"]): Answer => ({
  effect: "deny",
  access: "write",
  cause,
  hidden: true,
  rules: [],
  obligations: [],
});

export function naive(
  sources: PolicySources,
  call: Call,
  quarantined: boolean,
  { conditions, fits }: Meanings,
): Answer {
  const { manifest } = sources;
  const grant = manifest.grants.find((each) => each.server === call.server);
  if (grant === undefined) return hiddenDeny("not-granted");
  if (grant.tools !== undefined && !grant.tools.some((each) => like(each, call.name, false)))
    return hiddenDeny("not-listed");
  const lock = sources.locks.get(call.server);
  const item = lock?.items.find((each) => each.kind === call.kind && each.name === call.name);
  if (lock === undefined || item === undefined) return hiddenDeny("not-locked");
  if (quarantined) return hiddenDeny("quarantined");
  if (lock.endpoint !== sources.servers.get(call.server)?.endpoint) return hiddenDeny("endpoint-changed");

  const named: { readonly id: string; readonly rule: Rule }[] = [];
  for (const rule of sources.rules) named.push({ id: `kidoban.yaml#${rule.id}`, rule });
  for (const rule of manifest.rules) named.push({ id: `${manifest.agent}#${rule.id}`, rule });
  const matching = named.filter(({ rule }) =>
    rule.match.some(
      (each) =>
        each.kind === call.kind &&
        like(each.server, call.server, rule.effect !== "allow") &&
        like(each.name, call.name, rule.effect !== "allow"),
    ),
  );
  const accesses = item.readWhen === undefined ? [item.access] : (["read", "write"] as const);
  const closed = (access: "read" | "write"): boolean =>
    (access === "write" && grant.access === "read-only") ||
    matching.some(
      ({ rule }) => rule.effect === "deny" && rule.when === undefined && (rule.access ?? access) === access,
    );
  const hidden = accesses.every(closed);

  const looks =
    item.readWhen !== undefined ||
    matching.some(
      ({ rule }) => rule.when !== undefined && (rule.access === undefined || accesses.includes(rule.access)),
    );
  if (looks && !fits(call.args))
    return { effect: "deny", access: item.access, cause: "invalid-arguments", hidden, rules: [], obligations: [] };

  const ask = (source: string): boolean | undefined => {
    const meaning = conditions.get(source);
    if (meaning === undefined) throw new Error(`no meaning for ${source}`);
    return meaning(call.args);
  };
  const access = item.readWhen !== undefined && ask(item.readWhen.source) === true ? "read" : item.access;
  if (access === "write" && grant.access === "read-only") {
    return { effect: "deny", access, cause: "read-only", hidden, rules: [], obligations: [] };
  }
  const votes = matching
    .filter(({ rule }) => rule.access === undefined || rule.access === access)
    .map((each) => ({ ...each, said: each.rule.when === undefined ? true : ask(each.rule.when.source) }))
    .filter(({ rule, said }) => said === true || (said === undefined && rule.effect !== "allow"));
  const effect: Effect =
    (["deny", "ask", "allow"] as const).find((one) => votes.some(({ rule }) => rule.effect === one)) ??
    (access === "read" ? "allow" : "ask");
  const settling = votes.filter(({ rule }) => rule.effect === effect);
  const cause =
    settling.length === 0
      ? access === "read"
        ? "default-read"
        : "default-write"
      : settling.some(({ said }) => said === true)
        ? "rule"
        : "condition-failed";
  const rules = Array.from(new Set(settling.map(({ id }) => id)));
  rules.sort((a, b) => (a < b ? -1 : 1));
  return { effect, access, cause, hidden, rules, obligations: effect === "ask" ? obligations(sources, settling) : [] };
}

function obligations(
  { floor }: PolicySources,
  settling: readonly { readonly id: string; readonly rule: Rule }[],
): Obligation[] {
  const list = [{ rule: "approvals", ...floor }];
  for (const { id, rule } of settling)
    if (rule.approval !== undefined) list.push({ rule: id, ...floor, ...rule.approval });
  const order: readonly Assurance[] = ["client", "operator", "verified"];
  const assurance = order[Math.max(...list.map((each) => order.indexOf(each.assurance)))] ?? "verified";
  const expiresMs = Math.min(...list.map((each) => each.expiresMs));
  const redeemMs = Math.min(...list.map((each) => each.redeemMs));
  return list
    .map((each) => ({ ...each, from: each.from.toSorted(), assurance, expiresMs, redeemMs }))
    .toSorted((a, b) => (a.rule < b.rule ? -1 : 1));
}

/** By regular expression, which is safe for the short names of the random cases. */
function like(pattern: string, text: string, anyCase: boolean): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\/]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, anyCase ? "isu" : "su").test(text);
}
