/**
 * What people wrote, as checked values: one agent's manifest, the rules for every agent, a server's lock.
 * Shapes only; reading files is config's work, judging is `decide`'s.
 */

import type { Access, Assurance, Effect, Escalation, Kind, Stage } from "./call.ts";
import type { JsonObject } from "./json.ts";
import type { Dialect, SqlReaders } from "./sql/dialect.ts";

/** Where something stands in a file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `kind:server/name`; `*` and `?` stay inside a segment. */
export interface Pattern {
  readonly kind: Kind;
  readonly server: string;
  readonly name: string;
  readonly text: string;
  readonly place: Place;
}

/** Terms as written; what is left out comes from the floor `approvals:` of kidoban.yaml. */
export interface ApprovalTerms {
  readonly from?: readonly string[];
  readonly need?: number;
  readonly assurance?: Assurance;
  readonly expiresMs?: number;
  readonly redeemMs?: number;
  /** After `from` and `need`, which are the first. */
  readonly later?: readonly Stage[];
  /** Who may not approve: the agent's owner. */
  readonly distinct?: readonly "owner"[];
  readonly ticket?: string;
  readonly escalate?: readonly Escalation[];
  readonly edit?: readonly string[];
  readonly breakGlass?: readonly string[];
}

/** The floor `approvals:` of kidoban.yaml: what every ask demands at least is always said. */
export type Floor = ApprovalTerms &
  Required<Pick<ApprovalTerms, "from" | "need" | "assurance" | "expiresMs" | "redeemMs">>;

/** A case that a rule's author expects; checked at load against the whole decision. */
export interface Example {
  readonly call: string;
  readonly args: JsonObject;
  readonly effect: Effect;
  readonly place: Place;
}

export interface Rule {
  readonly id: string;
  readonly effect: Effect;
  readonly match: readonly Pattern[];
  /** Selects calls of this access beside `match`. */
  readonly access?: Access;
  /** CEL over `args`, `agent`, `server`, `name`. */
  readonly when?: { readonly source: string; readonly place: Place };
  /** Told to the agent. */
  readonly reason?: string;
  readonly approval?: ApprovalTerms;
  readonly examples: readonly Example[];
  readonly place: Place;
}

/** A rule of kidoban.yaml, which holds for every agent and can only tighten. */
export interface SharedRule extends Rule {
  readonly effect: "ask" | "deny";
}

/** What a manifest grants of one server. A list left out: all of that kind that the lock knows. */
export interface Grant {
  readonly server: string;
  readonly access: "read-only" | "read-write";
  readonly tools?: readonly string[];
  readonly resources?: readonly string[];
  readonly prompts?: readonly string[];
  /** Folders told to the server when it asks for roots, relative to the folder of kidoban.yaml. Left out: none are declared. */
  readonly roots?: readonly string[];
  readonly place: Place;
}

/** How much of one server a gate takes; what is more is refused with a clear error. */
export interface ServerLimits {
  /** Calls in flight at once. */
  readonly inFlight: number;
  /** Of one result, in UTF-8. */
  readonly resultBytes: number;
}

/** What a server may be allowed to ask of the agent's client. */
export type AskKind = "elicitation" | "sampling" | "roots";

export interface Manifest {
  readonly agent: string;
  readonly owner?: string;
  readonly grants: readonly Grant[];
  readonly rules: readonly Rule[];
  /** How long a held call may block its client, ms; left out: by what the client is known to bear. */
  readonly holdMs?: number;
  /** Calls that the agent may have in flight at once, held ones included. */
  readonly inFlight: number;
  readonly place: Place;
}

/** What a server defines, and a lock keeps. */
export type LockedKind = Exclude<Kind, "completion">;

/** The reviewed definition of one tool, resource, template or prompt. */
export interface LockedItem {
  readonly kind: Kind;
  readonly name: string;
  readonly access: Access;
  /** CEL; true makes a call of a `write` item a read. Never on a destructive item. */
  readonly readWhen?: { readonly source: string; readonly place: Place };
  /** True unless the lock says false; always false for a read. */
  readonly destructive: boolean;
  /** `by: "hint"` when a script took the server's word for it. */
  readonly reviewed?: { readonly by: string; readonly on: string };
  readonly preview?: Preview;
  /** JSON pointers into the definition that differ from start to start and are not compared. */
  readonly volatile: readonly string[];
  /** Whole, as the server gave it. */
  readonly definition: JsonObject;
  readonly place: Place;
}

/** How to show an approver what a write would do. */
export type Preview = ChangePreview | DryRunPreview | SqlPreview;

/** The before-state is read, the after-state is computed from the arguments. */
export interface ChangePreview {
  readonly kind: "change";
  /** A read tool of the same server. */
  readonly read: string;
  /** Argument name → CEL over the write's `args`. */
  readonly with: Readonly<Record<string, string>>;
  /** CEL giving the text afterwards. */
  readonly becomes: string;
}

/** The write itself is called before asking, with an argument by which, as its reviewer found, it changes nothing. */
export interface DryRunPreview {
  readonly kind: "dry-run";
  readonly argument: string;
  readonly value: boolean | string;
}

/** A text of SQL in an argument is parsed. */
export interface SqlPreview {
  readonly kind: "sql";
  readonly argument: string;
  readonly dialect: Dialect;
}

export interface Lock {
  readonly server: string;
  /** Command line or URL as configured when it was reviewed, secrets by name. */
  readonly endpoint: string;
  readonly items: readonly LockedItem[];
  readonly place: Place;
}

/** One thing that is wrong in what a person wrote. Text is made from `code` and `values` in words/. */
export interface Problem {
  readonly code: string;
  readonly values: Readonly<Record<string, string>>;
  readonly place: Place;
  /** Warnings do not stop a load. */
  readonly severity: "error" | "warning";
}

/** Everything one agent's decisions rest on. */
export interface PolicySources {
  readonly manifest: Manifest;
  /** Of kidoban.yaml. */
  readonly rules: readonly SharedRule[];
  /** The floor `approvals:`, complete. */
  readonly floor: Floor;
  readonly locks: ReadonlyMap<string, Lock>;
  /** Per configured server: the endpoint now, and the absolute folder that `within()` measures against. */
  readonly servers: ReadonlyMap<string, { readonly endpoint: string; readonly root?: string }>;
  /** For `sql_reads()`; a condition over a dialect that is not here has no answer (P11). */
  readonly sql?: SqlReaders;
}
