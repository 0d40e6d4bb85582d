/** Facts about arguments that an approver changed, and about passes. A part of the union in entry.ts. */

import type { PassBody, PassSignature } from "../approval/pass.ts";
import type { BodyRef, Target } from "./parts.ts";

export type PassEntry =
  /** `request` takes the place of `from`: `before` are the arguments that the agent asked for, `args` those instead. */
  | {
      readonly kind: "request.edited";
      readonly request: string;
      readonly from: string;
      readonly call: string;
      readonly agent: string;
      readonly target: Target;
      readonly by: string;
      readonly before: BodyRef;
      readonly args: BodyRef;
      readonly action: string;
      readonly nonce: string;
      readonly shown: string;
      readonly expiresAt: number;
      readonly obligations: readonly unknown[];
    }
  /** Whole, with all signatures so far, once for each that was added: see approval/pass.ts for how they are checked. */
  | {
      readonly kind: "pass.issued";
      readonly pass: string;
      readonly agent: string;
      readonly target: Target;
      readonly by: string;
      readonly body: PassBody;
      readonly signatures: readonly PassSignature[];
    }
  /** In place of an approval; `use` counts from 1. Durable before the call is sent. */
  | {
      readonly kind: "pass.used";
      readonly pass: string;
      readonly call: string;
      readonly agent: string;
      readonly use: number;
      readonly signers: readonly string[];
    }
  /** A pass for exactly such a call that did not let it through, or a signature that was not taken. */
  | {
      readonly kind: "pass.refused";
      readonly pass: string;
      readonly call?: string;
      readonly agent: string;
      readonly reason: string;
    }
  | { readonly kind: "pass.revoked"; readonly pass: string; readonly agent: string; readonly by: string };
