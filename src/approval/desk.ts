/**
 * The one way in which approvers reach requests, whatever stands between: list, show, answer. It has no part in running
 * a call: whether answers suffice is decided again by the gate that holds the call. Shapes, and how an answer is made.
 */

import type { KeyObject } from "node:crypto";
import type { JsonObject } from "../policy/json.ts";
import type { EditFault } from "./edit.ts";
import type { Quorum } from "./quorum.ts";
import type { Request } from "./request.ts";
import {
  signStatement,
  statementBody,
  type AnswerWord,
  type Remarks,
  type Statement,
  type StatementBody,
  type StatementFault,
} from "./statement.ts";
import type { Turn, Untimely } from "./turn.ts";

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

/** `batch`: one gesture over what must be answered each by itself, or over other answers than these. */
export type Refusal = StatementFault | Untimely | "no-such-request" | "altered" | "closed" | "already" | "batch";

export type Answered =
  | { readonly kind: "counted"; readonly request: Request; readonly standing: Quorum }
  | { readonly kind: "refused"; readonly why: Refusal };

/** `taken`: exactly this call is asked for already. */
export type EditRefusal = EditFault | "no-such-request" | "closed" | "not-your-turn" | "taken";

export type Edited =
  /** The request that is to be answered from now on, by the editor like by anybody. */
  | { readonly kind: "edited"; readonly request: Request; readonly standing: Quorum }
  | { readonly kind: "refused"; readonly why: EditRefusal };

/** Of a list: those after this request, that many at most. */
interface Page {
  /** Id of the last one of the page before. */
  readonly after?: string;
  readonly limit?: number;
}

export interface Desk {
  /** Requests that can be answered, the oldest first; all of them where no page is asked for. */
  list(page?: Page): Promise<readonly Exclude<Shown, { readonly kind: "missing" }>[]>;
  /** How many can be answered. */
  count(): Promise<number>;
  /** By id or by code; also one that is closed. */
  show(idOrCode: string): Promise<Shown>;
  /** Records the statement durably, then lets it count. */
  answer(statement: Statement): Promise<Answered>;
  /**
   * Up to 20 answers to requests for one tool that destroys nothing, in the order shown: each is recorded and counted, or
   * refused, by itself. With a passkey one assertion covers exactly these; with a key each has a signature.
   */
  answerAll(statements: readonly Statement[]): Promise<readonly Answered[]>;
  /**
   * Sets arguments that the rules name, as `by`, whose turn it must be. Approves nothing: another request takes the place
   * of this one, and asks everybody anew.
   */
  edit(id: string, changes: JsonObject, by: string): Promise<Edited>;
  /** What this one may do about it now. */
  turn(request: Request, approver: string): Promise<Turn>;
  /** The ledger's last checkpoint, for a statement to name. */
  seen(): Promise<StatementBody["seen"]>;
  /** Calls the listener soon after something may have changed; gives a function that ends it. */
  watch(changed: () => void): () => void;
}

/** Who answers: a name of kidoban.yaml and its unlocked private key. */
export interface Signer {
  readonly approver: string;
  readonly key: KeyObject;
}

/** Answers a request as it was shown: what is signed is taken from `shown`, never looked up again. */
export const answer = async (
  desk: Desk,
  shown: Request,
  word: AnswerWord,
  signer: Signer,
  now: number,
  remarks?: Remarks,
): Promise<Answered> =>
  desk.answer(signStatement(statementBody(shown, word, signer.approver, now, remarks, await desk.seen()), signer.key));
