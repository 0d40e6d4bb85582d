/** What happened seldom: quarantines, faults, passes, stops, logins. Tables of things told one by one. */

import { heading, paragraph, table, type Block, type Text } from "../blocks.ts";
import type { Happening, Report, Some } from "../model.ts";
import { said, targetText, type Voice } from "../voice.ts";

const short = (text: string): string => (/^[0-9a-f]{64}$/.test(text) ? text.slice(0, 16) : text);

export function happenings(label: string, { total, list }: Some<Happening>, voice: Voice): readonly Block[] {
  const { words, events, time } = voice;
  if (total === 0) return [paragraph(words.empty)];
  const { columns } = words;
  const rows = list.map((one): readonly Text[] => [
    time(one.at),
    events[one.kind],
    one.agent === undefined ? "" : said(one.agent),
    one.what === undefined ? "" : said(short(one.what)),
    one.by === undefined ? "" : said(one.by),
    detailOf(one, voice),
  ]);
  const head = [columns.at, columns.event, columns.agent, columns.what, columns.by, columns.detail];
  return [table(label, head, rows), ...(total > list.length ? [paragraph(words.of(list.length, total))] : [])];
}

function detailOf({ kind, detail }: Happening, { words, time }: Voice): Text {
  if (detail === undefined) return "";
  if (kind === "stream.recovered") return words.fault.openCalls(detail);
  return kind === "token.issued" ? time(detail) : said(detail);
}

function uncertain({ uncertain: { total, list } }: Report, { words, time }: Voice): readonly Block[] {
  if (total === 0) return [paragraph(words.empty)];
  const { columns } = words;
  const rows = list.map((one): readonly Text[] => [
    time(one.at),
    said(one.agent),
    targetText(one.target),
    words.ends[one.status],
    { code: one.call },
  ]);
  const head = [columns.at, columns.agent, columns.what, columns.status, "id"];
  return [
    table(words.fault.uncertain, head, rows),
    ...(total > list.length ? [paragraph(words.of(list.length, total))] : []),
  ];
}

function quarantined({ quarantines }: Report, { words, time, number }: Voice): Block {
  if (quarantines.length === 0) return paragraph(words.empty);
  const { columns, fault } = words;
  const rows = quarantines.map((one): readonly Text[] => [
    targetText(one.target),
    one.isThere ? fault.changed : fault.gone,
    number(one.times),
    time(one.firstAt),
    time(one.lastAt),
  ]);
  const head = [columns.what, columns.state, columns.times, columns.first, columns.last];
  return table(fault.quarantines, head, rows, [2]);
}

export function faultBlocks(report: Report, voice: Voice): readonly Block[] {
  const { fault } = voice.words;
  return [
    heading(2, fault.title, "fault"),
    heading(3, fault.quarantines),
    quarantined(report, voice),
    heading(3, fault.uncertain),
    ...uncertain(report, voice),
    heading(3, fault.events),
    ...happenings(fault.events, report.faults, voice),
  ];
}

export function passBlocks({ passes, glass }: Report, voice: Voice): readonly Block[] {
  const { words } = voice;
  return [
    heading(2, words.passes.title, "passes"),
    heading(3, words.passes.passes),
    ...happenings(words.passes.passes, passes, voice),
    heading(3, words.passes.glass),
    ...happenings(words.passes.glass, glass, voice),
  ];
}

export const stopBlocks = ({ stops }: Report, voice: Voice): readonly Block[] => [
  heading(2, voice.words.stops.title, "stops"),
  ...happenings(voice.words.stops.title, stops, voice),
];

export function loginBlocks({ logins: happened, endings, turnedAway }: Report, voice: Voice): readonly Block[] {
  const { words, time, number } = voice;
  const { logins, columns } = words;
  const rows = endings.map((one): readonly Text[] => [
    one.kind === "token" ? logins.token : logins.secret,
    said(one.name),
    one.agent === undefined ? "" : said(one.agent),
    one.over ? [time(one.endsAt), " ", { badge: logins.over, tone: "bad" }] : time(one.endsAt),
  ]);
  const head = [columns.sort, columns.what, columns.agent, columns.until];
  const refused = turnedAway.map(({ reason, times }): readonly Text[] => [said(reason), number(times)]);
  return [
    heading(2, logins.title, "logins"),
    heading(3, logins.ending),
    rows.length === 0 ? paragraph(words.empty) : table(logins.ending, head, rows),
    heading(3, logins.refused),
    refused.length === 0
      ? paragraph(words.empty)
      : table(logins.refused, [columns.reason, columns.times], refused, [1]),
    heading(3, logins.events),
    ...happenings(logins.events, happened, voice),
  ];
}
