/** What entries of the audit log are made of. Shapes, whose names are for good: evidence leans on them. */

import type { Access, Cause, Effect, Kind } from "../policy/call.ts";

/** A digest that only the holder of the body can recompute: sha256(nonce ‖ text), hex, and the text's length in bytes. */
export interface BodyRef {
  readonly digest: string;
  readonly bytes: number;
  /** How many secrets were taken out of it before it was digested and kept: see redact.ts. */
  readonly redacted?: number;
}

/** `ok`, `tool_error`, `rpc_error`: the server answered. `timeout`, `cancelled`, `unknown`: nobody knows. `not_sent`: no byte left us. */
export type OutcomeStatus = "ok" | "tool_error" | "rpc_error" | "timeout" | "cancelled" | "unknown" | "not_sent";

/** What the client says of itself; never the ground of a decision. */
export interface Claimed {
  readonly client?: string;
  readonly version?: string;
  readonly protocol?: string;
  readonly reason?: string;
  /** `_meta` members worth keeping: tool-use id, turn id, traceparent. */
  readonly meta?: string;
}

export interface Target {
  readonly server: string;
  readonly kind: Kind;
  readonly name: string;
}

export interface Why {
  readonly effect: Effect;
  readonly access: Access;
  readonly cause: Cause;
  readonly rules: readonly string[];
  readonly detail?: string;
}

/** `detail` of the intent of a call that a gate makes by itself, to show an approver what a write would do. */
export const PREVIEW = "preview for the approver";
