/** Sets V8 up for a process that mostly waits: many run at once, or one for many agents. Nothing depends on it. */

import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** Both halves together. With half of it many calls at once slow down by a tenth; twice of it takes 10 MB more. */
const YOUNG_BYTES = 8 * 1024 * 1024;

/**
 * Left alone, thousands of calls leave some 30 MB of garbage: the young generation doubles until it has 32 MB, the old one
 * may be several times what lives in it. V8 reads both flags each time that a space is to grow. The most that the young
 * generation may have is read only when Node starts, so its growth is ended when it is there.
 */
function keepHeapSmall(): void {
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

/** Set at once, the budget cost a start 30 to 40 ms. */
const STARTED_MS = 300;

/**
 * A call goes through many small functions, and between two of its steps other processes have the caches: with what is
 * called compiled into its caller it takes a twentieth less. Some three times as much is inlined as by default. A session
 * is short, so it should be soon: later Nodes have a quick compiler besides, and do not know this budget.
 */
function compileSooner(): void {
  setFlagsFromString("--max-inlined-bytecode-size=1200");
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=4000");
  if (process.version.startsWith("v20.")) setFlagsFromString("--interrupt-budget=20000");
}

export function tuneEngine(): void {
  keepHeapSmall();
  setTimeout(compileSooner, STARTED_MS).unref();
}
