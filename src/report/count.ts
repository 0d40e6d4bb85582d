/** Everything that a report counts, in one pass over entries of all streams in any order. Memory grows with names, not with calls. Pure. */

import type { Entry } from "../audit/entry.ts";
import { countAnswers } from "./count-answers.ts";
import { noEnds, type Span } from "./agent-line.ts";
import { countCalls, isAgents } from "./count-calls.ts";
import { countConfigs, type CountedConfigs } from "./count-configs.ts";
import { countEvents } from "./count-events.ts";
import { countUsed, type Used } from "./count-used.ts";
import type { AgentLine, CallEnd, Counted, DayLine, Totals } from "./model.ts";
import { daysBetween, localHours } from "./zone.ts";

export type { Span } from "./agent-line.ts";
export type { Used } from "./count-used.ts";

export interface Counting {
  take(entry: Entry): void;
  end(): Counted;
  /** By agent. */
  used(): ReadonlyMap<string, Used>;
  configs(): CountedConfigs;
}

type Day = { -readonly [K in Exclude<keyof DayLine, "day">]: number };

/** Throws RangeError for no time zone. */
export function counting(span: Span, timeZone: string): Counting {
  const hourOf = localHours(timeZone);
  const calls = countCalls(span, hourOf);
  const answers = countAnswers(span);
  const events = countEvents(span);
  const used = countUsed(span);
  const configs = countConfigs(span);
  const days = new Map<string, Day>(
    daysBetween(span.from, span.until, timeZone).map((day) => [day, { reads: 0, writes: 0, denied: 0, asked: 0 }]),
  );
  let begins = Infinity;

  function count(what: keyof Day, at: number): void {
    const day = at >= span.from && at < span.until ? days.get(hourOf(at).day) : undefined;
    if (day !== undefined) day[what]++;
  }

  return {
    take({ body, time }) {
      const at = Date.parse(time);
      if (at < begins) begins = at;
      calls.take(body, at);
      used.take(body, at);
      switch (body.kind) {
        case "call.outcome":
          return;
        case "call.intent":
          if (isAgents(body)) count(body.why.access === "write" ? "writes" : "reads", at);
          return;
        case "call.denied":
          return count("denied", at);
        case "request.opened":
        case "request.edited":
          count("asked", at);
          break;
        default:
          break;
      }
      answers.take(body, at);
      events.take(body, at);
      configs.take(body, at);
    },
    used: used.end,
    configs: configs.end,
    end() {
      const agents = calls.end(begins, answers.ends);
      return {
        totals: totalsOf(agents, answers.asked(), answers.answers()),
        days: [...days].map(([day, line]) => ({ day, ...line })),
        agents,
        people: answers.people(),
        speeds: answers.speeds(),
        quarantines: events.quarantines(),
        uncertain: calls.uncertain(),
        glass: events.some("glass"),
        passes: events.some("passes"),
        stops: events.some("stops"),
        logins: events.some("logins"),
        configs: events.some("configs"),
        faults: events.some("faults"),
        turnedAway: events.turnedAway(),
        begins: begins === Infinity ? undefined : new Date(begins).toISOString(),
      };
    },
  };
}

function totalsOf(agents: readonly AgentLine[], asked: number, answers: number): Totals {
  const ends = noEnds();
  for (const agent of agents)
    for (const [end, times] of Object.entries(agent.ends) as [CallEnd, number][]) ends[end] += times;
  const sum = (pick: (agent: AgentLine) => number): number => agents.reduce((all, agent) => all + pick(agent), 0);
  return {
    calls: sum(({ calls }) => calls),
    reads: sum(({ reads }) => reads),
    writes: sum(({ writes }) => writes),
    ends,
    denied: sum(({ denied }) => denied),
    asked,
    answers,
  };
}
