/** Calls of each agent, counted as they come, in whichever order streams are read. Pure. */

import type { EntryBody, Target } from "../audit/entry.ts";
import { PREVIEW } from "../audit/parts.ts";
import { HOURS, lineOf, noEnds, rfc, sum, type Agent, type Span, type Tool } from "./agent-line.ts";
import { CRITERIA } from "./criteria.ts";
import type { AgentLine, CallEnd, RequestEnd, Some, UncertainLine } from "./model.ts";
import type { LocalHour } from "./zone.ts";

/** Names that one agent may have before the rest is only summed up: they are its own choice. */
const MOST_NAMES = 2000;
const MOST_UNCERTAIN = 200;
interface Flight {
  readonly agent: string;
  readonly target: Target;
  readonly call: string;
  readonly at: number;
  readonly tool: Tool | undefined;
  readonly inPeriod: boolean;
}

type Intent = Extract<EntryBody, { readonly kind: "call.intent" }>;
type Refusal = Extract<EntryBody, { readonly kind: "call.denied" }>;

/** Not one of the gate's own, by which it shows an approver what a write would do. */
export const isAgents = ({ why }: Intent): boolean => why.detail !== PREVIEW;

export interface CallCount {
  take(body: EntryBody, at: number): void;
  /** `begins`: of the log; `asked`: what became of each agent's requests. */
  end(begins: number, asked: (agent: string) => Record<RequestEnd, number>): readonly AgentLine[];
  uncertain(): Some<UncertainLine>;
}

const zeros = (): number[] => Array.from({ length: 2 * HOURS }, () => 0);

function toolOf(agent: Agent, target: Target): Tool | undefined {
  const key = `${target.kind}:${target.server}/${target.name}`;
  const known = agent.tools.get(key);
  if (known !== undefined || agent.tools.size >= MOST_NAMES) return known;
  const tool: Tool = { target, reads: 0, writes: 0, approved: 0, ends: noEnds(), first: Infinity };
  agent.tools.set(key, tool);
  return tool;
}

export function countCalls({ from, until }: Span, hourOf: (at: number) => LocalHour): CallCount {
  const length = until - from;
  const agents = new Map<string, Agent>();
  const flying = new Map<string, Flight>();
  /** Outcomes that were read before their intents, which stand in another stream. */
  const early = new Map<string, CallEnd>();
  /** Calls of the gate's own that are in flight. */
  const own = new Set<string>();
  const uncertain: UncertainLine[] = [];
  let uncertainTotal = 0;

  function agentOf(name: string): Agent {
    let agent = agents.get(name);
    if (agent === undefined) {
      const before = Array.from({ length: CRITERIA.volume.periods }, () => 0);
      const fresh = { reads: 0, writes: 0, ends: noEnds(), denied: 0, passes: 0, uncounted: 0 };
      agent = { tools: new Map(), denials: new Map(), before, during: zeros(), earlier: zeros(), ...fresh };
      agents.set(name, agent);
    }
    return agent;
  }

  function ended(flight: Flight, status: CallEnd): void {
    if (!flight.inPeriod) return;
    agentOf(flight.agent).ends[status]++;
    if (flight.tool !== undefined) flight.tool.ends[status]++;
    if (status !== "timeout" && status !== "cancelled" && status !== "unknown" && status !== "open") return;
    uncertainTotal++;
    const { agent, target, call, at } = flight;
    if (uncertain.length < MOST_UNCERTAIN) uncertain.push({ at: rfc(at), agent, target, status, call });
  }

  function intent({ agent: name, target, call, why, request }: Intent, at: number): void {
    const agent = agentOf(name);
    const tool = toolOf(agent, target);
    if (tool !== undefined && at < tool.first) tool.first = at;
    const inPeriod = at >= from && at < until;
    const hour = at >= from - CRITERIA.volume.periods * length && at < until ? hourOf(at) : undefined;
    if (hour !== undefined) {
      const slot = hour.hour + (hour.weekend ? HOURS : 0);
      const list = inPeriod ? agent.during : agent.earlier;
      list[slot] = (list[slot] ?? 0) + 1;
      const back = Math.floor((from - 1 - at) / length);
      if (!inPeriod) agent.before[back] = (agent.before[back] ?? 0) + 1;
    }
    if (inPeriod) {
      const count = why.access === "write" ? "writes" : "reads";
      agent[count]++;
      if (tool === undefined) agent.uncounted++;
      else {
        tool[count]++;
        if (request !== undefined) tool.approved++;
      }
    }
    const flight: Flight = { agent: name, target, call, at, tool, inPeriod };
    const status = early.get(call);
    if (status === undefined) flying.set(call, flight);
    else {
      early.delete(call);
      ended(flight, status);
    }
  }

  function denial({ agent: name, asked, target, why }: Refusal, at: number): void {
    if (at < from || at >= until) return;
    const agent = agentOf(name);
    agent.denied++;
    const key = JSON.stringify([asked, target, why?.cause, why?.rules]);
    const known = agent.denials.get(key);
    if (known !== undefined) {
      known.times++;
      known.last = Math.max(known.last, at);
    } else if (agent.denials.size < MOST_NAMES) {
      const line = {
        asked,
        ...(target === undefined ? {} : { target }),
        ...(why === undefined ? {} : { cause: why.cause }),
        rules: why?.rules ?? [],
      };
      agent.denials.set(key, { line, times: 1, last: at });
    }
  }

  return {
    take(body, at) {
      if (body.kind === "call.intent") {
        if (isAgents(body)) intent(body, at);
        else if (!early.delete(body.call)) own.add(body.call);
      } else if (body.kind === "call.outcome") {
        const flight = flying.get(body.call);
        if (own.delete(body.call)) return;
        if (flight === undefined) early.set(body.call, body.status);
        else {
          flying.delete(body.call);
          ended(flight, body.status);
        }
      } else if (body.kind === "call.denied") denial(body, at);
      else if (body.kind === "pass.used" && at >= from && at < until) agentOf(body.agent).passes++;
    },
    end(begins, asked) {
      for (const flight of flying.values()) ended(flight, "open");
      flying.clear();
      return [...agents]
        .map(([name, agent]) => lineOf(name, agent, asked(name), { from, until }, begins))
        .filter((line) => line.calls > 0 || line.denied > 0 || sum(Object.values(line.asked)) > 0 || line.passes > 0)
        .toSorted((a, b) => (a.agent < b.agent ? -1 : 1));
    },
    uncertain: () => ({ total: uncertainTotal, list: uncertain.toSorted((a, b) => (a.at < b.at ? -1 : 1)) }),
  };
}
