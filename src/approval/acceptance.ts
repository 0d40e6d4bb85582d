/** An approver's signature under a change of configuration (P12): what is signed and how it is checked. Pure. */

import type { KeyObject } from "node:crypto";
import { keyText, signBody, verifyBody } from "./signature.ts";
import type { Approver } from "./statement.ts";

/** The signed part; its JCS bytes (RFC 8785) are the message. Digests are hex, times ms since the epoch. */
export interface AcceptanceBody {
  readonly v: 1;
  /** Absolute path of the kidoban.yaml. */
  readonly config: string;
  /** What is accepted until now; it binds the signature to the comparison that was shown. */
  readonly previous: string;
  readonly digest: string;
  readonly approver: string;
  readonly acceptedAt: number;
}

export interface Acceptance {
  readonly body: AcceptanceBody;
  /** `ed25519:<base64url>` of the public key it was made with. */
  readonly key: string;
  readonly signature: string;
}

export const signAcceptance = (body: AcceptanceBody, key: KeyObject): Acceptance => ({
  body,
  key: keyText(key),
  signature: signBody("kidoban-accept/v1", body, key),
});

/** `approvers` are those of the configuration that is accepted until now: a change cannot bring its own. */
export const verifyAcceptance = ({ body, key, signature }: Acceptance, approvers: readonly Approver[]): boolean =>
  approvers.some((approver) => approver.name === body.approver && approver.key === key) &&
  verifyBody("kidoban-accept/v1", body, key, signature);
