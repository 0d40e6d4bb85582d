/** One approver's signed answer to a request: what is signed and how it is checked. Pure. */

import type { KeyObject } from "node:crypto";
import type { Assurance } from "../policy/call.ts";
import type { Request } from "./request.ts";
import { keyText, signBody, verifyBody } from "./signature.ts";

export type AnswerWord = "approve" | "deny";

/** The signed part; its JCS bytes (RFC 8785) are the message. Times are ms since the epoch. */
export interface StatementBody {
  readonly v: 1;
  readonly request: string;
  readonly nonce: string;
  readonly action: string;
  readonly answer: AnswerWord;
  readonly shown: string;
  readonly expiresAt: number;
  readonly approver: string;
  readonly answeredAt: number;
  readonly comment?: string;
}

export interface Statement {
  readonly body: StatementBody;
  readonly assurance: Assurance;
  /** `ed25519:<base64url>` of the public key it was made with. */
  readonly key: string;
  /** base64url, 64 bytes, over the JCS bytes of `body` with the domain prefix. */
  readonly signature: string;
}

/** A human who may answer, as accepted from kidoban.yaml. */
export interface Approver {
  readonly name: string;
  /** `ed25519:<base64url of the raw 32 bytes>`. */
  readonly key: string;
  readonly groups: readonly string[];
}

/** The facts of a request that an answer is bound to. */
export type Question = Pick<Request, "id" | "nonce" | "action" | "shown" | "expiresAt">;

/** Why a statement does not count, in the order of the checks. */
export type StatementFault =
  | "malformed"
  | "other-request"
  | "other-action"
  | "shown-otherwise"
  | "other-expiry"
  | "too-late"
  | "unknown-approver"
  | "other-key"
  | "assurance"
  | "signature";

export type Verified =
  { readonly ok: true; readonly approver: Approver } | { readonly ok: false; readonly why: StatementFault };

/** An approver's answer to a question as it was shown, not yet signed. */
export const statementBody = (
  question: Question,
  answer: AnswerWord,
  approver: string,
  answeredAt: number,
  comment?: string,
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
});

/** Signs with an unlocked Ed25519 key; such a key proves `operator`, no more. */
export const signStatement = (body: StatementBody, key: KeyObject): Statement => ({
  body,
  assurance: "operator",
  key: keyText(key),
  signature: signBody("kidoban-statement/v1", body, key),
});

const no = (why: StatementFault): Verified => ({ ok: false, why });

/**
 * Checks a statement against the request it must be about and the approvers accepted now. Says nothing about groups or
 * numbers: that is `quorum`. The statement may come from anywhere, its types included.
 */
export function verifyStatement(statement: Statement, question: Question, approvers: readonly Approver[]): Verified {
  const { body } = statement;
  if (body.v !== 1 || (body.answer !== "approve" && body.answer !== "deny")) return no("malformed");
  if (!Number.isSafeInteger(body.answeredAt)) return no("malformed");
  if (body.request !== question.id || body.nonce !== question.nonce) return no("other-request");
  if (body.action !== question.action) return no("other-action");
  if (body.shown !== question.shown) return no("shown-otherwise");
  if (body.expiresAt !== question.expiresAt) return no("other-expiry");
  if (body.answeredAt > question.expiresAt) return no("too-late");
  const named = approvers.filter((approver) => approver.name === body.approver);
  if (named.length === 0) return no("unknown-approver");
  const approver = named.find((candidate) => candidate.key === statement.key);
  if (approver === undefined) return no("other-key");
  // The assurance is not signed: it follows from the kind of key, and this kind proves one only.
  if (statement.assurance !== "operator") return no("assurance");
  if (!verifyBody("kidoban-statement/v1", body, statement.key, statement.signature)) return no("signature");
  return { ok: true, approver };
}
