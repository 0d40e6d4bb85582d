/** Counts whose leave suffices for one obligation: stages, groups, assurance, tickets, one vote a person. Pure. */

import type { Assurance, Obligation, Stage } from "../policy/call.ts";
import { matchesText } from "../policy/pattern.ts";
import { isProofFor } from "../policy/settle.ts";
import { keysOf, type Approver } from "./approver.ts";

/** A leave whose signature fits, with who gave it and in whose place. */
export interface Vote {
  readonly approver: Approver;
  readonly seat: Approver;
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

/** One vote per person and per seat: neither a name nor a key counts twice, so that one key under two names stays one person. */
export function distinct<V extends Vote>(votes: readonly V[]): readonly V[] {
  const taken = new Set<string>();
  return votes.filter(({ approver, seat }) => {
    const marks = new Set([approver, seat].flatMap((each) => [`name ${each.name}`, ...keysOf(each)]));
    if ([...marks].some((mark) => taken.has(mark))) return false;
    for (const mark of marks) taken.add(mark);
    return true;
  });
}

export const isOf = ({ groups }: Approver, from: readonly string[]): boolean =>
  from.some((group) => groups.includes(group));

export const stagesOf = ({ from, need, then = [] }: Obligation): readonly Stage[] => [{ from, need }, ...then];

/** Groups that may answer a stage at `at`: empty means any approver. */
const groupsAt = (stage: Stage, { escalate = [] }: Obligation, elapsedMs: number): readonly string[] =>
  stage.from.length === 0
    ? []
    : [...stage.from, ...escalate.filter(({ afterMs }) => afterMs <= elapsedMs).flatMap(({ to }) => to)];

/** Whether this person's answer counts in a stage at all; how well it proves a human is asked apart. */
export function serves(
  stage: Stage,
  obligation: Obligation,
  { approver, seat }: Pick<Vote, "approver" | "seat">,
  elapsedMs: number,
): boolean {
  if (obligation.except?.some((name) => name === approver.name || name === seat.name) === true) return false;
  const groups = groupsAt(stage, obligation, elapsedMs);
  return groups.length === 0 || isOf(approver, groups) || isOf(seat, groups);
}

/** A ticket of visible letters, of which one can be told from another at a glance. */
const isTicket = (text: string): boolean => /^[\x21-\x7e]{1,100}$/.test(text);

const hasTicket = ({ ticket }: Obligation, given: Vote): boolean =>
  ticket === undefined ||
  (given.ticket !== undefined && isTicket(given.ticket) && matchesText(ticket, given.ticket, false));

/** `metAt`: when the last answer that was needed was given, ms. */
export type Count = { readonly metAt: number; readonly missing?: undefined } | { readonly missing: Missing };

/**
 * Stage by stage: an answer counts in a stage when it was given after the one before was met. `approvals` in the order of
 * their times, of different people; `opened`: when the question was put, ms, from which escalation is counted.
 */
export function count(obligation: Obligation, approvals: readonly Vote[], opened: number, now: number): Count {
  const stages = stagesOf(obligation);
  let metAt = 0;
  let left = approvals.filter(
    (vote) => isProofFor(vote.assurance, obligation.assurance) && hasTicket(obligation, vote),
  );
  for (const [index, stage] of stages.entries()) {
    // Nobody's leave is never enough, whatever a changed row says.
    const need = Math.max(stage.need, 1);
    const able = left.filter((vote) => vote.at >= metAt && serves(stage, obligation, vote, vote.at - opened));
    const counted = able.slice(0, need);
    if (counted.length < need) {
      const { rule, assurance, ticket } = obligation;
      return {
        missing: {
          rule,
          need: need - counted.length,
          from: groupsAt(stage, obligation, now - opened),
          assurance,
          ...(stages.length === 1 ? {} : { stage: { number: index + 1, of: stages.length } }),
          ...(ticket === undefined ? {} : { ticket }),
        },
      };
    }
    // Later answers than the needed ones prolong nothing.
    metAt = Math.max(...counted.map((vote) => vote.at));
    left = left.filter((vote) => !counted.includes(vote));
  }
  return { metAt };
}
