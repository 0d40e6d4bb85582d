/** What `kidoban accept` shows: rights gained and lost, and everything else that a change of configuration moves. */

import { visibleLine } from "../approval/visible.ts";
import type { ConfigChange } from "../compose/changes.ts";
import type { Proposal } from "../compose/proposal.ts";
import { written } from "../policy/pattern.ts";
import type { RightChange } from "../policy/widening.ts";
import type { en } from "../words/accept.ts";
import { table } from "./table.ts";

type Words = typeof en;

const rightRow = (right: RightChange, words: Words): readonly string[] => {
  const { agent, before, after, why } = right;
  return [agent, visibleLine(written(right)), words.effects[before], words.effects[after], words.why[why]];
};

/** A completion that changes as what it completes an argument of is no news beside that. */
const isImplied = (right: RightChange, rights: readonly RightChange[]): boolean =>
  right.kind === "completion" &&
  rights.some(
    (other) =>
      (other.kind === "prompt" || other.kind === "resource") &&
      (["agent", "server", "name", "before", "after", "why"] as const).every((key) => other[key] === right[key]),
  );

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
  const rows = rights.filter((right) => !isImplied(right, rights)).map((right) => rightRow(right, words));
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
    first
      ? words.unsignedFirst
      : approvers.length === 0
        ? words.unsigned
        : words.mustSign(approvers.map(({ name }) => name).join(", ")),
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
