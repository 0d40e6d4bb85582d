/** What was counted of one agent, and the line that a report makes of it. Pure. */

import type { Target } from "../audit/entry.ts";
import { CRITERIA } from "./criteria.ts";
import type { AgentLine, CallEnd, DeniedLine, RequestEnd, ToolLine, UnusualHour } from "./model.ts";

/** Ms; `until` exclusive. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

export const HOURS = 24;

export const noEnds = (): Record<CallEnd, number> => ({
  ok: 0,
  tool_error: 0,
  rpc_error: 0,
  timeout: 0,
  cancelled: 0,
  unknown: 0,
  not_sent: 0,
  open: 0,
});

export interface Tool {
  readonly target: Target;
  reads: number;
  writes: number;
  approved: number;
  readonly ends: Record<CallEnd, number>;
  first: number;
}

interface Denied {
  readonly line: Omit<DeniedLine, "times" | "lastAt">;
  times: number;
  last: number;
}

export interface Agent {
  readonly tools: Map<string, Tool>;
  readonly denials: Map<string, Denied>;
  reads: number;
  writes: number;
  readonly ends: Record<CallEnd, number>;
  denied: number;
  passes: number;
  uncounted: number;
  readonly before: number[];
  /** Of working days, then of weekends. */
  readonly during: number[];
  readonly earlier: number[];
}

export const rfc = (at: number): string => new Date(at).toISOString();
export const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

export function lineOf(
  name: string,
  agent: Agent,
  asked: Record<RequestEnd, number>,
  { from, until }: Span,
  begins: number,
): AgentLine {
  const used = [...agent.tools.values()].filter(({ reads, writes }) => reads + writes > 0);
  const tools = used.map((tool) => toolLine(tool, from)).toSorted((a, b) => b.reads + b.writes - a.reads - a.writes);
  const calls = sum(agent.during);
  const before = agent.before.map((each, back) => (from - (back + 1) * (until - from) >= begins ? each : null));
  const most = Math.max(...before.map((each) => each ?? -1));
  const { factor, calls: least } = CRITERIA.volume;
  const unusual = unusualHours(agent);
  return {
    agent: name,
    calls,
    reads: agent.reads,
    writes: agent.writes,
    ends: agent.ends,
    tools,
    denied: agent.denied,
    denials: [...agent.denials.values()]
      .toSorted((a, b) => b.times - a.times)
      .map(({ line, times, last }) => ({ ...line, times, lastAt: rfc(last) })),
    asked,
    passes: agent.passes,
    before,
    louder: most >= 0 && calls >= least && calls > factor * most,
    hours: Array.from({ length: HOURS }, (_, hour) => (agent.during[hour] ?? 0) + (agent.during[hour + HOURS] ?? 0)),
    ...(unusual === undefined ? {} : { unusual }),
    uncounted: agent.uncounted,
  };
}

function toolLine({ target, reads, writes, approved, ends, first }: Tool, from: number): ToolLine {
  const some = Object.fromEntries(Object.entries(ends).filter(([, times]) => times > 0));
  return { target, reads, writes, ends: some, approved, ...(first >= from ? { firstAt: rfc(first) } : {}) };
}

function unusualHours({ during, earlier }: Agent): readonly UnusualHour[] | undefined {
  const { share, history } = CRITERIA.hours;
  const all = sum(earlier);
  if (all < history) return undefined;
  return during.flatMap((calls, slot) =>
    calls > 0 && (earlier[slot] ?? 0) < share * all ? [{ hour: slot % HOURS, weekend: slot >= HOURS, calls }] : [],
  );
}
