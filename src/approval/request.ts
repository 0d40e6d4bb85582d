/** A pending question to humans: its shape, its states and which steps lead from one to the next. Pure. */

import type { Access, Kind, Obligation } from "../policy/call.ts";
import type { View } from "./show.ts";

export type RequestState =
  | "pending"
  | "approved"
  | "executing"
  | "succeeded"
  | "failed"
  | "unknown"
  | "denied"
  | "expired"
  | "withdrawn"
  | "invalidated"
  /** Sent back to the agent with a question; `note` is the question. */
  | "returned"
  /** An approver changed its arguments; `note` is the id of the request that took its place. */
  | "edited";

/** Times are ms since the epoch. */
export interface Request {
  /** Unguessable, 128 bits, base32; safe to show, grants nothing. */
  readonly id: string;
  /** Short code both sides can read out, e.g. `K7Q-2FD`; from the action and the nonce. */
  readonly code: string;
  /** The call's id in the log. */
  readonly call: string;
  readonly agent: string;
  readonly server: string;
  readonly kind: Kind;
  readonly name: string;
  readonly access: Access;
  readonly destructive: boolean;
  /** The arguments exactly as they will be sent: the one serialisation of the one parse. */
  readonly argsText: string;
  /** Hex; joins identical calls. */
  readonly action: string;
  /** Hex; digest of the locked definition, a part of the action. */
  readonly definition: string;
  /** Hex, 16 bytes; binds statements to this request. */
  readonly nonce: string;
  /** Hex; digest of `view`. */
  readonly shown: string;
  readonly view: View;
  readonly rules: readonly string[];
  readonly obligations: readonly Obligation[];
  /** Of it the log does not keep all, as configured: neither does the store, once a day has passed since it ended. */
  readonly brief?: true;
  /** The request that it took the place of, when an approver changed arguments. */
  readonly editedFrom?: string;
  readonly state: RequestState;
  readonly openedAt: number;
  readonly expiresAt: number;
  /** Set when approved. */
  readonly redeemUntil?: number;
  /** Set when it left `pending`/`approved` for good. */
  readonly closedAt?: number;
  /** Why it closed: the denier's comment, what changed, who withdrew it. */
  readonly note?: string;
  /** Since when its arguments, what was shown and what was said are kept no longer: they are empty. Set after it ended. */
  readonly removedAt?: number;
  /** False once no caller of any process waits for it. */
  readonly attended: boolean;
}

/** Steps that may happen; anything else is refused as a value. */
const NEXT: Readonly<Record<RequestState, readonly RequestState[]>> = {
  pending: ["approved", "denied", "expired", "withdrawn", "invalidated", "returned", "edited"],
  approved: ["executing", "denied", "expired", "withdrawn", "invalidated", "returned"],
  executing: ["succeeded", "failed", "unknown"],
  succeeded: [],
  failed: [],
  unknown: [],
  denied: [],
  expired: [],
  withdrawn: [],
  invalidated: [],
  returned: [],
  edited: [],
};

export const mayBecome = (from: RequestState, to: RequestState): boolean => NEXT[from].includes(to);

/** Live requests are joined by an identical call. */
export const isLive = (state: RequestState): boolean =>
  state === "pending" || state === "approved" || state === "executing";

/** Whether its time is over: unanswered past its expiry, or approved and not used in time. `now` in ms. */
export function isOverdue(request: Pick<Request, "state" | "expiresAt" | "redeemUntil">, now: number): boolean {
  switch (request.state) {
    case "pending":
      return now > request.expiresAt;
    case "approved":
      // An approval without a time to use it by is not one.
      return request.redeemUntil === undefined || now > request.redeemUntil;
    case "executing":
    case "succeeded":
    case "failed":
    case "unknown":
    case "denied":
    case "expired":
    case "withdrawn":
    case "invalidated":
    case "returned":
    case "edited":
      return false;
  }
}

/**
 * Until when an approval may be used, ms: the shortest time that any obligation gives, counted from the answer that met
 * them. Computed from signed times, so that a later value in the store prolongs nothing.
 */
export const redeemUntil = (obligations: readonly Obligation[], metAt: number): number =>
  metAt + Math.min(...obligations.map((obligation) => obligation.redeemMs));
