/**
 * Ends the servers' process groups when the gate dies without a chance to do so itself (SIGKILL, a crash).
 * One small process in a session of its own reads group ids from a pipe; the pipe's end is the gate's death.
 */

import { spawn, type ChildProcess } from "node:child_process";

/**
 * A constant script that is only ever given "+ id" and "- id", so nothing from outside reaches the shell. A shell and
 * not Node: it takes 1 MB and 1 ms where Node takes 40 of each, for a process that sleeps all its life.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) rest=' '
       for g in $groups; do [ "$g" = "$group" ] || rest="$rest$g "; done
       groups=$rest ;;
  esac
done
[ "$groups" = ' ' ] && exit 0
for g in $groups; do kill -s TERM -- "-$g"; done
sleep 2
for g in $groups; do kill -s KILL -- "-$g"; done
`;

const guarded = new Set<number>();
let dog: ChildProcess | undefined;

function start(): void {
  const started = spawn("/bin/sh", ["-c", SCRIPT], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: "/usr/bin:/bin" },
    cwd: "/",
  });
  dog = started;
  // Neither the process nor its pipe keeps the gate alive.
  started.unref();
  (started.stdin as unknown as { unref?: () => void }).unref?.();
  started.stdin.on("error", () => undefined);
  started.on("error", () => undefined);
  started.on("exit", () => {
    if (dog !== started) return;
    dog = undefined;
    // Somebody ended it: the groups still need one.
    if (guarded.size > 0) start();
  });
  for (const group of guarded) started.stdin.write(`+ ${group}\n`);
}

/** Guards a process group until the returned function is called. On Windows there are no groups to guard. */
export function guardGroup(group: number): () => void {
  if (process.platform === "win32") return () => undefined;
  guarded.add(group);
  if (dog === undefined) start();
  else dog.stdin?.write(`+ ${group}\n`);
  return () => {
    if (guarded.delete(group)) dog?.stdin?.write(`- ${group}\n`);
  };
}
