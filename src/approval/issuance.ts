/** An approver's signature under a token that lets an agent in: what is signed and how it is checked. Pure. */

import type { KeyObject } from "node:crypto";
import { may, type Approver } from "./approver.ts";
import { assuranceOf, prove, type Proof } from "./proof.ts";

/** The signed part; its JCS bytes (RFC 8785) are the message. */
export interface IssuanceBody {
  readonly v: 1;
  /** Public id. */
  readonly token: string;
  /** sha256 hex of its secret. */
  readonly digest: string;
  /** Absolute path of the kidoban.yaml. */
  readonly config: string;
  readonly agent: string;
  readonly approver: string;
  /** Ms since the epoch, both. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface Issuance extends Proof {
  readonly body: IssuanceBody;
}

export const signIssuance = (body: IssuanceBody, key: KeyObject): Issuance => ({
  body,
  ...prove("kidoban-token/v1", body, key),
});

/** `approvers` are those accepted now. */
export const verifyIssuance = ({ body, ...proof }: Issuance, approvers: readonly Approver[]): boolean =>
  approvers.some(
    (approver) =>
      approver.name === body.approver &&
      may(approver, "issue") &&
      assuranceOf("kidoban-token/v1", body, proof, approver) !== undefined,
  );
