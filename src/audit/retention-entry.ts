/** Entries about what is not kept any more, and about how long things are to be kept. */

import type { Proof } from "../approval/proof.ts";

/** A stream whose files were removed, as the ledger had signed it. */
export interface Pruned {
  readonly stream: string;
  readonly size: number;
  readonly root: string;
  /** Time of its last entry. */
  readonly until: string;
}

/** One approver's signature under a change: see approval/acceptance.ts. */
export type Consent = Proof & {
  readonly approver: string;
  readonly acceptedAt: number;
};

export type RetentionEntry =
  /** Of a stream, `count` bodies were removed by `rule`; what entries say of them proves them as before. */
  | {
      readonly kind: "bodies.pruned";
      readonly stream: string;
      readonly count: number;
      readonly bytes: number;
      readonly rule: string;
    }
  /** With those that were pruned before, of which only what is removed now says so. */
  | { readonly kind: "streams.pruned"; readonly streams: readonly Pruned[]; readonly rule: string }
  /** Recorded before the `config.accepted` with which it comes into force; each signature is of that acceptance. */
  | {
      readonly kind: "retention.changed";
      readonly config: string;
      readonly digest: string;
      readonly previous: string;
      /** How long was kept, and how long is from then on. */
      readonly from: string;
      readonly to: string;
      readonly consents: readonly Consent[];
    };
