/**
 * The one way in which approvers reach requests, whatever stands between: list, show, answer. It has no part in running
 * a call: whether answers suffice is decided again by the gate that holds the call. Shapes, and how an answer is made.
 */

import type { KeyObject } from "node:crypto";
import type { Quorum } from "./quorum.ts";
import type { Request } from "./request.ts";
import {
  signStatement,
  statementBody,
  type AnswerWord,
  type Remarks,
  type Statement,
  type StatementFault,
} from "./statement.ts";

/** An open request, with how far its answers have come as far as this desk can tell. */
export interface OnDesk {
  readonly kind: "found";
  readonly request: Request;
  readonly standing: Quorum;
}

export type Shown =
  | OnDesk
  /** What is stored is not what was asked; it must be neither shown nor answered. */
  | { readonly kind: "altered"; readonly id: string; readonly code: string }
  /** Or a code that more than one live request has. */
  | { readonly kind: "missing" };

/** `not-your-turn`: it would count for nothing now, or a later stage asks them. */
export type Refusal = StatementFault | "not-your-turn" | "no-such-request" | "altered" | "closed" | "already";

export type Answered =
  | { readonly kind: "counted"; readonly request: Request; readonly standing: Quorum }
  | { readonly kind: "refused"; readonly why: Refusal };

export interface Desk {
  /** Requests that can be answered, the oldest first. */
  list(): Promise<readonly Exclude<Shown, { readonly kind: "missing" }>[]>;
  /** By id or by code; also one that is closed. */
  show(idOrCode: string): Promise<Shown>;
  /** Records the statement durably, then lets it count. */
  answer(statement: Statement): Promise<Answered>;
  /** Calls the listener soon after something may have changed; gives a function that ends it. */
  watch(changed: () => void): () => void;
}

/** Who answers: a name of kidoban.yaml and its unlocked private key. */
export interface Signer {
  readonly approver: string;
  readonly key: KeyObject;
}

/** Answers a request as it was shown: what is signed is taken from `shown`, never looked up again. */
export const answer = (
  desk: Desk,
  shown: Request,
  word: AnswerWord,
  signer: Signer,
  now: number,
  remarks?: Remarks,
): Promise<Answered> =>
  desk.answer(signStatement(statementBody(shown, word, signer.approver, now, remarks), signer.key));
