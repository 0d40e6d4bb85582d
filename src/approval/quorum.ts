/** Whether the answers given to a request suffice. Counted anew from signed statements each time, never from a state. Pure. */

import type { Obligation } from "../policy/call.ts";
import { isProofFor } from "../policy/settle.ts";
import type { Approver } from "./approver.ts";
import type { Request } from "./request.ts";
import { verifyStatement, type Question, type Statement } from "./statement.ts";
import { count, distinct, isBarred, isOf, type Count, type Missing, type Vote } from "./tally.ts";

export type { Missing } from "./tally.ts";

export type Quorum =
  /**
   * `approvers`: whose answers counted. `metAt`: when the last one that was needed was given, ms. `brokenBy`: by one alone,
   * past the quorum.
   */
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

/** Clocks of one person's processes differ by less; an answer from further off is none, or none yet. */
const CLOCK_SKEW_MS = 60_000;

/** A statement that verified. */
export interface Answer extends Vote {
  readonly statement: Statement;
}

/** When the question was put, ms: from what is signed, so that a changed row lets nobody in earlier. */
export const openedAt = ({ expiresAt, obligations }: Asked): number =>
  expiresAt - Math.min(...obligations.map((each) => each.expiresMs));

/** By what was signed, so that it does not matter in which order they are stored. */
const earlier = (a: Answer, b: Answer): number =>
  a.at - b.at ||
  (a.approver.name < b.approver.name ? -1 : a.approver.name > b.approver.name ? 1 : 0) ||
  (a.statement.signature < b.statement.signature ? -1 : 1);

/**
 * Those that verify, the earliest first. None is older than the question: a deputy would date it back to a time when they
 * were one.
 */
export function answersTo(
  asked: Asked,
  statements: readonly Statement[],
  approvers: readonly Approver[],
  now: number,
): readonly Answer[] {
  const from = openedAt(asked) - CLOCK_SKEW_MS;
  return statements
    .flatMap((statement): readonly Answer[] => {
      const { answeredAt: at, ticket } = statement.body;
      if (!(from <= at && at <= now + CLOCK_SKEW_MS)) return [];
      const verified = verifyStatement(statement, asked, approvers);
      if (!verified.ok) return [];
      const { approver, standsFor: seat = approver } = verified;
      const { assurance } = statement;
      return [{ statement, approver, seat, at, assurance, ...(ticket === undefined ? {} : { ticket }) }];
    })
    .toSorted(earlier);
}

const saying = (answers: readonly Answer[], word: Statement["body"]["answer"]): readonly Answer[] =>
  answers.filter(({ statement }) => statement.body.answer === word);

/** How far each obligation has come, in their order. */
export function counts(asked: Asked, answers: readonly Answer[], now: number): readonly Count[] {
  const approvals = distinct(saying(answers, "approve"));
  return asked.obligations.map((each) => count(each, approvals, openedAt(asked), now));
}

/** Who may approve alone, past the quorum: only where every obligation names a group of theirs and keeps them from nothing. */
export const mayBreakGlass = (obligations: readonly Obligation[], approver: Approver): boolean =>
  obligations.length > 0 &&
  obligations.every((each) => isOf(approver, each.breakGlass ?? []) && !isBarred(each, { approver, seat: approver }));

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
  const answers = answersTo(asked, statements, approvers, now);
  const [denial] = saying(answers, "deny");
  if (denial !== undefined) {
    const { approver: by, comment } = denial.statement.body;
    return { state: "denied", by, ...(comment === undefined ? {} : { comment }) };
  }
  const [returned] = saying(answers, "return");
  if (returned !== undefined) {
    const { approver: by, comment = "" } = returned.statement.body;
    return { state: "returned", by, comment };
  }
  const broken = saying(answers, "break-glass").find(
    ({ approver, assurance }) =>
      mayBreakGlass(asked.obligations, approver) &&
      asked.obligations.every((each) => isProofFor(assurance, each.assurance)),
  );
  if (broken !== undefined) {
    const { name: by } = broken.approver;
    return { state: "met", approvers: [by], metAt: broken.at, brokenBy: by };
  }
  const each = counts(asked, answers, now);
  const missing = each.flatMap((one) => one.missing ?? []);
  const counted = [...new Set(each.flatMap((one) => one.counted))].toSorted((a, b) => a.at - b.at);
  const names = counted.map(({ approver }) => approver.name);
  if (missing.length > 0 || each.length === 0) return { state: "open", approvers: names, missing };
  return { state: "met", approvers: names, metAt: Math.max(...counted.map(({ at }) => at)) };
}

/** Names of arguments that an approver may change: where several rules say so, what all of them name. */
export function editable(obligations: readonly Obligation[]): readonly string[] {
  const said = obligations.flatMap(({ edit }) => (edit === undefined ? [] : [edit]));
  return said.reduce((few, more) => few.filter((name) => more.includes(name)), said[0] ?? []);
}
