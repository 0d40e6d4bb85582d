/** What each agent did: its calls, what was denied and asked, and how that compares with before. */

import { heading, paragraph, table, type Block, type Text } from "../blocks.ts";
import type { AgentLine, CallEnd, Report, RequestEnd, ToolLine } from "../model.ts";
import { joined, said, targetText, type Voice } from "../voice.ts";

const MOST_ROWS = 50;

/** The first rows of many, and how many there are. */
function some<T>(
  label: string,
  head: readonly string[],
  all: readonly T[],
  row: (one: T) => readonly Text[],
  numbers: readonly number[],
  voice: Voice,
): readonly Block[] {
  const shown = table(label, head, all.slice(0, MOST_ROWS).map(row), numbers);
  return all.length <= MOST_ROWS ? [shown] : [shown, paragraph(voice.words.of(MOST_ROWS, all.length))];
}

function endsText(ends: Readonly<Partial<Record<CallEnd, number>>>, { words, number }: Voice): Text {
  const some = Object.entries(ends).filter(([, times]) => times > 0) as [CallEnd, number][];
  return joined(
    some.map(([end, times]) => {
      const text = `${words.ends[end]} ${number(times)}`;
      if (end === "ok") return text;
      return { badge: text, tone: end === "tool_error" || end === "rpc_error" || end === "not_sent" ? "warn" : "bad" };
    }),
  );
}

function tools({ tools: lines }: AgentLine, voice: Voice): readonly Block[] {
  if (lines.length === 0) return [];
  const { words, number, time } = voice;
  const { columns } = words;
  const row = (line: ToolLine): readonly Text[] => [
    line.firstAt === undefined
      ? targetText(line.target)
      : [targetText(line.target), " ", { badge: `${words.agents.first} ${time(line.firstAt)}`, tone: "warn" }],
    number(line.reads),
    number(line.writes),
    number(line.approved),
    endsText(line.ends, voice),
  ];
  const head = [columns.what, columns.reads, columns.writes, columns.approved, columns.outcomes];
  return [heading(4, words.agents.tools), ...some(words.agents.tools, head, lines, row, [1, 2, 3], voice)];
}

function denials({ denials: lines }: AgentLine, voice: Voice): readonly Block[] {
  if (lines.length === 0) return [];
  const { words, number, time } = voice;
  const { columns } = words;
  const causes: Readonly<Record<string, string>> = words.causes;
  const row = ({
    asked,
    target,
    cause = "unknown",
    rules,
    times,
    lastAt,
  }: AgentLine["denials"][number]): readonly Text[] => [
    target === undefined ? said(asked) : targetText(target),
    causes[cause] ?? said(cause),
    joined(rules.map(said)),
    number(times),
    time(lastAt),
  ];
  const head = [columns.what, columns.cause, columns.rules, columns.times, columns.last];
  return [heading(4, words.agents.denied), ...some(words.agents.denied, head, lines, row, [3], voice)];
}

function asked(line: AgentLine, { words, number }: Voice): readonly Block[] {
  const ends = Object.entries(line.asked).filter(([, times]) => times > 0) as [RequestEnd, number][];
  if (ends.length === 0) return [];
  const rows = ends.map(([end, times]) => [words.requestEnds[end], number(times)]);
  const head = [words.columns.ended, words.columns.requests];
  return [heading(4, words.agents.asked), table(words.agents.asked, head, rows, [1])];
}

function compared(line: AgentLine, { words }: Voice): readonly Block[] {
  const all: readonly (number | null)[] = [line.calls, ...line.before];
  const known = all
    .map((calls, back) => ({ calls, back }))
    .filter(({ calls }) => calls !== null)
    .toReversed();
  if (known.length < 2) return [];
  const { agents, columns } = words;
  return [
    {
      kind: "chart",
      chart: {
        title: agents.before,
        axis: columns.before,
        categories: known.map(({ back }) => agents.period(back)),
        series: [{ name: columns.calls, tone: "first", values: known.map(({ calls }) => calls ?? 0) }],
      },
    },
    ...(line.louder
      ? [
          paragraph(
            words.look.louder(line.agent, line.calls, Math.max(...line.before.map((each) => each ?? 0))),
            "warn",
          ),
        ]
      : []),
    ...(known.length < all.length ? [paragraph(agents.unknown(all.length - known.length, line.before.length))] : []),
  ];
}

function hours(line: AgentLine, { words }: Voice): readonly Block[] {
  if (line.calls === 0) return [];
  const { agents, columns } = words;
  const { unusual } = line;
  const told =
    unusual === undefined
      ? paragraph(agents.noHistory)
      : unusual.length === 0
        ? paragraph(agents.usual)
        : paragraph(
            agents.unusual(unusual.map(({ hour, weekend, calls }) => agents.hourOf(hour, weekend, calls))),
            "warn",
          );
  return [
    {
      kind: "chart",
      chart: {
        title: agents.hours,
        axis: agents.hour,
        categories: line.hours.map((_, hour) => String(hour)),
        series: [{ name: columns.calls, tone: "first", values: line.hours }],
      },
    },
    told,
  ];
}

const oneAgent = (line: AgentLine, voice: Voice): readonly Block[] => [
  heading(3, said(line.agent)),
  paragraph([
    `${voice.words.columns.calls}: ${voice.number(line.calls)} · ${voice.words.columns.reads}: ${voice.number(line.reads)} · `,
    `${voice.words.columns.writes}: ${voice.number(line.writes)} · ${voice.words.glance.denied}: ${voice.number(line.denied)}`,
  ]),
  ...(line.uncounted > 0 ? [paragraph(voice.words.look.uncounted(line.agent, line.uncounted), "warn")] : []),
  ...(line.passes > 0 ? [paragraph(voice.words.agents.passes(line.passes))] : []),
  ...tools(line, voice),
  ...denials(line, voice),
  ...asked(line, voice),
  ...compared(line, voice),
  ...hours(line, voice),
];

export const agentBlocks = ({ agents }: Report, voice: Voice): readonly Block[] => [
  heading(2, voice.words.agents.title, "agents"),
  ...(agents.length === 0 ? [paragraph(voice.words.agents.none)] : agents.flatMap((line) => oneAgent(line, voice))),
  ...(agents.length === 0 ? [] : [paragraph(voice.words.agents.previews)]),
];
