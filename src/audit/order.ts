/**
 * Which of two entries came first. The ledger proves it where one of them had been signed before the process of the other
 * looked at it; what they say of the time is only what their clocks said, and a clock may be set back. Pure.
 */

export interface Placed {
  readonly stream: string;
  readonly line: number;
  /** ms, by its process's clock. */
  readonly at: number;
  /** Leaves of the ledger that its process had seen. */
  readonly after: number;
  /** The ledger's line of the first leaf over it; undefined where it is not signed yet. */
  readonly under: number | undefined;
}

const isProven = (one: Placed, other: Placed): boolean =>
  one.stream === other.stream ? one.line < other.line : one.under !== undefined && one.under <= other.after;

/** Whether `one` came before `other`. Of two at work at once their clocks tell, where they are further apart than `marginMs`. */
export const isBefore = (one: Placed, other: Placed, marginMs = 0): boolean =>
  isProven(one, other) || (!isProven(other, one) && one.at < other.at - marginMs);
