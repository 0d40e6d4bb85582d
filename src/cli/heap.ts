/** Keeps V8's heap small in a process that mostly waits: many run at once, or one for many agents. Nothing depends on it. */

import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Both halves together. With half of it many calls at once slow down by a tenth; twice of it takes 10 MB more. */
const YOUNG_BYTES = 8 * 1024 * 1024;

/**
 * Left alone, thousands of calls leave some 30 MB of garbage: the young generation doubles until it has 32 MB, the old one
 * may be several times what lives in it. V8 reads both flags each time that a space is to grow. The most that the young
 * generation may have is read only when Node starts, so its growth is ended when it is there.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=30");
  // So little is swept by one thread sooner than others are woken to help.
  setFlagsFromString("--no-parallel-scavenge");
  const collections = new PerformanceObserver(() => {
    const young = getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
    if (young !== undefined && young.space_size < YOUNG_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    collections.disconnect();
  });
  collections.observe({ entryTypes: ["gc"] });
}
