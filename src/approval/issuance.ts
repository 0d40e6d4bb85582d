/** An approver's signature under a token that lets an agent in: what is signed and how it is checked. Pure. */

import type { KeyObject } from "node:crypto";
import { keyText, signBody, verifyBody } from "./signature.ts";
import type { Approver } from "./statement.ts";

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

export interface Issuance {
  readonly body: IssuanceBody;
  /** `ed25519:<base64url>` of the public key it was made with. */
  readonly key: string;
  readonly signature: string;
}

export const signIssuance = (body: IssuanceBody, key: KeyObject): Issuance => ({
  body,
  key: keyText(key),
  signature: signBody("kidoban-token/v1", body, key),
});

/** `approvers` are those accepted now. */
export const verifyIssuance = ({ body, key, signature }: Issuance, approvers: readonly Approver[]): boolean =>
  approvers.some((approver) => approver.name === body.approver && approver.key === key) &&
  verifyBody("kidoban-token/v1", body, key, signature);
