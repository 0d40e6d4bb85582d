/** One approver's signed answer to a request: what is signed and how it is checked. Pure. */

import type { KeyObject } from "node:crypto";
import type { Assurance } from "../policy/call.ts";
import { keysOf, may, standsIn, type Approver } from "./approver.ts";
import { assuranceOf, prove, type Proof } from "./proof.ts";
import type { Request } from "./request.ts";

/**
 * `return`: sent back to the agent with a question (差戻し); nothing runs, the agent may ask anew. `break-glass`: approved by
 * one alone, past the quorum, where the rules name who may.
 */
export type AnswerWord = "approve" | "deny" | "return" | "break-glass";

/** What an approver says beside the answer. Of `return` the comment is the question, of `break-glass` the reason. */
export interface Remarks {
  readonly comment?: string;
  /** Number of the ticket that this belongs to. */
  readonly ticket?: string;
  /** In whose place, by a deputy. */
  readonly standsFor?: string;
}

/** The signed part; its JCS bytes (RFC 8785) are the message. Times are ms since the epoch. */
export interface StatementBody extends Remarks {
  readonly v: 1;
  readonly request: string;
  readonly nonce: string;
  readonly action: string;
  readonly answer: AnswerWord;
  readonly shown: string;
  readonly expiresAt: number;
  readonly approver: string;
  readonly answeredAt: number;
  /** The ledger's checkpoint that was on record then; history before it cannot be rewritten without this approver's key. */
  readonly seen?: { readonly size: number; readonly root: string };
}

export interface Statement extends Proof {
  readonly body: StatementBody;
  readonly assurance: Assurance;
}

/** The facts of a request that an answer is bound to. */
export type Question = Pick<Request, "id" | "nonce" | "action" | "shown" | "expiresAt">;

/** An approver's answer to a question as it was shown, not yet signed. */
export const statementBody = (
  question: Question,
  answer: AnswerWord,
  approver: string,
  answeredAt: number,
  { comment, ticket, standsFor }: Remarks = {},
  seen?: StatementBody["seen"],
): StatementBody => ({
  v: 1,
  request: question.id,
  nonce: question.nonce,
  action: question.action,
  answer,
  shown: question.shown,
  expiresAt: question.expiresAt,
  approver,
  answeredAt,
  ...(comment === undefined ? {} : { comment }),
  ...(ticket === undefined ? {} : { ticket }),
  ...(standsFor === undefined ? {} : { standsFor }),
  ...(seen === undefined ? {} : { seen }),
});

/** Signs with an unlocked Ed25519 key; such a key proves `operator`, no more. */
export const signStatement = (body: StatementBody, key: KeyObject): Statement => ({
  body,
  assurance: "operator",
  ...prove("kidoban-statement/v1", body, key),
});

/** Why a statement does not count, in the order of the checks. */
export type StatementFault =
  | "malformed"
  | "other-request"
  | "other-action"
  | "shown-otherwise"
  | "other-expiry"
  | "too-late"
  | "unknown-approver"
  | "no-approver"
  | "comment-missing"
  | "other-key"
  | "signature"
  | "assurance"
  | "no-deputy";

export type Verified =
  | {
      readonly ok: true;
      readonly approver: Approver;
      /** The one in whose place the approver answered. */
      readonly standsFor?: Approver;
    }
  | { readonly ok: false; readonly why: StatementFault };

const no = (why: StatementFault): Verified => ({ ok: false, why });

const ANSWERS: ReadonlySet<AnswerWord> = new Set(["approve", "deny", "return", "break-glass"]);

/** Whoever sends back asks something, and whoever breaks the glass says why. */
const isSilent = ({ answer, comment }: StatementBody): boolean =>
  (answer === "return" || answer === "break-glass") && (comment === undefined || comment.trim() === "");

/**
 * Checks a statement against the request it must be about and the approvers accepted now. Says nothing about groups or
 * numbers: that is `quorum`. The statement may come from anywhere, its types included.
 */
export function verifyStatement(statement: Statement, question: Question, approvers: readonly Approver[]): Verified {
  const { body } = statement;
  if (body.v !== 1 || !ANSWERS.has(body.answer)) return no("malformed");
  if (!Number.isSafeInteger(body.answeredAt)) return no("malformed");
  if (body.request !== question.id || body.nonce !== question.nonce) return no("other-request");
  if (body.action !== question.action) return no("other-action");
  if (body.shown !== question.shown) return no("shown-otherwise");
  if (body.expiresAt !== question.expiresAt) return no("other-expiry");
  if (body.answeredAt > question.expiresAt) return no("too-late");
  const named = approvers.filter((approver) => approver.name === body.approver);
  if (named.length === 0) return no("unknown-approver");
  const able = named.filter((approver) => may(approver, "answer"));
  if (able.length === 0) return no("no-approver");
  if (isSilent(body)) return no("comment-missing");
  const holder = able.find((approver) => keysOf(approver).includes(statement.key));
  if (holder === undefined) return no("other-key");
  const assurance = assuranceOf("kidoban-statement/v1", body, statement, holder);
  if (assurance === undefined) return no("signature");
  // Not signed: it follows from the kind of key, which proves one only.
  if (statement.assurance !== assurance) return no("assurance");
  if (body.standsFor === undefined) return { ok: true, approver: holder };
  const standsFor = approvers.find(
    (one) => one.name === body.standsFor && may(one, "answer") && standsIn(holder, one, body.answeredAt),
  );
  return standsFor === undefined ? no("no-deputy") : { ok: true, approver: holder, standsFor };
}
