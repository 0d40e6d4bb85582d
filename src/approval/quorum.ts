/** Whether the answers given to a request suffice. Counted anew from signed statements each time, never from a state. Pure. */

import type { Assurance, Obligation, Stage } from "../policy/call.ts";
import { matchesText } from "../policy/pattern.ts";
import { isProofFor } from "../policy/settle.ts";
import { keysOf, type Approver } from "./approver.ts";
import type { Request } from "./request.ts";
import { verifyStatement, type Question, type Statement } from "./statement.ts";

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

export type Quorum =
  /** `metAt`: when the last answer that was needed was given, ms. `brokenBy`: by one alone, past the quorum. */
  | {
      readonly state: "met";
      readonly approvers: readonly string[];
      readonly metAt: number;
      readonly brokenBy?: string;
    }
  | { readonly state: "open"; readonly approvers: readonly string[]; readonly missing: readonly Missing[] }
  | { readonly state: "denied"; readonly by: string; readonly comment?: string }
  /** Sent back with a question (差戻し). */
  | { readonly state: "returned"; readonly by: string; readonly comment: string };

/** What is asked, and of whom: a request, or one with the obligations of a newer decision. */
export type Asked = Question & Pick<Request, "obligations">;

/** Clocks of one person's processes differ by less; an answer from further ahead does not count yet. */
const CLOCK_SKEW_MS = 60_000;

/** A statement that verified, with who gave it and in whose place. */
interface Vote {
  readonly approver: Approver;
  readonly seat: Approver;
  readonly statement: Statement;
}

/** When the question was put, ms: from what is signed, so that a changed row lets nobody in earlier. */
const openedAt = ({ expiresAt, obligations }: Asked): number =>
  expiresAt - Math.min(...obligations.map((each) => each.expiresMs));

/** One vote per person and per seat: neither a name nor a key counts twice, so that one key under two names stays one person. */
function distinct(votes: readonly Vote[]): readonly Vote[] {
  const taken = new Set<string>();
  return votes.filter(({ approver, seat }) => {
    const marks = new Set([approver, seat].flatMap((each) => [`name ${each.name}`, ...keysOf(each)]));
    if ([...marks].some((mark) => taken.has(mark))) return false;
    for (const mark of marks) taken.add(mark);
    return true;
  });
}

const isOf = ({ groups }: Approver, from: readonly string[]): boolean => from.some((group) => groups.includes(group));

const stagesOf = ({ from, need, then = [] }: Obligation): readonly Stage[] => [{ from, need }, ...then];

/** Groups that may answer a stage at `at`: empty means any approver. */
const groupsAt = (stage: Stage, { escalate = [] }: Obligation, elapsedMs: number): readonly string[] =>
  stage.from.length === 0
    ? []
    : [...stage.from, ...escalate.filter(({ afterMs }) => afterMs <= elapsedMs).flatMap(({ to }) => to)];

/** Whether this person's answer counts in a stage at all; how well it proves a human is asked apart. */
function serves(
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

const hasTicket = ({ ticket }: Obligation, { statement }: Vote): boolean =>
  ticket === undefined ||
  (statement.body.ticket !== undefined &&
    isTicket(statement.body.ticket) &&
    matchesText(ticket, statement.body.ticket, false));

type Count = { readonly metAt: number; readonly missing?: undefined } | { readonly missing: Missing };

/** Stage by stage: an answer counts in a stage when it was given after the one before was met. */
function count(obligation: Obligation, approvals: readonly Vote[], opened: number, now: number): Count {
  const stages = stagesOf(obligation);
  let metAt = 0;
  let left = approvals.filter(
    (vote) => isProofFor(vote.statement.assurance, obligation.assurance) && hasTicket(obligation, vote),
  );
  for (const [index, stage] of stages.entries()) {
    // Nobody's leave is never enough, whatever a changed row says.
    const need = Math.max(stage.need, 1);
    const able = left.filter((vote) => {
      const { answeredAt } = vote.statement.body;
      return answeredAt >= metAt && serves(stage, obligation, vote, answeredAt - opened);
    });
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
    metAt = Math.max(...counted.map((vote) => vote.statement.body.answeredAt));
    left = left.filter((vote) => !counted.includes(vote));
  }
  return { metAt };
}

function votesOf(
  asked: Asked,
  statements: readonly Statement[],
  approvers: readonly Approver[],
  now: number,
): readonly Vote[] {
  return statements
    .flatMap((statement): readonly Vote[] => {
      const verified = verifyStatement(statement, asked, approvers);
      return verified.ok && statement.body.answeredAt <= now + CLOCK_SKEW_MS
        ? [{ approver: verified.approver, seat: verified.standsFor ?? verified.approver, statement }]
        : [];
    })
    .toSorted((a, b) => a.statement.body.answeredAt - b.statement.body.answeredAt);
}

const answers = (votes: readonly Vote[], answer: Statement["body"]["answer"]): readonly Vote[] =>
  votes.filter(({ statement }) => statement.body.answer === answer);

/** Only where every obligation names a group of theirs, with as good a proof as any of them demands. */
const mayBreak = (obligations: readonly Obligation[], { approver, statement }: Vote): boolean =>
  obligations.length > 0 &&
  obligations.every(
    ({ breakGlass = [], assurance }) => isOf(approver, breakGlass) && isProofFor(statement.assurance, assurance),
  );

/**
 * Every obligation must be met; one valid denial ends it, one valid question sends it back. No obligations at all is never
 * met: an `ask` always has some. An answer at assurance `client` is no statement and never counts here: only the process
 * that holds the call knows it.
 */
export function quorum(
  asked: Asked,
  statements: readonly Statement[],
  approvers: readonly Approver[],
  now: number,
): Quorum {
  const votes = votesOf(asked, statements, approvers, now);
  const [denial] = answers(votes, "deny");
  if (denial !== undefined) {
    const { approver: by, comment } = denial.statement.body;
    return { state: "denied", by, ...(comment === undefined ? {} : { comment }) };
  }
  const [returned] = answers(votes, "return");
  if (returned !== undefined) {
    const { approver: by, comment = "" } = returned.statement.body;
    return { state: "returned", by, comment };
  }
  const broken = answers(votes, "break-glass").find((vote) => mayBreak(asked.obligations, vote));
  if (broken !== undefined) {
    const { approver: by, answeredAt } = broken.statement.body;
    return { state: "met", approvers: [by], metAt: answeredAt, brokenBy: by };
  }
  const approvals = distinct(answers(votes, "approve"));
  const names = approvals.map(({ approver }) => approver.name);
  const counts = asked.obligations.map((each) => count(each, approvals, openedAt(asked), now));
  const missing = counts.flatMap((each) => each.missing ?? []);
  if (missing.length > 0 || counts.length === 0) return { state: "open", approvers: names, missing };
  return {
    state: "met",
    approvers: names,
    metAt: Math.max(...counts.map((each) => (each.missing === undefined ? each.metAt : 0))),
  };
}

/** What one approver may do about a request now. */
export interface Turn {
  readonly approve: boolean;
  readonly breakGlass: boolean;
  /** Names in whose place they may answer. */
  readonly seats: readonly string[];
}

/**
 * What an approval of this one would count for: nothing where they are not in the groups that are asked, or where a later
 * stage will ask them: who answers before their turn could not answer again.
 */
export function turnOf(
  asked: Asked,
  statements: readonly Statement[],
  approvers: readonly Approver[],
  name: string,
  now: number,
): Turn {
  const none: Turn = { approve: false, breakGlass: false, seats: [] };
  const approver = approvers.find((each) => each.name === name);
  const standing = quorum(asked, statements, approvers, now);
  if (approver === undefined || standing.state !== "open") return none;
  const elapsed = now - openedAt(asked);
  const open = new Map(standing.missing.map((each) => [each.rule, (each.stage?.number ?? 1) - 1]));
  const seatsFor = (seat: Approver): boolean => {
    const who = { approver, seat };
    const now_ = asked.obligations.some((obligation) => {
      const stage = stagesOf(obligation)[open.get(obligation.rule) ?? -1];
      return stage !== undefined && serves(stage, obligation, who, elapsed);
    });
    const later = asked.obligations.some((obligation) =>
      stagesOf(obligation)
        .slice((open.get(obligation.rule) ?? Infinity) + 1)
        .some((stage) => stage.from.length > 0 && serves(stage, obligation, who, elapsed)),
    );
    return now_ && !later;
  };
  const seats = approvers.filter(
    (each) =>
      each !== approver &&
      (each.away ?? []).some(({ deputy, from, until }) => deputy === name && from <= now && now < until),
  );
  return {
    approve: seatsFor(approver),
    breakGlass: asked.obligations.every(({ breakGlass = [] }) => isOf(approver, breakGlass)),
    seats: seats.filter(seatsFor).map((each) => each.name),
  };
}

/** Names of arguments that an approver may change: where several rules say so, what all of them name. */
export function editable(obligations: readonly Obligation[]): readonly string[] {
  const said = obligations.flatMap(({ edit }) => (edit === undefined ? [] : [edit]));
  return said.reduce((few, more) => few.filter((name) => more.includes(name)), said[0] ?? []);
}
