/**
 * What can be seen to be wrong in rules and grants without any call: slips of the pen, and lines that can never hold. What
 * a file shows by itself, and a server that kidoban.yaml lacks, is told where files are read.
 */

import { names } from "./bind.ts";
import { itemsOf } from "./completion.ts";
import { isTemplate } from "./definition.ts";
import { listOf, isListed } from "./grant.ts";
import type {
  ApprovalTerms,
  Floor,
  Grant,
  Lock,
  Manifest,
  Pattern,
  Place,
  PolicySources,
  Problem,
  Rule,
} from "./manifest.ts";
import { nearest } from "./nearest.ts";
import { isLiteral, matches, matchesText } from "./pattern.ts";
import { problem } from "./problem.ts";
import { matchesTemplate } from "./uri-template.ts";

export function ruleProblems(sources: PolicySources): readonly Problem[] {
  const { manifest, rules, floor } = sources;
  return [
    ...manifest.grants.flatMap((grant) => grantProblems(grant, sources)),
    ...[...rules, ...manifest.rules].flatMap((rule) => [
      ...termProblems(rule.id, { ...floor, ...rule.approval }, rule.approval, rule.place),
      ...distinctProblems(rule.id, rule.approval, manifest, rule.place),
      ...rule.match.flatMap((pattern) => patternProblems(rule, pattern, sources)),
    ]),
    ...termProblems("approvals", floor, floor, manifest.place),
    ...distinctProblems("approvals", floor, manifest, manifest.place),
    ...manifest.rules.flatMap((rule) => neverHolds(rule, sources)),
  ];
}

function grantProblems(grant: Grant, { servers, locks }: PolicySources): readonly Problem[] {
  const { server, place } = grant;
  if (!servers.has(server)) return [];
  const lock = locks.get(server);
  if (lock === undefined) return [problem("no-lock", { server }, place, "warning")];
  return (["tool", "resource", "prompt"] as const).flatMap((kind) => {
    const known = namesOf(lock, kind);
    return (listOf(grant, kind) ?? [])
      .filter((name) => isLiteral(name) && !known.includes(name))
      .map((name) => problem("name-not-locked", { name, server, suggestion: nearest(name, known) ?? "" }, place));
  });
}

const namesOf = (lock: Lock, kind: Pattern["kind"]): readonly string[] =>
  itemsOf(lock)
    .filter((item) => item.kind === kind)
    .map(({ name }) => name);

/** `own` are the terms written here; what comes from the floor is told at the floor. */
function termProblems(rule: string, terms: Floor, own: ApprovalTerms | undefined, place: Place): readonly Problem[] {
  const found: Problem[] = [];
  const need = String(terms.need);
  if (own?.need !== undefined && !(Number.isSafeInteger(own.need) && own.need >= 1)) {
    found.push(problem("quorum-of-none", { rule, need }, place));
  }
  if ([own?.expiresMs, own?.redeemMs].some((each) => each !== undefined && !(each > 0))) {
    found.push(problem("time-of-none", { rule }, place));
  }
  if ((own?.need !== undefined || own?.assurance !== undefined) && terms.need > 1 && terms.assurance === "client") {
    found.push(problem("quorum-of-one-client", { rule, need }, place, "warning"));
  }
  return found;
}

/** Nobody can be told from an owner whom the manifest does not name. */
const distinctProblems = (
  rule: string,
  terms: ApprovalTerms | undefined,
  { agent, owner }: Manifest,
  place: Place,
): readonly Problem[] =>
  terms?.distinct?.includes("owner") === true && owner === undefined
    ? [problem("distinct-without-owner", { rule, agent }, place)]
    : [];

function patternProblems(rule: Rule, pattern: Pattern, { servers, locks }: PolicySources): readonly Problem[] {
  const { kind, server, name, text, place } = pattern;
  const ignoreCase = rule.effect !== "allow";
  const reached = [...servers.keys()].filter((id) => matchesText(server, id, ignoreCase));
  if (reached.length === 0) {
    return isLiteral(server) ? [] : [problem("match-nothing", { text, rule: rule.id }, place, "warning")];
  }
  const known = reached.flatMap((id) => locks.get(id) ?? []);
  // What is not pinned yet cannot be judged, and the grant says so already.
  if (known.length < reached.length) return [];
  const found = known.some((lock) =>
    itemsOf(lock).some((item) => matches(pattern, { ...item, server: lock.server }, { ignoreCase })),
  );
  // Which of a template's URIs are there is the server's to know, so none of them is a slip of the pen.
  const mayServe = kind === "resource" && ignoreCase && known.some(({ items }) => items.some(isTemplate));
  if (found || (mayServe && (!isLiteral(name) || isServed(known, name)))) return [];
  if (!isLiteral(name)) return [problem("match-nothing", { text, rule: rule.id }, place, "warning")];
  const suggestion =
    nearest(
      name,
      known.flatMap((lock) => namesOf(lock, kind)),
    ) ?? "";
  return [problem("name-not-locked", { name, server, suggestion }, place)];
}

const isServed = (locks: readonly Lock[], uri: string): boolean =>
  locks.some(({ items }) => items.some((item) => isTemplate(item) && matchesTemplate(item.name, uri)));

/** An allow whose every match is a plain write under a read-only grant. */
function neverHolds(rule: Rule, { manifest, locks }: PolicySources): readonly Problem[] {
  if (rule.effect !== "allow" || rule.access === "read") return [];
  const matched = manifest.grants.flatMap((grant) =>
    itemsOf(locks.get(grant.server))
      .filter((item) => isListed(grant, item.kind, item.name) && names(rule, grant.server, item))
      .map((item) => ({ grant, item })),
  );
  const plainWrites = matched.filter(
    ({ grant, item }) => grant.access === "read-only" && item.access === "write" && item.readWhen === undefined,
  );
  const [first] = plainWrites;
  if (first === undefined || plainWrites.length < matched.length) return [];
  return [problem("allow-never-holds", { rule: rule.id, server: first.grant.server }, rule.place)];
}
