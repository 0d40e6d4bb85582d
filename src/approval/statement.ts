/** One approver's signed answer to a request: what is signed and how it is checked. Pure. */

import type { Assurance } from "../policy/call.ts";

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
