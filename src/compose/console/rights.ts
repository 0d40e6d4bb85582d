/** What becomes of an agent's calls, definition by definition, by what is accepted and what waits together. Pure. */

import type { AgentView, Granted, Outcome, Right, RuleLine } from "../../console/pages/agents.ts";
import type { ServerView } from "../../console/pages/servers.ts";
import type { Effect } from "../../policy/call.ts";
import { isTemplate } from "../../policy/definition.ts";
import type { LockedItem, Place, Rule } from "../../policy/manifest.ts";
import { isStricter } from "../../policy/settle.ts";
import { accountOf, type Account } from "../account.ts";
import type { Editions, Looked } from "./editions.ts";

const ORDER = ["deny", "ask", "allow"] as const;

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** A list item of a file as it stands there: its first line and those that are indented below it. */
function itemAt({ loaded }: Looked, { file, line }: Place): string {
  const [first = "", ...below] = (loaded.sources.get(file) ?? "").split(/\r?\n/).slice(line - 1);
  const indent = indentOf(first);
  const end = below.findIndex((each) => indentOf(each) <= indent);
  return [first, ...below.slice(0, end < 0 ? below.length : end)]
    .map((each) => each.slice(indent))
    .join("\n")
    .trimEnd();
}

const effectsOf = (account: Account): readonly Effect[] =>
  account.kind === "open" ? account.effects : [account.decision.effect];

/** Every call passes both, so that of each pair of effects the stricter is left. */
function together(all: readonly (readonly Effect[])[]): readonly Effect[] {
  const left = all.reduce((olds, news) => [
    ...new Set(olds.flatMap((old) => news.map((now) => (isStricter(now, old) ? now : old)))),
  ]);
  return ORDER.filter((effect) => left.includes(effect));
}

function rulesOf(account: Account, edition: Looked, waiting: boolean): readonly RuleLine[] {
  const lines = ({ id, rule }: { readonly id: string; readonly rule: Rule }): RuleLine => ({
    id,
    effect: rule.effect,
    file: rule.place.file,
    line: rule.place.line,
    source: itemAt(edition, rule.place),
    when: rule.when?.source,
    waiting,
  });
  return account.rules.map(lines);
}

interface Named {
  readonly server: string;
  readonly item: LockedItem;
}

function rightOf(agent: string, { server, item }: Named, editions: readonly Looked[], hasAccepted: boolean): Right {
  const { kind, name } = item;
  const accounts = editions.map((edition) =>
    accountOf(edition.policies.get(agent), { agent, server, kind, name }, undefined),
  );
  const effects = together(accounts.map(effectsOf));
  const [only, ...others] = effects;
  const outcome: Outcome = only === undefined || others.length > 0 ? "depends" : only;
  const settling = accounts.find((each) => each.kind === "decided" && each.decision.effect === outcome);
  const [first] = accounts;
  const seen = first?.item ?? item;
  const all = editions.flatMap((edition, at) => {
    const account = accounts[at];
    return account === undefined ? [] : rulesOf(account, edition, hasAccepted ? at > 0 : true);
  });
  // Of a rule that stands in both, the accepted line is the one that holds.
  const rules = [...new Map(all.toReversed().map((each) => [each.id, each])).values()].toReversed();
  return {
    server,
    kind: isTemplate(item) ? "template" : kind,
    name,
    outcome,
    effects,
    hidden: accounts.some((each) => each.kind === "decided" && each.decision.hidden),
    cause: settling?.kind === "decided" ? settling.decision.cause : undefined,
    access: seen.access,
    readWhen: seen.readWhen?.source,
    destructive: seen.destructive,
    rules,
  };
}

/** Servers that the agent is granted, and every definition of theirs that some lock knows. */
export function rightsOf(agent: string, { accepted, disk }: Editions): Pick<AgentView, "grants" | "rights"> {
  const editions = [accepted, disk].filter((each) => each !== undefined);
  const grants = new Map<string, Granted>();
  const items = new Map<string, Named>();
  for (const { loaded } of editions) {
    for (const { server, access, place } of loaded.manifests.get(agent)?.grants ?? []) {
      const lock = loaded.locks.get(server);
      if (!grants.has(server))
        grants.set(server, { server, access, locked: lock !== undefined, file: place.file, line: place.line });
      for (const item of lock?.items ?? []) {
        const key = JSON.stringify([server, item.kind, item.name]);
        if (!items.has(key)) items.set(key, { server, item });
      }
    }
  }
  const rights = [...items.values()].map((each) => rightOf(agent, each, editions, accepted !== undefined));
  return { grants: [...grants.values()], rights };
}

/** Rights by the files, with what running gates found to be another than the locked one: that is denied whatever rules say. */
export const quarantinedNow = (rights: readonly Right[], servers: readonly ServerView[]): readonly Right[] =>
  rights.map((right) => {
    const isQuarantined = servers
      .filter(({ id }) => id === right.server)
      .some(({ quarantined }) =>
        quarantined.some(
          ({ kind, name }) => name === right.name && kind === (right.kind === "template" ? "resource" : right.kind),
        ),
      );
    return isQuarantined
      ? { ...right, outcome: "deny", effects: ["deny"], hidden: true, cause: "quarantined", rules: [] }
      : right;
  });
