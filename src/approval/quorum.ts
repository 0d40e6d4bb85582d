/** Whether the answers given to a request suffice. Counted anew from signed statements each time, never from a state. Pure. */

import type { Obligation } from "../policy/call.ts";
import { isProofFor } from "../policy/settle.ts";
import type { Approver } from "./approver.ts";
import type { Request } from "./request.ts";
import { verifyStatement, type Question, type Statement } from "./statement.ts";
import { count, distinct, isOf, serves, stagesOf, type Missing, type Vote } from "./tally.ts";

export type { Missing } from "./tally.ts";

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

/** A statement that verified. */
interface Answer extends Vote {
  readonly answer: Statement["body"]["answer"];
  readonly comment?: string;
}

/** When the question was put, ms: from what is signed, so that a changed row lets nobody in earlier. */
const openedAt = ({ expiresAt, obligations }: Asked): number =>
  expiresAt - Math.min(...obligations.map((each) => each.expiresMs));

function votesOf(
  asked: Asked,
  statements: readonly Statement[],
  approvers: readonly Approver[],
  now: number,
): readonly Answer[] {
  return statements
    .flatMap((statement): readonly Answer[] => {
      const verified = verifyStatement(statement, asked, approvers);
      const { answer, answeredAt: at, ticket, comment } = statement.body;
      if (!verified.ok || at > now + CLOCK_SKEW_MS) return [];
      const { approver, standsFor: seat = approver } = verified;
      return [
        {
          ...{ approver, seat, at, answer, assurance: statement.assurance },
          ...(ticket === undefined ? {} : { ticket }),
          ...(comment === undefined ? {} : { comment }),
        },
      ];
    })
    .toSorted((a, b) => a.at - b.at);
}

const answers = (votes: readonly Answer[], answer: Answer["answer"]): readonly Answer[] =>
  votes.filter((vote) => vote.answer === answer);

/** Only where every obligation names a group of theirs, with as good a proof as any of them demands. */
const mayBreak = (obligations: readonly Obligation[], { approver, assurance: given }: Vote): boolean =>
  obligations.length > 0 &&
  obligations.every(({ breakGlass = [], assurance }) => isOf(approver, breakGlass) && isProofFor(given, assurance));

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
    const { comment } = denial;
    return { state: "denied", by: denial.approver.name, ...(comment === undefined ? {} : { comment }) };
  }
  const [returned] = answers(votes, "return");
  if (returned !== undefined) {
    return { state: "returned", by: returned.approver.name, comment: returned.comment ?? "" };
  }
  const broken = answers(votes, "break-glass").find((vote) => mayBreak(asked.obligations, vote));
  if (broken !== undefined) {
    const { name: by } = broken.approver;
    return { state: "met", approvers: [by], metAt: broken.at, brokenBy: by };
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
