/** What is asked of stored requests and passes, and what may be answered. Shapes only. */

import type { Request } from "../approval/request.ts";

/** What a request is for, whatever its arguments. */
export type Tool = Pick<Request, "kind" | "server" | "name">;

export interface OpenPage {
  /** Ms. */
  readonly now: number;
  /** Id of the last one of the page before; one that is not there any more begins anew. */
  readonly after?: string;
  readonly limit?: number;
}

/** `closed`: it is not pending any more. `taken`: another live request is for exactly this. */
export type Replaced = "replaced" | "closed" | "taken";

/** `count` and `until` (ms) as they are signed: a later or greater value in the store gives nothing. */
export interface PassUsing {
  readonly id: string;
  readonly agent: string;
  readonly count: number;
  readonly until: number;
  /** Id of the call in the log. */
  readonly call: string;
  readonly now: number;
}

export type PassUsed =
  | { readonly kind: "used"; readonly use: number }
  | { readonly kind: "refused"; readonly why: "unknown" | "revoked" | "stopped" | "over" | "used-up" };

/** What is older goes, ms since the epoch. */
export interface StoreLimits {
  /** Whole requests and passes. */
  readonly entries: number;
  /** What was asked of a server, shown, said and answered. */
  readonly bodies: (server: string) => number;
  /** The same of requests of which the log does not keep all: see `Request.brief`. */
  readonly brief: number;
}

/** How many requests lost their content, and how many are gone. */
export interface Removed {
  readonly emptied: number;
  readonly removed: number;
}
