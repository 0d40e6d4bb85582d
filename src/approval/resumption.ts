/** An approver's signature under the lifting of a stop (P8): what is signed and how it is checked. Pure. */

import type { KeyObject } from "node:crypto";
import { may, type Approver } from "./approver.ts";
import { assuranceOf, prove, type Proof } from "./proof.ts";

/** The signed part; its JCS bytes (RFC 8785) are the message. */
export interface ResumptionBody {
  readonly v: 1;
  readonly stop: string;
  readonly reason: string;
  readonly approver: string;
  /** Ms since the epoch. */
  readonly liftedAt: number;
}

export interface Resumption extends Proof {
  readonly body: ResumptionBody;
}

export const signResumption = (body: ResumptionBody, key: KeyObject): Resumption => ({
  body,
  ...prove("kidoban-resume/v1", body, key),
});

/** `approvers` are those accepted now. */
export const verifyResumption = ({ body, ...proof }: Resumption, approvers: readonly Approver[]): boolean =>
  approvers.some(
    (approver) =>
      approver.name === body.approver &&
      may(approver, "resume") &&
      assuranceOf("kidoban-resume/v1", body, proof, approver) !== undefined,
  );
