/** Ends a run that does not end by itself, and says what it waited for: a test's own limit cannot end a process that is stuck. */

import type { Vitest } from "vitest/node";
import { descendants, endTree } from "../bench/lib/proc.mjs";
import { toItsEnd } from "./to-its-end.ts";

/** Several times what a run takes on one core. */
const LONGEST_MS = 40 * 60_000;

/** Gives what takes the limit away again; whoever watches files has none. */
export function endWhenOverdue({ state, config }: Vitest): () => void {
  if (config.watch) return () => undefined;
  const giveUp = async (): Promise<void> => {
    process.stderr.write(`\nthe run is ended after ${LONGEST_MS / 60_000} minutes. What had not ended:\n`);
    for (const file of state.getFiles().map((each) => state.getReportedEntity(each))) {
      if (file?.type !== "module" || !["queued", "pending"].includes(file.state())) continue;
      const [next] = file.children.allTests("pending");
      process.stderr.write(`  ${file.relativeModuleId}${next === undefined ? "" : `: ${next.fullName}`}\n`);
    }
    const begun = descendants(process.pid).filter((pid) => pid !== process.pid);
    const columns = ["-o", "pid,ppid,etimes,pcpu,stat,wchan:16,args", "--columns", "200"];
    process.stderr.write(toItsEnd("ps", [...columns, "-p", begun.join()]).stdout);
    await endTree(begun);
  };
  const timer = setTimeout(() => void giveUp().finally(() => process.exit(1)), LONGEST_MS);
  timer.unref();
  return () => clearTimeout(timer);
}
