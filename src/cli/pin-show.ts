/** What `kidoban pin` shows of a server: the pre-filled table, what changed and what is gone. Text and JSON. */

import { visibleLine } from "../approval/visible.ts";
import { wordOf, type PinRow } from "../compose/pinning.ts";
import type { Survey } from "../compose/survey.ts";
import type { en } from "../words/pin.ts";
import { table } from "./table.ts";

type Words = typeof en;

function noteOf({ offered, access }: PinRow, words: Words): string {
  const { kind, locked, changes, proposal, volatile } = offered;
  const notes = [
    locked === undefined ? words.fresh : "",
    changes.length > 0 ? words.changed(changes.length) : "",
    proposal.contradiction === undefined ? "" : words.contradiction[kind](proposal.contradiction),
    proposal.runsCode && access === "read" ? words.runsCode : "",
    volatile.length > 0 ? words.volatile(volatile.join(" ")) : "",
  ];
  return notes.filter((note) => note !== "").join(words.between);
}

export function surveyText(survey: Survey, rows: readonly PinRow[], words: Words): string {
  const { server, gone, leftOut } = survey;
  const { columns } = words;
  const lines = table(
    [columns.kind, columns.name, columns.access, columns.destructive, columns.note],
    rows.map((row) => [
      words.kinds[wordOf(row.offered)],
      visibleLine(row.offered.name),
      words.access[row.access],
      row.access === "read" ? "" : row.destructive ? words.yes : words.no,
      noteOf(row, words),
    ]),
  );
  const changes = rows.flatMap(({ offered }) =>
    offered.changes.flatMap(({ pointer, before, after }) => [
      `  ${words.kinds[wordOf(offered)]} ${visibleLine(offered.name)} ${visibleLine(pointer)}`,
      `    - ${words.before}: ${before === undefined ? words.nothing : visibleLine(JSON.stringify(before))}`,
      `    + ${words.after}: ${after === undefined ? words.nothing : visibleLine(JSON.stringify(after))}`,
    ]),
  );
  return [
    `${server.id} (${visibleLine(server.endpoint)})`,
    ...lines,
    ...changes,
    ...gone.map((item) => words.gone(words.kinds[wordOf(item)], visibleLine(item.name))),
    ...leftOut.map((what) => words.leftOut(visibleLine(what))),
    "",
  ].join("\n");
}

export const surveyJson = ({ server, gone, leftOut }: Survey, rows: readonly PinRow[], file: string) => ({
  server: server.id,
  file,
  items: rows.map(({ offered, access, destructive }) => ({
    kind: wordOf(offered),
    name: offered.name,
    access,
    destructive,
    volatile: offered.volatile,
    changes: offered.changes,
    contradiction: offered.proposal.contradiction,
  })),
  gone: gone.map((item) => ({ kind: wordOf(item), name: item.name })),
  leftOut,
});
