/** Whether a process that was started somewhere still runs. */

import { readFileSync } from "node:fs";

/** A killed orphan is a zombie until init reaps it, and runs no more. */
export function runs(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
