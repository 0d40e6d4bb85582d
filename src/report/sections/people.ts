/** How people decided: how often yes, how fast, and what looks as if nobody had read the question. */

import { heading, paragraph, table, type Block, type Text } from "../blocks.ts";
import type { PersonLine, Report } from "../model.ts";
import { said, type Voice } from "../voice.ts";

export function peopleBlocks({ people, speeds }: Report, voice: Voice): readonly Block[] {
  const { words, number, span } = voice;
  const title = heading(2, words.people.title, "people");
  if (people.length === 0) return [title, paragraph(words.people.none)];
  const { columns } = words;
  const row = (one: PersonLine): readonly Text[] => {
    const name = one.name === null ? words.people.client : said(one.name);
    return [
      one.stamping ? [name, " ", { badge: words.people.stamping, tone: "warn" }] : name,
      number(one.answers),
      number(one.approve),
      number(one.deny),
      number(one.return),
      number(one.breakGlass),
      span(one.medianMs),
      span(one.p90Ms),
      one.timed === 0 ? "–" : `${number(one.fast)} (${Math.round((100 * one.fast) / one.timed)} %)`,
      `${number(one.passkey)} (${number(one.batched)})`,
    ];
  };
  const head = [
    columns.name,
    columns.answers,
    columns.approve,
    columns.deny,
    columns.return,
    columns.glass,
    columns.median,
    columns.p90,
    columns.fast,
    columns.passkey,
  ];
  return [
    title,
    table(words.people.title, head, people.map(row), [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    {
      kind: "chart",
      chart: {
        title: words.people.chart,
        axis: words.people.range,
        categories: words.people.ranges,
        series: [{ name: columns.answers, tone: "first", values: speeds }],
      },
    },
    paragraph(words.people.note),
  ];
}
