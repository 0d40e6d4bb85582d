/** Programs run to their end while everything else in this process waits. */

import { spawnSync, type SpawnSyncOptions, type SpawnSyncReturns } from "node:child_process";

/** Less than a test may take: its own limit cannot end a process that waits, nor say which request is not answered. */
export const LONGEST_MS = 170_000;

/** What it printed and how it ended; one that does not end in time is killed: it may not heed a milder signal. */
export const toItsEnd = (
  program: string,
  args: readonly string[],
  options: Omit<SpawnSyncOptions, "encoding" | "killSignal"> = {},
): SpawnSyncReturns<string> =>
  spawnSync(program, args, { timeout: LONGEST_MS, ...options, encoding: "utf8", killSignal: "SIGKILL" });
