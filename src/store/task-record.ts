/** Held calls that clients poll for, as all processes share them. Shapes only. */

/** A held call that a client polls for. Times in ms. */
export interface TaskRecord {
  /** sha256 of its id, hex; the id itself is only the client's. */
  readonly digest: string;
  readonly request: string;
  readonly agent: string;
  readonly openedAt: number;
  /** It is forgotten after. */
  readonly keepUntil: number;
  readonly cancelledAt?: number;
}

export interface TaskStore {
  /** Keeps a task and forgets those whose time is over; false when `cap` tasks of the agent are of live requests already. */
  addTask(task: TaskRecord, cap: number): Promise<boolean>;
  /** A task of this agent that is not over at `now`. */
  task(digest: string, agent: string, now: number): Promise<TaskRecord | undefined>;
  /** Withdraws the request of a task while nobody executes it and cancels all its tasks; false when it is too late. */
  cancelTask(digest: string, at: number, note: string): Promise<boolean>;
}
