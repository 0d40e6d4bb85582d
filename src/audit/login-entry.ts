/** Facts about who may come to the gate or the console over HTTP, and who was not let in. A part of the union in entry.ts. */

import type { Assertion } from "../approval/passkey.ts";

export type LoginEntry =
  /** `token`: its public id. */
  | {
      readonly kind: "token.issued";
      readonly token: string;
      readonly agent: string;
      readonly config: string;
      /** sha256 hex of its secret, which nobody can guess from it. */
      readonly digest: string;
      readonly issuedAt: number;
      readonly expiresAt: number;
      readonly by: string;
      /** With the members above, what an approver signed: see approval/issuance.ts. */
      readonly key?: string;
      readonly signature?: string;
      readonly passkey?: Assertion;
    }
  | {
      readonly kind: "token.revoked";
      readonly token: string;
      readonly agent: string;
      /** When it ends, ms. */
      readonly at: number;
      readonly by: string;
    }
  /** A person logged in to the console, by the passkey with this public key. */
  | { readonly kind: "console.entered"; readonly by: string; readonly key: string }
  /** Somebody enrolled a passkey with a link for this name. It counts for nothing until it is in the accepted configuration. */
  | {
      readonly kind: "passkey.enrolled";
      readonly approver: string;
      /** Credential id. */
      readonly id: string;
      readonly key: string;
      readonly origin: string;
      readonly rp: string;
    }
  /** Somebody was not let in. `times`: how often since the entry before, with the last one's facts. */
  | {
      readonly kind: "auth.refused";
      readonly reason: string;
      readonly from: string;
      readonly token?: string;
      readonly agent?: string;
      readonly times: number;
    };
