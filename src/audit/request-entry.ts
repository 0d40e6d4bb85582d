/** Facts about held calls: the question, the answers, the use. A part of the union in entry.ts. */

import type { Statement } from "../approval/statement.ts";
import type { BodyRef, Claimed, Target, Why } from "./parts.ts";

export type RequestEntry =
  | {
      readonly kind: "request.opened";
      readonly request: string;
      readonly call: string;
      readonly agent: string;
      readonly target: Target;
      readonly why: Why;
      readonly args: BodyRef;
      readonly action: string;
      readonly nonce: string;
      readonly shown: string;
      readonly expiresAt: number;
      readonly obligations: readonly unknown[];
      readonly claimed?: Claimed;
    }
  | { readonly kind: "request.joined"; readonly request: string; readonly call: string; readonly agent: string }
  | {
      readonly kind: "request.answered";
      readonly request: string;
      readonly statement:
        Statement | { readonly assurance: "client"; readonly answer: "approve" | "deny"; readonly comment?: string };
    }
  | { readonly kind: "request.refused"; readonly request: string; readonly reason: string }
  | { readonly kind: "request.claimed"; readonly request: string; readonly call: string }
  | { readonly kind: "request.closed"; readonly request: string; readonly state: string; readonly note?: string }
  /** The agent polls for this request under an id of which `task` is the digest. */
  | {
      readonly kind: "task.opened";
      readonly task: string;
      readonly request: string;
      readonly call: string;
      readonly agent: string;
    }
  /** The agent was told how it ended. */
  | { readonly kind: "task.read"; readonly task: string; readonly request: string; readonly agent: string };
