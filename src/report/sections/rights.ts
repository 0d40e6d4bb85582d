/** What may be done: configuration that was accepted, and rights that nobody used. */

import { en as acceptEn, ja as acceptJa } from "../../words/accept.ts";
import { heading, paragraph, table, type Block, type Text } from "../blocks.ts";
import type { ConfigLine, Report } from "../model.ts";
import type { Suggestion } from "../unused.ts";
import { joined, said, targetText, type Voice } from "../voice.ts";
import { happenings } from "./events.ts";

type Change = NonNullable<ConfigLine["gained"]>[number];

const MOST_NAMES = 12;

function rights(label: string, changes: readonly Change[], { words, language }: Voice): readonly Block[] {
  if (changes.length === 0) return [];
  const accept = language === "ja" ? acceptJa : acceptEn;
  const { columns } = words;
  const rows = changes.map((change): readonly Text[] => [
    said(change.agent),
    targetText(change),
    accept.effects[change.before],
    accept.effects[change.after],
    accept.why[change.why],
  ]);
  const head = [columns.agent, columns.what, columns.before, columns.after, columns.reason];
  return [heading(4, label), table(label, head, rows)];
}

function acceptedBlocks(line: ConfigLine, voice: Voice): readonly Block[] {
  const { words } = voice;
  const { config } = words;
  const { gained, lost } = line;
  const signature = line.first ? config.first : line.signed ? config.signed : config.unsigned;
  const tone = line.first || line.signed ? "good" : "warn";
  return [
    heading(3, [
      config.accepted(voice.time(line.at)),
      " · ",
      said(line.by),
      " ",
      { code: line.digest.slice(0, 16) },
      " ",
      { badge: signature, tone },
    ]),
    ...(gained === undefined || lost === undefined
      ? [paragraph(config.unknown)]
      : gained.length + lost.length === 0
        ? [paragraph(config.same)]
        : [...rights(config.more, gained, voice), ...rights(config.less, lost, voice)]),
  ];
}

export function configBlocks({ accepted, configs }: Report, voice: Voice): readonly Block[] {
  const { config } = voice.words;
  const others = configs.list.filter(({ kind }) => kind !== "config.accepted");
  return [
    heading(2, config.title, "config"),
    ...(accepted.length === 0 ? [paragraph(config.none)] : accepted.flatMap((line) => acceptedBlocks(line, voice))),
    ...(others.length === 0
      ? []
      : [heading(3, config.others), ...happenings(config.others, { total: others.length, list: others }, voice)]),
  ];
}

function suggestionText({ agent, kind, name, list = "tools" }: Suggestion, { words }: Voice): string {
  const { kinds, lists } = words.unused;
  return kind === "list" ? kinds.list(agent, name, lists[list]) : kinds[kind](agent, name);
}

function suggestionBlocks(one: Suggestion, voice: Voice): readonly Block[] {
  const { unused, more, columns } = voice.words;
  const names = one.unused.slice(0, MOST_NAMES).map(said);
  const rest = one.unused.length - names.length;
  return [
    heading(4, suggestionText(one, voice)),
    paragraph([
      `${columns.where}: `,
      { code: `${one.file}:${one.line}` },
      ` · ${columns.unused}: `,
      ...[joined(names)].flat(),
      ...(rest > 0 ? [` ${more(rest)}`] : []),
    ]),
    one.patch === undefined ? paragraph(unused.noPatch) : { kind: "patch", label: unused.patch, text: one.patch },
  ];
}

export function unusedBlocks({ unused }: Report, voice: Voice): readonly Block[] {
  const { words } = voice;
  const title = heading(2, words.unused.title, "unused");
  if (unused.kind === "none-given") return [title, paragraph(words.unused.noConfig)];
  if (unused.kind === "broken") return [title, paragraph(words.unused.broken, "warn")];
  if (unused.suggestions.length === 0) return [title, paragraph(words.unused.none, "good")];
  const agents = [...new Set(unused.suggestions.map(({ agent }) => agent))];
  return [
    title,
    paragraph(words.unused.intro),
    ...(unused.accepted ? [] : [paragraph(words.unused.notAccepted, "warn")]),
    ...agents.flatMap((agent) => [
      heading(3, said(agent)),
      ...unused.suggestions.filter((one) => one.agent === agent).flatMap((one) => suggestionBlocks(one, voice)),
    ]),
    ...(unused.patch === undefined
      ? []
      : [heading(3, words.unused.whole), { kind: "patch", label: words.unused.whole, text: unused.patch } as const]),
  ];
}
