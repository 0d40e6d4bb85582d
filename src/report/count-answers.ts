/** What people were asked and how they answered, joined once everything was read: streams come in any order. Pure. */

import type { EntryBody } from "../audit/entry.ts";
import { CRITERIA, SPEEDS } from "./criteria.ts";
import type { Span } from "./agent-line.ts";
import type { PersonLine, RequestEnd } from "./model.ts";

/** No question stays open longer: see `expires` in config/rules.ts. */
const LONGEST_OPEN_MS = 8 * 86_400_000;

interface Asked {
  readonly agent: string;
  readonly at: number;
}

interface Answer {
  readonly name: string | null;
  readonly word: "approve" | "deny" | "return" | "break-glass";
  readonly request: string;
  readonly at: number;
  readonly passkey: boolean;
  readonly batched: boolean;
}

export interface AnswerCount {
  take(body: EntryBody, at: number): void;
  asked(): number;
  answers(): number;
  people(): readonly PersonLine[];
  /** Timed answers by SPEEDS. */
  speeds(): readonly number[];
  ends(agent: string): Record<RequestEnd, number>;
}

const noEnds = (): Record<RequestEnd, number> => ({
  ran: 0,
  denied: 0,
  returned: 0,
  expired: 0,
  withdrawn: 0,
  invalidated: 0,
  edited: 0,
  open: 0,
  other: 0,
});

const isEnd = (state: string): state is RequestEnd => Object.hasOwn(noEnds(), state);

/** The smallest of sorted numbers that at least `share` of them do not exceed; undefined of none. */
const percentile = (sorted: readonly number[], share: number): number | undefined =>
  sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)];

export function countAnswers({ from, until }: Span): AnswerCount {
  const requests = new Map<string, Asked>();
  const ends = new Map<string, RequestEnd>();
  const given: Answer[] = [];

  const open = (request: string, agent: string, at: number): void => {
    if (at >= from - LONGEST_OPEN_MS && at < until) requests.set(request, { agent, at });
  };
  const inPeriod = (at: number): boolean => at >= from && at < until;
  const ended = (request: string, end: RequestEnd): void => {
    // A request that ran has no other end.
    if (ends.get(request) !== "ran") ends.set(request, end);
  };

  function answer(entry: Extract<EntryBody, { readonly kind: "request.answered" }>, at: number): void {
    if (!inPeriod(at)) return;
    const { request, statement } = entry;
    if ("body" in statement) {
      const { approver: name, answer: word } = statement.body;
      const { passkey } = statement;
      given.push({ name, word, request, at, passkey: passkey !== undefined, batched: passkey?.batch !== undefined });
    } else given.push({ name: null, word: statement.answer, request, at, passkey: false, batched: false });
  }

  const took = ({ request, at }: Answer): number | undefined => {
    const asked = requests.get(request);
    return asked === undefined ? undefined : Math.max(at - asked.at, 0);
  };
  const opened = (): readonly (readonly [string, Asked])[] => [...requests].filter(([, { at }]) => inPeriod(at));

  return {
    take(body, at) {
      switch (body.kind) {
        case "request.opened":
          return open(body.request, body.agent, at);
        case "request.edited":
          ended(body.from, "edited");
          return open(body.request, body.agent, at);
        case "request.claimed":
          return ended(body.request, "ran");
        case "request.closed":
          return ended(body.request, isEnd(body.state) ? body.state : "other");
        case "request.answered":
          return answer(body, at);
        default:
          return undefined;
      }
    },
    asked: () => opened().length,
    answers: () => given.length,
    people() {
      const byName = new Map<string | null, Answer[]>();
      for (const one of given) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
      return [...byName]
        .map(([name, answers]) => personLine(name, answers, took))
        .toSorted((a, b) => b.answers - a.answers || ((a.name ?? "") < (b.name ?? "") ? -1 : 1));
    },
    speeds() {
      const counts = Array.from({ length: SPEEDS.length + 1 }, () => 0);
      for (const one of given) {
        const ms = took(one);
        if (ms === undefined) continue;
        const found = SPEEDS.findIndex((limit) => ms < limit);
        const range = found < 0 ? SPEEDS.length : found;
        counts[range] = (counts[range] ?? 0) + 1;
      }
      return counts;
    },
    ends(agent) {
      const counts = noEnds();
      for (const [request, asked] of opened()) if (asked.agent === agent) counts[ends.get(request) ?? "open"]++;
      return counts;
    },
  };
}

function personLine(
  name: string | null,
  answers: readonly Answer[],
  took: (answer: Answer) => number | undefined,
): PersonLine {
  const times = answers
    .map(took)
    .filter((ms) => ms !== undefined)
    .toSorted((a, b) => a - b);
  const count = (is: (answer: Answer) => boolean): number => answers.filter(is).length;
  const [median, p90] = [percentile(times, 0.5), percentile(times, 0.9)];
  const { stamp } = CRITERIA;
  const fast = times.filter((ms) => ms < stamp.fastMs).length;
  const yes = count(({ word }) => word === "approve" || word === "break-glass");
  const isQuick = (median ?? Infinity) < stamp.medianMs || (times.length > 0 && fast >= stamp.fastShare * times.length);
  return {
    name,
    answers: answers.length,
    approve: count(({ word }) => word === "approve"),
    deny: count(({ word }) => word === "deny"),
    return: count(({ word }) => word === "return"),
    breakGlass: count(({ word }) => word === "break-glass"),
    ...(median === undefined ? {} : { medianMs: median }),
    ...(p90 === undefined ? {} : { p90Ms: p90 }),
    timed: times.length,
    fast,
    passkey: count(({ passkey }) => passkey),
    batched: count(({ batched }) => batched),
    stamping: answers.length >= stamp.answers && yes >= stamp.yesShare * answers.length && isQuick,
  };
}
