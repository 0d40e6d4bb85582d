/** When a message that was not taken is tried again. Pure. */

const FIRST_MS = 2_000;
const LONGEST_MS = 5 * 60_000;

/**
 * Doubled with each attempt up to five minutes, of which half is left to chance, so that what failed together does not come
 * back together. `attempts`: those made, from 1. `chance`: 0 to 1. `afterMs`: not before, as the receiver asks, within the same limit.
 */
export function delayMs(attempts: number, chance: number, afterMs = 0): number {
  const whole = Math.min(FIRST_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_MS);
  const jittered = whole / 2 + (whole / 2) * chance;
  return Math.round(Math.max(jittered, Math.min(afterMs, LONGEST_MS)));
}
