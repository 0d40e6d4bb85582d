/** An approver's signature under a change of configuration (P12): what is signed and how it is checked. Pure. */

import type { KeyObject } from "node:crypto";
import { may, type Approver } from "./approver.ts";
import { assuranceOf, prove, type Proof } from "./proof.ts";

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

export interface Acceptance extends Proof {
  readonly body: AcceptanceBody;
  /** Of another approver, over the same step, where one does not suffice. */
  readonly beside?: Acceptance;
}

export const signAcceptance = (body: AcceptanceBody, key: KeyObject): Acceptance => ({
  body,
  ...prove("kidoban-accept/v1", body, key),
});

/** `approvers` are those of the configuration that is accepted until now: a change cannot bring its own. */
export const verifyAcceptance = (acceptance: Acceptance, approvers: readonly Approver[]): boolean =>
  approvers.some(
    (approver) =>
      approver.name === acceptance.body.approver &&
      may(approver, "accept") &&
      assuranceOf("kidoban-accept/v1", acceptance.body, acceptance, approver) !== undefined,
  );
