/** How many messages of one sort are taken: a burst, then so many a second. `now` in ms, never going back. */
export function openBucket(burst: number, perSecond: number): { take(now: number): boolean } {
  let left = burst;
  let at = 0;
  return {
    take(now) {
      left = Math.min(burst, left + ((now - at) / 1000) * perSecond);
      at = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
