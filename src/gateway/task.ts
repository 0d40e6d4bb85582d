/** A held call as a task, and what is answered about one (ext-tasks 2026-07-28). Shapes only. */

/** A held call that a client polls for. Times in ms since the epoch. */
export type Task = {
  /** Unguessable; whoever knows it and is the agent may ask. */
  readonly id: string;
  readonly openedAt: number;
  readonly changedAt: number;
  /** It is forgotten this long after `openedAt`. */
  readonly ttlMs: number;
  /** For the agent to read. */
  readonly message?: string;
} & (
  | { readonly status: "working" | "cancelled" }
  /** Raw JSON of the result, or of the error. */
  | { readonly status: "completed" | "failed"; readonly text: string }
);

export type TaskVerb = "get" | "update" | "cancel";

export type TaskAnswer =
  | { readonly kind: "task"; readonly task: Task }
  | { readonly kind: "acknowledged" }
  /** No task of this agent. */
  | { readonly kind: "unknown" }
  | { readonly kind: "refused"; readonly message: string };
