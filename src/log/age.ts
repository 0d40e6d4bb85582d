/**
 * How old something is, counted by what was signed since and not by the clock alone: whoever sets a clock forward makes
 * nothing older. Pure.
 */

const DAY_MS = 86_400_000;
/** What a silence of the ledger counts for at most: a longer one may be a clock that leapt. A log at rest ages slower. */
const MOST_SILENCE_MS = 31 * DAY_MS;

/** Whether the ledger holds what this clock has not reached: one of the two is wrong, and nothing is known to be old. */
export const isBehind = (times: readonly number[], now: number): boolean =>
  times.some((time) => !(time <= now + DAY_MS));

/**
 * When that was written which is `ageMs` old by now, ms since the epoch; 0 where nothing is known to be that old.
 * `times`: of all signed leaves, in the ledger's order.
 */
export function writtenBefore(times: readonly number[], now: number, ageMs: number): number {
  if (isBehind(times, now)) return 0;
  const rising: number[] = [];
  for (const time of times) rising.push(Math.max(time, rising.at(-1) ?? time));
  let [at, left] = [now, ageMs];
  for (const before of rising.toReversed()) {
    const counted = Math.min(Math.max(at - before, 0), MOST_SILENCE_MS);
    if (counted >= left) return at - left;
    left -= counted;
    at = Math.min(at, before);
  }
  return 0;
}
