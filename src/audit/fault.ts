/** What a verifier may say of a log: the faults and what it learned of one stream. Shapes only. */

import type { Follows } from "./stream-entry.ts";
import type { Pruned } from "./retention-entry.ts";
import type { NoteRefusal } from "./checkpoint.ts";

export type FaultCode =
  | NoteRefusal
  | "key"
  | "ledger-line"
  | "ledger-order"
  | "ledger-short"
  | "ledger-root"
  | "leaf-changed"
  | "rolled-back"
  | "stream-missing"
  | "pruned-early"
  | "stream-unknown"
  | "line-malformed"
  | "line-newer"
  | "line-torn"
  | "number"
  | "changed"
  | "root"
  | "tail-missing"
  | "after-end"
  | "not-opened"
  | "not-closed"
  | "after"
  | "time"
  | "intent-twice"
  | "outcome-without-intent"
  | "outcome-missing"
  | "recovery-missing"
  | "recovery-differs"
  | "follows"
  | "tail-changed"
  | "request-twice"
  | "statement"
  | "statement-seen"
  | "claim-twice"
  | "claim-unanswered"
  | "pass-signature"
  | "pass-use"
  | "rotation"
  | "rotation-unsigned"
  | "intent-unapproved"
  | "config-missing"
  | "config-changed"
  | "config-unaccepted"
  | "config-unapplied"
  | "acceptance"
  | "decision"
  | "demands"
  | "action"
  | "body-changed"
  | "claim-approvers"
  | "pass-approvers";

/** The first thing that is wrong and where. Sentences are made of it in words/. */
export interface Fault {
  readonly code: FaultCode;
  /** `checkpoint`, `kept`, `key`, `ledger`, or the stream. */
  readonly file: string;
  /** From 1; left out where the whole file is meant. */
  readonly line?: number;
  /** First line that the fault may lie in, where it cannot be told more closely: from here to `line`. */
  readonly from?: number;
  readonly expected?: string;
  readonly found?: string;
  /** The ledger's line that the stream contradicts, from 1. */
  readonly leafLine?: number;
}

/** What one stream's file says, its own chain and roots proven. */
export interface StreamFacts {
  readonly stream: string;
  readonly entries: number;
  readonly signed: number;
  /** Bytes after the last whole entry, and their sha256 if there are any. */
  readonly torn: number;
  readonly tail: string | undefined;
  readonly end: "open" | "closed" | "recovered";
  /** Calls without outcome at its end, with the lines where they began or were taken over. */
  readonly inFlight: ReadonlyMap<string, number>;
  readonly unknown: number;
  readonly recoveries: readonly Recovery[];
  readonly follows: Follows | undefined;
  /** Streams that its entries say were removed. */
  readonly pruned: readonly PrunedAt[];
  /** Its entries that say that bodies of a stream were removed; `at` in ms. */
  readonly bodiesPruned: readonly { readonly stream: string; readonly at: number; readonly line: number }[];
  /** Calls of other streams whose outcome stands here. */
  readonly settledForOthers: readonly string[];
}

export interface PrunedAt extends Pruned {
  /** Time of the entry that says it, ms. */
  readonly at: number;
  /** Of the first leaf over that entry, ms; undefined while it is not signed. */
  readonly signedAt: number | undefined;
}

/** One `stream.recovered` entry and its line. */
export interface Recovery {
  readonly stream: string;
  readonly size: number;
  readonly torn: number;
  readonly tail: string | undefined;
  readonly open: readonly string[];
  readonly doubt: string | undefined;
  readonly line: number;
}
