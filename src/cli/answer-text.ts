/** What approvers are told beside the view: how far a request has come, and what became of their answer. */

import type { Answered, OnDesk } from "../approval/desk.ts";
import type { Quorum } from "../approval/quorum.ts";
import { redeemUntil, type Request } from "../approval/request.ts";
import { visibleText } from "../approval/visible.ts";
import type { ApprovalWords } from "../words/approvals.ts";
import type { Language } from "../words/words.ts";

const clock = (at: number, language: Language): string =>
  new Date(at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });

/** Lines under a view: until when, who approved, what is missing. */
export function standingLines(
  { request, standing }: OnDesk,
  words: ApprovalWords,
  language: Language,
): readonly string[] {
  const { ask } = words;
  const approvers = "approvers" in standing ? standing.approvers : [];
  const missing = standing.state === "open" ? standing.missing : [];
  return [
    `${request.code} · ${ask.openUntil(clock(request.expiresAt, language))}`,
    ...(approvers.length === 0 ? [] : [ask.already(approvers.join(", "))]),
    ...missing.map(({ rule, need, from, assurance }) =>
      assurance === "verified" ? ask.verified(rule) : ask.remaining(need, from.join(", "), rule),
    ),
  ];
}

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
