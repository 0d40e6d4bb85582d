/** What `kidoban accept` shows: rights gained and lost, and everything else that a change of configuration moves. */

import { visibleLine } from "../approval/visible.ts";
import type { ConfigChange } from "../compose/changes.ts";
import type { Proposal } from "../compose/proposal.ts";
import type { RightChange } from "../policy/widening.ts";
import type { en } from "../words/accept.ts";
import { table } from "./table.ts";

type Words = typeof en;

const rightRow = ({ agent, server, name, before, after, why }: RightChange, words: Words): readonly string[] => [
  agent,
  `${server}/${visibleLine(name)}`,
  words.effects[before],
  words.effects[after],
  words.why[why],
];

const side = (sign: string, text: string | undefined): readonly string[] =>
  text === undefined ? [] : [`    ${sign} ${visibleLine(text)}`];

const changeLines = ({ what, name, before, after }: ConfigChange, words: Words): readonly string[] => [
  `  ${words.change[what]} ${name}`,
  ...side("-", before),
  ...side("+", after),
];

function section(
  title: string | undefined,
  rights: readonly RightChange[],
  changes: readonly ConfigChange[],
  words: Words,
): readonly string[] {
  if (rights.length === 0 && changes.length === 0) return [];
  const { agent, what, before, after, why } = words.columns;
  const rows = rights.map((right) => rightRow(right, words));
  return [
    "",
    ...(title === undefined ? [] : [title]),
    ...(rows.length === 0 ? [] : table([agent, what, before, after, why], rows)),
    ...changes.flatMap((change) => changeLines(change, words)),
  ];
}

export function proposalText({ config, previous, approvers, rights, changes }: Proposal, words: Words): string {
  const first = previous === undefined;
  const atOnce = changes.filter(({ holds }) => holds === "at once");
  const later = changes.filter(({ holds }) => holds === "once accepted");
  const none = rights.gained.length + rights.lost.length === 0 ? ["", words.noRights] : [];
  const lines = [
    first ? words.first(visibleLine(config)) : words.title(visibleLine(config)),
    ...none,
    ...section(first ? undefined : words.waits, rights.gained, later, words),
    ...section(words.holds, rights.lost, atOnce, words),
    "",
    approvers.length === 0 ? words.unsigned : words.mustSign(approvers.map(({ name }) => name).join(", ")),
  ];
  return `${lines.join("\n")}\n`;
}

export const proposalJson = ({ config, digest, previous, approvers, rights, changes }: Proposal) => ({
  config,
  digest,
  previous: previous ?? null,
  mustSign: approvers.map(({ name }) => name),
  gained: rights.gained,
  lost: rights.lost,
  changes,
});
