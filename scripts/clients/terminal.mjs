/** A real terminal, by tmux: what stands on its screen when a command has ended. */
import { setTimeout as sleep } from "node:timers/promises";
import { must, run } from "../fresh-machine.mjs";

/** Runs one command line there; `options` as for a process. The screen's last line says how it ended. */
export async function inTerminal(words, options) {
  const socket = ["-L", `kidoban-${process.pid}`, "-f", "/dev/null"];
  const command = [...words.map((word) => `'${word}'`), "; echo ended with $?; sleep 60"].join(" ");
  await must("tmux", [...socket, "new-session", "-d", "-x", "120", "-y", "60", command], options);
  try {
    for (let i = 0; i < 100; i++) {
      const { out } = await must("tmux", [...socket, "capture-pane", "-p"], options);
      if (/ended with \d+/.test(out)) return out;
      await sleep(200);
    }
    throw new Error(`${words.join(" ")} did not end in its terminal`);
  } finally {
    await run("tmux", [...socket, "kill-server"], options);
  }
}
