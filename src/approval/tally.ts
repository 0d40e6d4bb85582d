/** Counts whose leave suffices for one obligation: stages, groups, assurance, tickets, one vote a person. Pure. */

import type { Assurance, Obligation, Stage } from "../policy/call.ts";
import { matchesText } from "../policy/pattern.ts";
import { isProofFor } from "../policy/settle.ts";
import { keysOf, type Approver } from "./approver.ts";

/** Somebody who answers, and in whose place: their own, where they are no deputy. */
export interface Person {
  readonly approver: Approver;
  readonly seat: Approver;
}

/** A leave whose signature fits. */
export interface Vote extends Person {
  /** When it was given, ms. */
  readonly at: number;
  readonly assurance: Assurance;
  readonly ticket?: string;
}

/** What one obligation still lacks. */
export interface Missing {
  readonly rule: string;
  /** Approvers still needed, in the stage that is open. */
  readonly need: number;
  /** Groups that may answer by now, escalation included; empty means any approver. */
  readonly from: readonly string[];
  readonly assurance: Assurance;
  /** Counted from 1; left out where there is one only. */
  readonly stage?: { readonly number: number; readonly of: number };
  readonly ticket?: string;
}

/** Name and keys: who shares one of them is the same human. */
const marksOf = (person: Approver): readonly string[] => [`name ${person.name}`, ...keysOf(person)];

export const isSame = (one: Approver, other: Approver): boolean => {
  const marks = marksOf(other);
  return marksOf(one).some((mark) => marks.includes(mark));
};

/** The first vote of each human: one key under two names, and one name with two keys, stay one. */
export function distinct<V extends Vote>(votes: readonly V[]): readonly V[] {
  const taken = new Set<string>();
  return votes.filter(({ approver }) => {
    const marks = marksOf(approver);
    if (marks.some((mark) => taken.has(mark))) return false;
    for (const mark of marks) taken.add(mark);
    return true;
  });
}

export const isOf = ({ groups }: Approver, from: readonly string[]): boolean =>
  from.some((group) => groups.includes(group));

export const stagesOf = ({ from, need, later = [] }: Obligation): readonly Stage[] => [{ from, need }, ...later];

/** Groups that may answer a stage so long after the opening: empty means any approver. */
const groupsAt = (stage: Stage, { escalate = [] }: Obligation, elapsedMs: number): readonly string[] =>
  stage.from.length === 0
    ? []
    : [...stage.from, ...escalate.filter(({ afterMs }) => afterMs <= elapsedMs).flatMap(({ to }) => to)];

/** Kept from it by name; so is whoever answers in their place, and whoever they answer for. */
export const isBarred = ({ except = [] }: Obligation, { approver, seat }: Person): boolean =>
  except.includes(approver.name) || except.includes(seat.name);

/** Whether this person's answer counts in a stage at all; how well it proves a human is asked apart. */
export function serves(stage: Stage, obligation: Obligation, person: Person, elapsedMs: number): boolean {
  if (isBarred(obligation, person)) return false;
  const groups = groupsAt(stage, obligation, elapsedMs);
  return groups.length === 0 || isOf(person.approver, groups) || isOf(person.seat, groups);
}

/** Visible ASCII, so that one ticket can be told from another at a glance. */
const isTicket = (text: string): boolean => /^[\x21-\x7e]{1,100}$/.test(text);

export const fitsTicket = ({ ticket }: Obligation, given: string | undefined): boolean =>
  ticket === undefined || (given !== undefined && isTicket(given) && matchesText(ticket, given, false));

export interface Count {
  readonly counted: readonly Vote[];
  /** Of the stage that is open, from 0; its votes are among the counted. Undefined once all are met. */
  readonly open?: number;
  readonly missing?: Missing;
}

function missingOf(obligation: Obligation, open: number, need: number, elapsedMs: number): Missing {
  const { rule, assurance, ticket } = obligation;
  const stages = stagesOf(obligation);
  return {
    rule,
    need,
    from: groupsAt(stages[open] ?? obligation, obligation, elapsedMs),
    assurance,
    ...(stages.length === 1 ? {} : { stage: { number: open + 1, of: stages.length } }),
    ...(ticket === undefined ? {} : { ticket }),
  };
}

/**
 * Stage by stage. An answer counts in a stage when it was given after the one before was met, and for a seat that has been
 * counted in none, in person or by a deputy. `approvals` in the order of their times, of different people; `opened`: when
 * the question was put, ms, from which escalation is counted.
 */
export function count(obligation: Obligation, approvals: readonly Vote[], opened: number, now: number): Count {
  const counted: Vote[] = [];
  let metAt = -Infinity;
  for (const [open, stage] of stagesOf(obligation).entries()) {
    // Nobody's leave is never enough, whatever a changed row says.
    let need = Math.max(stage.need, 1);
    const before = metAt;
    for (const vote of approvals) {
      if (need === 0) break;
      // A time that was signed ahead of the clock escalates nothing.
      const elapsed = Math.min(vote.at, now) - opened;
      if (vote.at <= before || counted.some(({ seat }) => isSame(seat, vote.seat))) continue;
      if (!isProofFor(vote.assurance, obligation.assurance) || !fitsTicket(obligation, vote.ticket)) continue;
      if (!serves(stage, obligation, vote, elapsed)) continue;
      counted.push(vote);
      metAt = vote.at;
      need--;
    }
    if (need > 0) return { counted, open, missing: missingOf(obligation, open, need, now - opened) };
  }
  return { counted };
}
