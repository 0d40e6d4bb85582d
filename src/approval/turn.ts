/** What one approver's answer would count for now, before it is given. Each approves once, so none is taken in vain. Pure. */

import { may, standsIn, type Approver } from "./approver.ts";
import { isProofFor } from "../policy/settle.ts";
import type { Obligation } from "../policy/call.ts";
import { answersTo, counts, mayBreakGlass, openedAt, quorum, type Asked } from "./quorum.ts";
import type { Statement } from "./statement.ts";
import { fitsTicket, isSame, serves, stagesOf, type Count, type Person } from "./tally.ts";

/** What one approver may do about a request now. */
export interface Turn {
  readonly approve: boolean;
  readonly breakGlass: boolean;
  /** Names in whose place they may approve. */
  readonly seats: readonly string[];
}

/** Why an answer would count for nothing now. `not-your-turn`: others are asked, or a later stage asks them. */
export type Untimely = "not-your-turn" | "ticket" | "weak-proof" | "may-not-break";

type Asks = "now" | "later" | "no";

/** Whether a person is asked in the stage that is open, or in one that comes after it. */
function asks(obligation: Obligation, { counted, open }: Count, person: Person, elapsedMs: number): Asks {
  if (open === undefined || counted.some(({ seat }) => isSame(seat, person.seat))) return "no";
  const serving = stagesOf(obligation).map((stage) => serves(stage, obligation, person, elapsedMs));
  if (serving[open] === true) return "now";
  return serving.slice(open).includes(true) ? "later" : "no";
}

/**
 * The obligations that an approval of this person would be counted for now. None, too, where a later stage of another will
 * ask them: who approved before could not approve again.
 */
function turnIn(
  asked: Asked,
  statements: readonly Statement[],
  approvers: readonly Approver[],
  now: number,
): (person: Person) => readonly Obligation[] {
  const { obligations } = asked;
  const answers = answersTo(asked, statements, approvers, now);
  const given = answers.filter(({ statement }) => statement.body.answer === "approve");
  const each = counts(asked, answers, now);
  return (person) => {
    if (given.some(({ approver }) => isSame(approver, person.approver))) return [];
    const asking = each.map((count, index): Asks => {
      const obligation = obligations[index];
      return obligation === undefined ? "no" : asks(obligation, count, person, now - openedAt(asked));
    });
    return asking.includes("later") ? [] : obligations.filter((_, index) => asking[index] === "now");
  };
}

/** `name` may be known more than once where several configurations share a state; any of them will do. */
export function turnOf(
  asked: Asked,
  statements: readonly Statement[],
  approvers: readonly Approver[],
  name: string,
  now: number,
): Turn {
  const able = approvers.filter((each) => may(each, "answer"));
  const selves = able.filter((each) => each.name === name);
  if (quorum(asked, statements, approvers, now).state !== "open")
    return { approve: false, breakGlass: false, seats: [] };
  const turn = turnIn(asked, statements, approvers, now);
  const isInTurn = (person: Person): boolean => turn(person).length > 0;
  const seats = able.filter((seat) =>
    selves.some((approver) => standsIn(approver, seat, now) && isInTurn({ approver, seat })),
  );
  return {
    approve: selves.some((approver) => isInTurn({ approver, seat: approver })),
    breakGlass: selves.some((approver) => mayBreakGlass(asked.obligations, approver)),
    seats: [...new Set(seats.map((seat) => seat.name))],
  };
}

/** Why a statement of this person, which verified, is not to be taken now; undefined where it would count. */
export function untimely(
  asked: Asked,
  statements: readonly Statement[],
  approvers: readonly Approver[],
  person: Person,
  { body, assurance }: Statement,
  now: number,
): Untimely | undefined {
  const isProof = (obligations: readonly Obligation[]): boolean =>
    obligations.every((each) => isProofFor(assurance, each.assurance));
  switch (body.answer) {
    case "deny":
    case "return":
      return undefined;
    case "break-glass":
      if (!mayBreakGlass(asked.obligations, person.approver)) return "may-not-break";
      return isProof(asked.obligations) ? undefined : "weak-proof";
    case "approve": {
      const mine = turnIn(asked, statements, approvers, now)(person);
      if (mine.length === 0) return "not-your-turn";
      if (!isProof(mine)) return "weak-proof";
      return mine.every((each) => fitsTicket(each, body.ticket)) ? undefined : "ticket";
    }
  }
}
