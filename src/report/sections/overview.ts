/** The first page: the sums, what is worth a look, and the days. */

import { visibleLine } from "../../approval/visible.ts";
import { heading, paragraph, type Block, type Tone } from "../blocks.ts";
import type { Report } from "../model.ts";
import type { Voice } from "../voice.ts";

interface Point {
  readonly text: string;
  readonly tone: Tone;
  readonly to?: string;
}

/** What stands out, the gravest first; each says where in the report more of it stands. */
function pointsOf(report: Report, { words }: Voice): readonly Point[] {
  const { look } = words;
  const { rests, people, agents, quarantines, uncertain, glass, stops, faults, endings, unused, accepted } = report;
  const { proof, unreadable } = rests;
  const recovered = faults.list.filter(({ kind }) => kind === "stream.recovered").length;
  const refused = report.turnedAway.reduce((all, { times }) => all + times, 0);
  const gained = accepted.reduce((all, line) => all + (line.gained?.length ?? 0), 0);
  const rights =
    unused.kind === "read" ? unused.suggestions.reduce((all, { unused: names }) => all + names.length, 0) : 0;
  const points: (Point | false)[] = [
    proof.kind === "fault" && {
      text: look.fault(visibleLine(proof.file), String(proof.line ?? "")),
      tone: "bad",
      to: "rests",
    },
    proof.kind === "not-run" && { text: look.notVerified, tone: "warn", to: "rests" },
    unreadable > 0 && { text: look.unreadable(unreadable), tone: "bad", to: "rests" },
    glass.total > 0 && { text: look.glass(glass.total), tone: "bad", to: "passes" },
    uncertain.total > 0 && { text: look.uncertain(uncertain.total), tone: "bad", to: "fault" },
    quarantines.length > 0 && { text: look.quarantines(quarantines.length), tone: "bad", to: "fault" },
    ...people
      .filter(({ stamping }) => stamping)
      .map((one): Point => ({
        text: look.stamping(
          one.name === null ? words.people.client : visibleLine(one.name),
          one.answers,
          one.approve + one.breakGlass,
          one.fast,
        ),
        tone: "warn",
        to: "people",
      })),
    gained > 0 && { text: look.gained(gained), tone: "warn", to: "config" },
    ...agents.flatMap((line): readonly (Point | false)[] => {
      const name = visibleLine(line.agent);
      const first = line.tools.filter(({ firstAt }) => firstAt !== undefined).length;
      const odd = (line.unusual ?? []).reduce((all, { calls }) => all + calls, 0);
      const most = Math.max(...line.before.map((each) => each ?? 0));
      return [
        line.louder && { text: look.louder(name, line.calls, most), tone: "warn", to: "agents" },
        odd > 0 && { text: look.unusual(name, odd), tone: "warn", to: "agents" },
        first > 0 && { text: look.first(name, first), tone: "plain", to: "agents" },
        line.uncounted > 0 && { text: look.uncounted(name, line.uncounted), tone: "warn", to: "agents" },
      ];
    }),
    stops.total > 0 && { text: look.stops(stops.total), tone: "warn", to: "stops" },
    recovered > 0 && { text: look.recovered(recovered), tone: "warn", to: "fault" },
    refused > 0 && { text: look.turnedAway(refused), tone: "warn", to: "logins" },
    endings.length > 0 && { text: look.ending(endings.length), tone: "warn", to: "logins" },
    rights > 0 && { text: look.unused(rights), tone: "plain", to: "unused" },
  ];
  return points.filter((point) => point !== false);
}

export function overviewBlocks(report: Report, voice: Voice): readonly Block[] {
  const { words, number } = voice;
  const { totals, days } = report;
  const { ends } = totals;
  const uncertain = ends.timeout + ends.cancelled + ends.unknown + ends.open;
  const failed = totals.calls - ends.ok - uncertain;
  const tile = (label: string, value: number, tone: Tone = "plain") => ({ label, value: number(value), tone });
  const points = pointsOf(report, voice);
  const { glance, look, columns } = words;
  const categories = days.map(({ day }) => day);
  return [
    heading(2, glance.title, "glance"),
    {
      kind: "tiles",
      tiles: [
        tile(glance.calls, totals.calls),
        tile(glance.reads, totals.reads),
        tile(glance.writes, totals.writes),
        tile(glance.denied, totals.denied, totals.denied > 0 ? "warn" : "plain"),
        tile(glance.asked, totals.asked),
        tile(glance.answers, totals.answers),
        tile(glance.failed, failed, failed > 0 ? "warn" : "plain"),
        tile(glance.uncertain, uncertain, uncertain > 0 ? "bad" : "plain"),
      ],
    },
    heading(2, look.title, "look"),
    points.length === 0 ? paragraph(look.none, "good") : { kind: "points", points },
    heading(2, words.days.title, "days"),
    {
      kind: "chart",
      chart: {
        title: words.days.chart,
        axis: words.days.day,
        categories,
        series: [
          { name: columns.reads, tone: "first", values: days.map(({ reads }) => reads) },
          { name: columns.writes, tone: "second", values: days.map(({ writes }) => writes) },
        ],
      },
    },
    {
      kind: "chart",
      chart: {
        title: words.days.denied,
        axis: words.days.day,
        categories,
        series: [
          { name: glance.denied, tone: "first", values: days.map(({ denied }) => denied) },
          { name: glance.asked, tone: "second", values: days.map(({ asked }) => asked) },
        ],
      },
    },
    paragraph(words.days.partial),
  ];
}
