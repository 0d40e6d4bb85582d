/** Keeps a server that floods us with unasked messages from flooding the log: a burst is reported, the rest counted. */

const BURST = 20;
const REFILL_MS = 1000;

/** Passes on a burst of twenty, then one a second; what was left out is told with the next, or by `rest`. */
export function throttled(
  report: (method: string | undefined, reason: string) => void,
  now: () => number = () => performance.now(),
): { report: typeof report; rest(): void } {
  let tokens = BURST;
  let filledAt = now();
  let left = 0;
  return {
    report(method, reason) {
      const at = now();
      tokens = Math.min(BURST, tokens + (at - filledAt) / REFILL_MS);
      filledAt = at;
      if (tokens < 1) {
        left++;
        return;
      }
      tokens--;
      report(method?.slice(0, 128), left === 0 ? reason : `${reason} (and ${left} more before it)`);
      left = 0;
    },
    rest() {
      if (left > 0) report(undefined, `${left} more messages were dropped`);
      left = 0;
    },
  };
}
