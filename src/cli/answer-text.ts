/** What approvers are told beside the view: how far a request has come, and what became of their answer. */

import type { Answered, OnDesk } from "../approval/desk.ts";
import type { Missing, Quorum } from "../approval/quorum.ts";
import { redeemUntil, type Request } from "../approval/request.ts";
import type { Turn } from "../approval/turn.ts";
import { visibleText } from "../approval/visible.ts";
import type { ApprovalWords } from "../words/approvals.ts";
import type { Language } from "../words/words.ts";

const clock = (at: number, language: Language): string =>
  new Date(at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });

/** What the person at the terminal needs to know beside the request. */
export interface Around {
  readonly turn?: Turn;
  /** Origins of the console. */
  readonly consoles: readonly string[];
}

function missingLines(
  { rule, need, from, assurance, stage, ticket }: Missing,
  { ask }: ApprovalWords,
  consoles: readonly string[],
): readonly string[] {
  const first = ask.remaining(need, from.join(", "), rule);
  return [
    stage === undefined ? first : `${first} ${ask.stage(stage.number, stage.of)}`,
    ...(ticket === undefined ? [] : [ask.ticket(rule, ticket)]),
    ...(assurance === "verified" ? [ask.verified(rule, consoles.join(", "))] : []),
  ];
}

/** Whether it is this one's turn; nothing where nobody knows who it would be. */
function turnLines(turn: Turn | undefined, { ask }: ApprovalWords): readonly string[] {
  if (turn === undefined) return [];
  return [
    ...(turn.approve ? [ask.yourTurn] : turn.seats.length === 0 ? [ask.notYourTurn] : []),
    ...(turn.seats.length === 0 ? [] : [ask.seats(turn.seats.join(", "))]),
    ...(turn.breakGlass ? [ask.mayBreak] : []),
  ];
}

/** Lines under a view: until when, who approved, what is missing, whose turn it is. */
export function standingLines(
  { request, standing }: OnDesk,
  words: ApprovalWords,
  language: Language,
  { turn, consoles }: Around,
): readonly string[] {
  const { ask } = words;
  const approvers = "approvers" in standing ? standing.approvers : [];
  const missing = standing.state === "open" ? standing.missing : [];
  return [
    `${request.code} · ${ask.openUntil(clock(request.expiresAt, language))}`,
    ...(approvers.length === 0 ? [] : [ask.already(approvers.join(", "))]),
    ...missing.flatMap((each) => missingLines(each, words, consoles)),
    ...(standing.state === "open" ? turnLines(turn, words) : []),
  ];
}

/** What keeps a key, whoever has it, from approving: a rule that needs a passkey. */
export const needsPasskey = ({ request, standing }: OnDesk): boolean =>
  standing.state === "open" && request.obligations.some(({ assurance }) => assurance === "verified");

function countedText(request: Request, standing: Quorum, words: ApprovalWords, language: Language): string {
  const { answered } = words;
  switch (standing.state) {
    case "met":
      return answered.approved(request.code, clock(redeemUntil(request.obligations, standing.metAt), language));
    case "open":
      return answered.waiting(request.code);
    case "denied":
      return answered.denied(request.code);
    case "returned":
      return answered.returned(request.code);
  }
}

export const answeredText = (answered: Answered, words: ApprovalWords, language: Language): string =>
  answered.kind === "refused"
    ? words.answered.refused[answered.why]
    : countedText(answered.request, answered.standing, words, language);

/** A closed request in one sentence, with the note that closed it. */
export const closedText = ({ state, note }: Request, words: ApprovalWords): string =>
  `${words.answered.refused.closed} (${words.states[state]}${note === undefined ? "" : `: ${visibleText(note)}`})`;
