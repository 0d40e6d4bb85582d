/** What a report says, however it is written down: plain facts, nothing worded, nothing escaped. Shapes only. */

import type { EntryKind, OutcomeStatus, Target } from "../audit/entry.ts";
import type { RightChange } from "../policy/widening.ts";
import type { Unused } from "./unused.ts";

/** Times are RFC 3339 in UTC; `until` is exclusive. Days and hours are those of `timeZone`. */
interface ReportPeriod {
  readonly from: string;
  readonly until: string;
  readonly timeZone: string;
}

/** How a call ended; `open`: no outcome is on record yet. */
export type CallEnd = OutcomeStatus | "open";

/** How a request ended; `ran`: it was approved and executed; `open`: nothing is on record yet. */
export type RequestEnd =
  "ran" | "denied" | "returned" | "expired" | "withdrawn" | "invalidated" | "edited" | "open" | "other";

export interface Totals {
  readonly calls: number;
  readonly reads: number;
  readonly writes: number;
  /** Sums up to `calls`. */
  readonly ends: Readonly<Record<CallEnd, number>>;
  readonly denied: number;
  readonly asked: number;
  readonly answers: number;
}

export interface DayLine {
  readonly day: string;
  readonly reads: number;
  readonly writes: number;
  readonly denied: number;
  readonly asked: number;
}

export interface ToolLine {
  readonly target: Target;
  readonly reads: number;
  readonly writes: number;
  readonly ends: Readonly<Partial<Record<CallEnd, number>>>;
  /** Of these calls, how many went by an answer of people. */
  readonly approved: number;
  /** Set where the log has no call of it by this agent before the period. */
  readonly firstAt?: string;
}

export interface DeniedLine {
  /** What the agent asked for, by its own words. */
  readonly asked: string;
  readonly target?: Target;
  /** Left out: a name that is nothing to this agent. */
  readonly cause?: string;
  readonly rules: readonly string[];
  readonly times: number;
  readonly lastAt: string;
}

export interface UnusualHour {
  readonly hour: number;
  readonly weekend: boolean;
  readonly calls: number;
}

export interface AgentLine {
  readonly agent: string;
  readonly calls: number;
  readonly reads: number;
  readonly writes: number;
  readonly ends: Readonly<Record<CallEnd, number>>;
  readonly tools: readonly ToolLine[];
  readonly denied: number;
  readonly denials: readonly DeniedLine[];
  readonly asked: Readonly<Record<RequestEnd, number>>;
  readonly passes: number;
  /** Calls in the periods of the same length before, the latest first; null where the log does not reach so far. */
  readonly before: readonly (number | null)[];
  readonly louder: boolean;
  /** Calls by hour of the day, 24 numbers. */
  readonly hours: readonly number[];
  /** Undefined where there is too little to compare with. */
  readonly unusual?: readonly UnusualHour[];
  /** Names beyond the most that are counted apart; in sums, not in lines. */
  readonly uncounted: number;
}

/** `name` null: a human in front of an agent's client, who signs nothing. */
export interface PersonLine {
  readonly name: string | null;
  readonly answers: number;
  readonly approve: number;
  readonly deny: number;
  readonly return: number;
  readonly breakGlass: number;
  /** From the question's entry to the answer's; undefined where no question is on record. */
  readonly medianMs?: number;
  readonly p90Ms?: number;
  readonly timed: number;
  readonly fast: number;
  readonly passkey: number;
  readonly batched: number;
  /** By CRITERIA.stamp. */
  readonly stamping: boolean;
}

/** Something that happens seldom, told one by one. */
export interface Happening {
  readonly at: string;
  readonly kind: EntryKind;
  readonly agent?: string;
  readonly what?: string;
  readonly by?: string;
  readonly detail?: string;
}

export interface QuarantineLine {
  readonly target: Target;
  readonly times: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** False: it is not there any more. */
  readonly isThere: boolean;
}

export interface UncertainLine {
  readonly at: string;
  readonly agent: string;
  readonly target: Target;
  readonly status: "timeout" | "cancelled" | "unknown" | "open";
  readonly call: string;
}

/** One accepted configuration; rights are undefined where the archive does not hold both sides. */
export interface ConfigLine {
  readonly at: string;
  readonly digest: string;
  readonly by: string;
  readonly signed: boolean;
  readonly first: boolean;
  readonly gained?: readonly RightChange[];
  readonly lost?: readonly RightChange[];
}

export interface EndingLine {
  readonly kind: "token" | "secret";
  readonly name: string;
  readonly agent?: string;
  readonly endsAt: string;
  readonly over: boolean;
}

/** What was verified, or that nothing was. */
export type Proof =
  | {
      readonly kind: "proven";
      readonly streams: number;
      readonly entries: number;
      readonly unsigned: number;
      readonly statements: number;
      readonly ownKey: boolean;
    }
  | { readonly kind: "fault"; readonly code: string; readonly file: string; readonly line?: number }
  | { readonly kind: "not-run" };

/** The log as it was when the report was made. */
export interface Rests {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly proof: Proof;
  /** Lines that were counted, and those that could not be read. */
  readonly entries: number;
  readonly unreadable: number;
  readonly streams: number;
  /** Time of the first entry. */
  readonly begins?: string;
}

/** Kept to a most; `total` counts all. */
export interface Some<T> {
  readonly total: number;
  readonly list: readonly T[];
}

/** What was counted in one pass over the log. */
export interface Counted {
  readonly totals: Totals;
  readonly days: readonly DayLine[];
  readonly agents: readonly AgentLine[];
  readonly people: readonly PersonLine[];
  /** Answers by how long they took: see SPEEDS. */
  readonly speeds: readonly number[];
  readonly quarantines: readonly QuarantineLine[];
  readonly uncertain: Some<UncertainLine>;
  readonly glass: Some<Happening>;
  readonly passes: Some<Happening>;
  readonly stops: Some<Happening>;
  readonly logins: Some<Happening>;
  readonly configs: Some<Happening>;
  readonly faults: Some<Happening>;
  /** Attempts that were not let in, by reason. */
  readonly turnedAway: readonly { readonly reason: string; readonly times: number }[];
  readonly begins: string | undefined;
}

export interface Report extends Omit<Counted, "begins"> {
  readonly v: 1;
  /** One line that stands at the head of each form of it; what is signed leans on it. */
  readonly mark: string;
  readonly program: string;
  readonly madeAt: string;
  readonly period: ReportPeriod;
  readonly rests: Rests;
  readonly accepted: readonly ConfigLine[];
  readonly unused: Unused;
  readonly endings: readonly EndingLine[];
}
