/** An approver's signature under the lifting of a stop (P8): what is signed and how it is checked. Pure. */

import type { KeyObject } from "node:crypto";
import { keyText, signBody, verifyBody } from "./signature.ts";
import type { Approver } from "./statement.ts";

/** The signed part; its JCS bytes (RFC 8785) are the message. */
export interface ResumptionBody {
  readonly v: 1;
  readonly stop: string;
  readonly reason: string;
  readonly approver: string;
  /** Ms since the epoch. */
  readonly liftedAt: number;
}

export interface Resumption {
  readonly body: ResumptionBody;
  /** `ed25519:<base64url>` of the public key it was made with. */
  readonly key: string;
  readonly signature: string;
}

export const signResumption = (body: ResumptionBody, key: KeyObject): Resumption => ({
  body,
  key: keyText(key),
  signature: signBody("kidoban-resume/v1", body, key),
});

/** `approvers` are those accepted now. */
export const verifyResumption = ({ body, key, signature }: Resumption, approvers: readonly Approver[]): boolean =>
  approvers.some((approver) => approver.name === body.approver && approver.key === key) &&
  verifyBody("kidoban-resume/v1", body, key, signature);
