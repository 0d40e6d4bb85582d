/**
 * Keeps debuggers out of this process: whoever attaches one could read keys in memory and approve. It stops what comes
 * through Node; a debugger of the system's, under the same OS user, it cannot.
 */

import { url } from "node:inspector";
import { hazards } from "../config/env.ts";

/** How long Node may take to open its inspector after a signal, on a machine that has much to do. */
const LATE_MS = 1_000;

/**
 * Node's own answer to SIGUSR1 is to open its inspector. `opened`: told where a signal that came just before this opens one
 * after the command has begun.
 */
export function shutInspector(opened: () => void): void {
  process.on("SIGUSR1", () => undefined);
  if (url() !== undefined) return;
  setTimeout(() => {
    if (url() !== undefined) opened();
  }, LATE_MS).unref();
}

/**
 * What would let others in, as a person can look for it; empty where nothing would. An inspector may be open already: a
 * signal that came before `shutInspector` has opened it.
 */
export function waysIn(): readonly string[] {
  const open = url();
  return open === undefined ? hazards() : [...hazards(), `inspector ${new URL(open).host}`];
}
