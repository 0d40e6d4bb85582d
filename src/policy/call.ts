/** The words of a decision: what an agent asks for and what can be said to it. Plain data, nothing else. */

import type { JsonObject } from "./json.ts";

export type Kind = "tool" | "resource" | "prompt" | "completion";

/** What a call does, given by `classify`. "read" is our word here, never the server's hint. */
export type Access = "read" | "write";

/** Ordered by strictness: deny > ask > allow. */
export type Effect = "allow" | "ask" | "deny";

/** How well an answer proves a human: client < operator < verified. */
export type Assurance = "client" | "operator" | "verified";

/** One call. `server` and `name` are the server's own ids, never the exposed name. */
export interface Call {
  readonly agent: string;
  readonly server: string;
  readonly kind: Kind;
  readonly name: string;
  readonly args: JsonObject;
}

/** One step of an ordered approval: who answers, and how many of them. */
export interface Stage {
  readonly from: readonly string[];
  readonly need: number;
}

/** From `afterMs` after the opening on, members of these groups may answer too. */
export interface Escalation {
  readonly afterMs: number;
  readonly to: readonly string[];
}

/** What must be met before an asked call may run; the quorum of each settling rule is one of these. */
export interface Obligation {
  /** The rule that demands it; `approvals` for the floor of kidoban.yaml. */
  readonly rule: string;
  /** Groups whose members may answer; empty means any approver. */
  readonly from: readonly string[];
  /** Distinct approvers needed, at least 1. */
  readonly need: number;
  readonly assurance: Assurance;
  /** How long the question stays open. */
  readonly expiresMs: number;
  /** How long an approval may wait to be used. */
  readonly redeemMs: number;
  /** Stages after this first one, each open once the one before is met. Nobody answers in two of them. */
  readonly later?: readonly Stage[];
  /** Names that may not approve, sorted: the agent's owner. */
  readonly except?: readonly string[];
  /** Wildcards that the ticket of each approval must fit. */
  readonly ticket?: string;
  readonly escalate?: readonly Escalation[];
  /** Names of arguments that an approver may change, sorted; left out: none. */
  readonly edit?: readonly string[];
  /** Groups of which one member may approve alone, past the quorum; left out: nobody. */
  readonly breakGlass?: readonly string[];
}

/** Why a decision fell as it did, as a closed list that people's words are made from. */
export type Cause =
  | "not-granted"
  | "not-listed"
  | "not-locked"
  | "quarantined"
  | "endpoint-changed"
  | "read-only"
  | "invalid-arguments"
  | "rule"
  | "condition-failed"
  | "default-read"
  | "default-write"
  | "repeat-after-unknown";

export interface Decision {
  readonly effect: Effect;
  readonly access: Access;
  readonly cause: Cause;
  /** Answered exactly like an unknown name, so that the agent cannot tell that it exists. */
  readonly hidden: boolean;
  /** Ids of all rules that settled it, sorted; empty when none matched. */
  readonly rules: readonly string[];
  /** Only for `ask`; never empty there. */
  readonly obligations: readonly Obligation[];
  /** What the agent may be told: the rules' own `reason` texts. */
  readonly reason?: string;
  /** What only the log holds: which condition threw, which schema path failed. */
  readonly detail?: string;
}
