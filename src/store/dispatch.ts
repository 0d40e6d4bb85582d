/** A message to people on its way, and what a sender may say of it. Shapes only. */

import type { Notice } from "../approval/notice.ts";

export type DispatchState = "waiting" | "sending" | "sent" | "failed" | "withdrawn";

/** Times in ms since the epoch. */
export interface Dispatch {
  /** See `messageId`. */
  readonly id: string;
  /** See `eventId`. */
  readonly event: string;
  /** Absolute path of the kidoban.yaml whose channel it is. */
  readonly config: string;
  /** What the channel is configured as, by digest. */
  readonly channel: string;
  /** What people call it. */
  readonly name: string;
  readonly notice: Notice;
  readonly request?: string;
  readonly state: DispatchState;
  readonly attempts: number;
  readonly writtenAt: number;
  /** Not tried before. */
  readonly dueAt: number;
  /** Not tried after. */
  readonly giveUpAt: number;
  /** Why the last attempt failed, as a code. */
  readonly problem?: string;
}

export type NewDispatch = Omit<Dispatch, "state" | "attempts" | "dueAt" | "problem">;

export type Dispatched =
  | { readonly kind: "sent" | "withdrawn" }
  | { readonly kind: "failed"; readonly problem: string }
  /** To be tried again; `problem` left out: it was not tried at all. */
  | { readonly kind: "waiting"; readonly dueAt: number; readonly problem?: string };

export interface OutboxTaker {
  readonly config: string;
  /** Digests of the channels in force. */
  readonly channels: readonly string[];
  readonly process: string;
  readonly now: number;
}

export interface OutboxWork {
  /** When the next one that nobody holds is due; left out: there is none. */
  readonly dueAt?: number;
  /** Held by another process, which may die. */
  readonly elsewhere: boolean;
}

/** Messages to people, as all processes share them. */
export interface OutboxStore {
  /** Writes messages to be sent, those that are not there yet; gives how many. */
  writeOutbox(rows: readonly NewDispatch[], now: number): Promise<number>;
  /** Takes one that is due or whose sender is dead: nobody else is given it until it is settled or `process` dies. */
  takeFromOutbox(taker: OutboxTaker): Promise<Dispatch | undefined>;
  /** False where `process` does not hold it. */
  settleDispatch(id: string, process: string, how: Dispatched, now: number): Promise<boolean>;
  /** Of this kidoban.yaml, oldest first; ended ones for a week. */
  outbox(config: string, request?: string): Promise<readonly Dispatch[]>;
  outboxWork(taker: Omit<OutboxTaker, "now">): Promise<OutboxWork | undefined>;
}
