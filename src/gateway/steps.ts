/** The values that the steps of the flow pass on. Shapes only. */

import type { Claimed } from "../audit/entry.ts";
import type { Call, Decision } from "../policy/call.ts";
import type { Exposed } from "./exposed.ts";
import type { AgentCall, Forwarded } from "./ports.ts";

/** What is looked at of a caller when a server asks; a task is without somebody to `ask`. */
export type Asker = Pick<AgentCall, "client" | "conversation" | "ask" | "over">;

/** What an approved call needs of whom it runs for. A task has nobody who waits at the other end. */
export type Caller = Asker & Pick<AgentCall, "claimed" | "trace" | "progress" | "logLevel" | "log">;

/** An asked call before it has a request. */
export interface AskedCall {
  readonly id: string;
  readonly call: Call;
  readonly exposed: Exposed;
  readonly argsText: string;
  readonly decision: Decision;
  readonly reason: string | undefined;
  readonly claimed: Claimed;
  readonly action: string;
}

/** How a call that had leave ended; `recorded` is false when the outcome could not be written. */
export interface Sent {
  readonly forwarded: Forwarded;
  readonly recorded: boolean;
}

export type Claim =
  | { readonly kind: "sent"; readonly sent: Sent }
  /** Another caller has it, or it ended meanwhile: look again. */
  | { readonly kind: "lost" }
  /** It cannot be used any more. */
  | { readonly kind: "invalid"; readonly why: string };
