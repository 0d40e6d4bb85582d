/** Whether the answers given to a request suffice. Counted anew from signed statements each time, never from a state. Pure. */

import type { Assurance, Obligation } from "../policy/call.ts";
import type { Request } from "./request.ts";
import { verifyStatement, type Approver, type Question, type Statement } from "./statement.ts";

/** What one obligation still lacks. */
interface Missing {
  readonly rule: string;
  /** Approvers still needed. */
  readonly need: number;
  readonly from: readonly string[];
  readonly assurance: Assurance;
}

export type Quorum =
  /** `metAt`: when the last answer that was needed was given, ms. */
  | { readonly state: "met"; readonly approvers: readonly string[]; readonly metAt: number }
  | { readonly state: "open"; readonly approvers: readonly string[]; readonly missing: readonly Missing[] }
  | { readonly state: "denied"; readonly by: string; readonly comment?: string };

/** What is asked, and of whom: a request, or one with the obligations of a newer decision. */
export type Asked = Question & Pick<Request, "obligations">;

/** Clocks of one person's processes differ by less; an answer from further ahead does not count yet. */
const CLOCK_SKEW_MS = 60_000;

const RANK: Readonly<Record<Assurance, number>> = { client: 0, operator: 1, verified: 2 };

/** A statement that verified, with who gave it. */
interface Vote {
  readonly approver: Approver;
  readonly statement: Statement;
}

/** One vote per person: neither a name nor a key counts twice, so that one key under two names stays one person. */
function distinct(votes: readonly Vote[]): readonly Vote[] {
  const taken = new Set<string>();
  return votes.filter(({ approver }) => {
    const marks = [`name ${approver.name}`, `key ${approver.key}`];
    if (marks.some((mark) => taken.has(mark))) return false;
    for (const mark of marks) taken.add(mark);
    return true;
  });
}

const serves = (obligation: Obligation, { approver, statement }: Vote): boolean =>
  RANK[statement.assurance] >= RANK[obligation.assurance] &&
  (obligation.from.length === 0 || obligation.from.some((group) => approver.groups.includes(group)));

/**
 * Every obligation must be met; one valid denial ends it. No obligations at all is never met: an `ask` always has some.
 * An answer at assurance `client` is no statement and never counts here: only the process that holds the call knows it.
 */
export function quorum(
  asked: Asked,
  statements: readonly Statement[],
  approvers: readonly Approver[],
  now: number,
): Quorum {
  const votes = statements
    .flatMap((statement): readonly Vote[] => {
      const verified = verifyStatement(statement, asked, approvers);
      return verified.ok && statement.body.answeredAt <= now + CLOCK_SKEW_MS
        ? [{ approver: verified.approver, statement }]
        : [];
    })
    .toSorted((a, b) => a.statement.body.answeredAt - b.statement.body.answeredAt);

  const denial = votes.find(({ statement }) => statement.body.answer === "deny")?.statement.body;
  if (denial !== undefined) {
    const { approver: by, comment } = denial;
    return { state: "denied", by, ...(comment === undefined ? {} : { comment }) };
  }

  const approvals = distinct(votes);
  const names = approvals.map(({ approver }) => approver.name);
  const counted = asked.obligations.map((obligation) => ({
    // Nobody's leave is never enough, whatever a changed row says.
    obligation: { ...obligation, need: Math.max(obligation.need, 1) },
    by: approvals.filter((vote) => serves(obligation, vote)),
  }));
  const missing = counted.flatMap(({ obligation: { rule, need, from, assurance }, by }): readonly Missing[] =>
    by.length >= need ? [] : [{ rule, need: need - by.length, from, assurance }],
  );
  if (missing.length > 0 || counted.length === 0) return { state: "open", approvers: names, missing };

  // Later answers than the needed ones prolong nothing.
  const times = counted.flatMap(({ obligation, by }) =>
    by.slice(0, obligation.need).map((vote) => vote.statement.body.answeredAt),
  );
  return { state: "met", approvers: names, metAt: Math.max(...times) };
}
