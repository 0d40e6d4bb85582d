/** Ends a run that does not end by itself, and says what it waited for: a test's own limit cannot end a process that is stuck. */

import type { Vitest } from "vitest/node";
import { toItsEnd } from "./to-its-end.ts";

/** Several times what a run takes on one core. */
const LONGEST_MS = 40 * 60_000;
const COLUMNS = 200;

/** Gives what takes the limit away again; whoever watches files has none. */
export function endWhenOverdue({ state, config }: Vitest, longestMs = LONGEST_MS): () => void {
  if (config.watch) return () => undefined;
  const timer = setTimeout(() => {
    process.stderr.write(`\nthe run is ended after ${longestMs / 60_000} minutes. What had not ended:\n`);
    for (const file of state.getFiles().map((each) => state.getReportedEntity(each))) {
      if (file?.type !== "module" || !["queued", "pending"].includes(file.state())) continue;
      const [next] = file.children.allTests("pending");
      process.stderr.write(`  ${file.relativeModuleId}${next === undefined ? "" : `: ${next.fullName}`}\n`);
    }
    const { stdout } = toItsEnd("ps", ["-eo", "pid,ppid,etimes,pcpu,stat,wchan:16,args"]);
    const processes = descendants(stdout.split("\n"));
    for (const { line } of processes) process.stderr.write(`  ${line.slice(0, COLUMNS)}\n`);
    for (const { pid } of processes) kill(pid);
    process.exit(1);
  }, longestMs);
  timer.unref();
  return () => clearTimeout(timer);
}

interface Running {
  readonly pid: number;
  readonly line: string;
}

/** Of this process, from lines that begin with a process's and its parent's number. */
function descendants(lines: readonly string[], of = process.pid): readonly Running[] {
  const children = lines.flatMap((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return pid !== undefined && parent === of ? [{ pid, line }] : [];
  });
  return children.flatMap((child) => [child, ...descendants(lines, child.pid)]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
