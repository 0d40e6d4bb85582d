/** When a tool is closed to an agent because people keep saying no: so that nobody is worn down by asking again. Pure. */

const MINUTE_MS = 60_000;
const MOST_DENIALS = 3;
const WITHIN_MS = 10 * MINUTE_MS;
const CLOSED_MS = 15 * MINUTE_MS;

/** Denials older than this (ms before now) close nothing any more. */
export const DENIALS_MATTER_MS = WITHIN_MS + CLOSED_MS;

/**
 * Until when it is closed, ms; undefined where it is not. `denials`: when requests of one agent for one tool were denied,
 * ms, in order: three within ten minutes close it for fifteen, counted from the third.
 */
export function closedUntil(denials: readonly number[], now: number): number | undefined {
  const third = denials.findLast((at, index) => at - (denials[index - MOST_DENIALS + 1] ?? -Infinity) <= WITHIN_MS);
  return third !== undefined && now < third + CLOSED_MS ? third + CLOSED_MS : undefined;
}
