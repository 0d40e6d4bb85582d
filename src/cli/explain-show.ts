/** What `kidoban explain` prints: the decision first, then each line of a file that had a part in it. Text and JSON. */

import { visibleLine } from "../approval/visible.ts";
import type { Account } from "../compose/account.ts";
import type { NamedCall } from "../compose/named-call.ts";
import type { Effect, Obligation } from "../policy/call.ts";
import { strictest } from "../policy/decide.ts";
import type { ExplainedRule } from "../policy/explain.ts";
import type { JsonObject } from "../policy/json.ts";
import type { Place } from "../policy/manifest.ts";
import { written } from "../policy/pattern.ts";
import type { Stop } from "../store/store.ts";
import { en as decisionsEn, ja as decisionsJa } from "../words/decisions.ts";
import type { en } from "../words/explain.ts";
import { en as spansEn, ja as spansJa } from "../words/spans.ts";
import type { Language } from "../words/words.ts";

export interface Explained {
  readonly agent: string;
  readonly named: NamedCall;
  readonly args: JsonObject | undefined;
  readonly disk: Account;
  /** Where the accepted configuration is another than the files. */
  readonly accepted?: Account;
  readonly stop?: Stop;
}

interface Writing {
  readonly explained: Explained;
  readonly words: typeof en;
  readonly decisions: typeof decisionsEn;
  readonly spans: typeof spansEn;
}

const at = ({ file, line }: Place): string => `${visibleLine(file)}:${line}`;
const indent = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

export function explainedText(explained: Explained, words: typeof en, language: Language): string {
  const [decisions, spans] = language === "ja" ? [decisionsJa, spansJa] : [decisionsEn, spansEn];
  const writing: Writing = { explained, words, decisions, spans };
  const { agent, named, stop, disk, accepted } = explained;
  const { uri, name, suggestion } = named;
  const what = visibleLine(written({ ...named, name: uri ?? name }));
  const lines = [
    `${agent}  ${what} ${words.aside(words.exposed(visibleLine(named.exposed)))}`,
    ...(uri === undefined || uri === name ? [] : [words.served(visibleLine(name))]),
    ...(suggestion === undefined ? [] : [words.meant(visibleLine(suggestion))]),
    ...(stop === undefined ? [] : [words.stopped(stop.id, visibleLine(stop.reason))]),
    "",
  ];
  if (accepted === undefined) lines.push(...accountLines(disk, writing));
  else {
    lines.push(words.differs, "");
    lines.push(`${words.disk}:`, ...indent(accountLines(disk, writing)), "");
    lines.push(`${words.accepted}:`, ...indent(accountLines(accepted, writing)));
    const both = together(disk, accepted);
    if (both !== undefined) lines.push("", words.together(decisions.effects[both]));
  }
  return `${[...lines, "", words.offline].join("\n")}\n`;
}

/** The stricter of two decisions; undefined where arguments are still to come. */
const together = (a: Account, b: Account): Effect | undefined =>
  a.kind === "decided" && b.kind === "decided" ? strictest(a.decision, b.decision).effect : undefined;

function accountLines(account: Account, writing: Writing): readonly string[] {
  const { words, explained } = writing;
  return [
    ...verdictLines(account, writing),
    ...(isTurnedAway(explained, account) ? [`  ${words.nobodyAsked}`] : []),
    ...(account.item === undefined ? [] : [`${words.access}: ${accessText(account.item, writing)}`]),
    ...(account.grant === undefined ? [] : [`${words.granted}: ${account.grant.access}  ${at(account.grant.place)}`]),
    ...ruleLines(account, writing),
    ...(account.kind === "decided" && !isTurnedAway(explained, account)
      ? needLines(account.decision.obligations, writing)
      : []),
  ];
}

/** Nobody is asked about what is typed letter by letter: the gate takes such an ask for a deny. */
const isTurnedAway = ({ named }: Explained, account: Account): boolean =>
  named.kind === "completion" && account.kind === "decided" && account.decision.effect === "ask";

function verdictLines(account: Account, { explained, words, decisions }: Writing): readonly string[] {
  if (account.kind === "open") {
    const effects = account.effects.map((effect) => decisions.effects[effect]).join(" / ");
    return [
      `${words.decision}: ${account.effects.length === 1 ? effects : words.could(effects)}`,
      ...(account.checked ? [`  ${words.checked}`] : []),
    ];
  }
  const { effect, cause, hidden, rules, reason, detail } = account.decision;
  const { agent, named } = explained;
  const fall = { agent, server: named.server, name: visibleLine(named.name), rules: rules.join(", ") };
  return [
    `${words.decision}: ${decisions.effects[effect]}`,
    `  ${decisions.causes[cause](fall)}`,
    ...(hidden ? [`  ${words.hidden}`] : []),
    ...(reason === undefined ? [] : [`  ${words.told(visibleLine(reason.replaceAll("\n", " / ")))}`]),
    ...(detail === undefined ? [] : [`  ${words.detail(visibleLine(detail.replaceAll("\n", " / ")))}`]),
  ];
}

function accessText(item: NonNullable<Account["item"]>, { words, decisions }: Writing): string {
  const { access, readWhen, destructive, reviewed, place } = item;
  const what = readWhen === undefined ? decisions.accesses[access] : words.readWhen(visibleLine(readWhen.source));
  const review =
    reviewed === undefined
      ? words.unreviewed
      : reviewed.by === "hint"
        ? words.hinted(reviewed.on)
        : words.reviewed(visibleLine(reviewed.by), reviewed.on);
  return `${what}${destructive ? words.aside(words.destructive) : ""}  ${at(place)}  ${review}`;
}

function ruleLines(account: Account, writing: Writing): readonly string[] {
  const { words, decisions } = writing;
  if (account.rules.length === 0) return account.item === undefined ? [] : [words.noRules];
  const head = `${words.rules}:`;
  if (account.kind === "decided") {
    return [head, ...account.rules.flatMap((each) => [ruleHead(each, each.settled), ...heldLines(each, writing)])];
  }
  const { item } = account;
  return [
    head,
    ...account.rules.flatMap(({ id, rule }) => [
      ruleHead({ id, rule }, false),
      `      ${rule.when === undefined ? words.always : words.applies(visibleLine(rule.when.source))}`,
      ...(rule.access === undefined ? [] : [`      ${words.onlyAccess[rule.access]}`]),
    ]),
    ...(item === undefined ? [] : [`  ${words.otherwise[item.access]}`]),
    ...(item?.readWhen === undefined ? [] : [`  ${decisions.accesses.read}: ${visibleLine(item.readWhen.source)}`]),
  ];
}

const ruleHead = ({ id, rule }: Pick<ExplainedRule, "id" | "rule">, settled: boolean): string =>
  `  ${settled ? "→" : "·"} ${at(rule.place)}  ${rule.effect}  ${id}`;

function heldLines({ rule, held, settled }: ExplainedRule, { words, decisions }: Writing): readonly string[] {
  const said = heldText(held, rule.when !== undefined, decisions);
  return [
    ...(rule.when === undefined ? [] : [`      ${words.applies(visibleLine(rule.when.source))}`]),
    `      ${settled ? decisions.settled(said) : said}`,
  ];
}

function heldText(held: ExplainedRule["held"], conditional: boolean, { held: said, failures }: typeof decisionsEn) {
  if (typeof held === "object") {
    const known: Readonly<Record<string, string>> = failures;
    return said.failed({ why: known[held.failed] ?? held.failed });
  }
  if (typeof held === "string") return said[held];
  if (!held) return said.no;
  return conditional ? said.yes : said.always;
}

function needLines(obligations: readonly Obligation[], { words, spans }: Writing): readonly string[] {
  const [first] = obligations;
  if (first === undefined) return [];
  // Assurance and times are the hardest of all, so each of them says the same.
  const { assurance, expiresMs, redeemMs } = first;
  return [
    `${words.needs}: ${words.terms(assurance, spans.span(expiresMs), spans.span(redeemMs))}`,
    ...obligations.map(({ need, from, rule }) => `  ${words.needed(need, from.join(", "), rule)}`),
  ];
}

/** `editions`: the files on disk, then the accepted configuration where it is another. */
export function explainedJson(explained: Explained): Readonly<Record<string, unknown>> {
  const { agent, named, args, disk, accepted, stop } = explained;
  const both = accepted === undefined ? undefined : together(disk, accepted);
  return {
    agent,
    kind: named.kind,
    server: named.server,
    name: named.name,
    exposed: named.exposed,
    suggestion: named.suggestion,
    // Else what `effect` says.
    atGate: [disk, accepted].some((each) => each !== undefined && isTurnedAway(explained, each)) ? "deny" : undefined,
    arguments: args ?? null,
    stop: stop?.id,
    inForce: both,
    editions: [
      { edition: "disk", ...accountJson(disk) },
      ...(accepted === undefined ? [] : [{ edition: "accepted", ...accountJson(accepted) }]),
    ],
  };
}

const placed = ({ file, line }: Place) => ({ file, line });

function accountJson(account: Account): Readonly<Record<string, unknown>> {
  const { grant, item } = account;
  const ruleJson = ({ id, rule }: Pick<ExplainedRule, "id" | "rule">) => ({
    id,
    effect: rule.effect,
    ...placed(rule.place),
    when: rule.when?.source,
  });
  return {
    ...(account.kind === "open"
      ? { effect: account.effects.length === 1 ? account.effects[0] : "depends", effects: account.effects }
      : account.decision),
    grant: grant === undefined ? undefined : { access: grant.access, ...placed(grant.place) },
    lock:
      item === undefined
        ? undefined
        : {
            access: item.access,
            readWhen: item.readWhen?.source,
            destructive: item.destructive,
            reviewed: item.reviewed,
            ...placed(item.place),
          },
    // Over the ids in a decision: each with its place and what its condition said.
    rules:
      account.kind === "open"
        ? account.rules.map(ruleJson)
        : account.rules.map((each) => ({ ...ruleJson(each), held: each.held, settled: each.settled })),
  };
}
