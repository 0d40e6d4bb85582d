/** Kills and stops processes of a campaign at random moments: half of them right at a step of some call. */
import { existsSync, readFileSync, watch } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const STEPS = ["request.opened", "request.answered", "request.claimed", "call.intent", "call.outcome"];

const children = (pid) => {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number) : [];
};
const descendants = (pid) => children(pid).flatMap((child) => [child, ...descendants(child)]);
const isServer = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("ledger-server.mjs");
  } catch {
    return false;
  }
};
const signal = (pid, name) => {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
};

/** `gates`: their current `child`; `terminal()`: the approving process, if one runs; `log`: the folder of the streams. */
export function makeBlows({ random, log, gates, terminal }) {
  const orphans = [];
  /** Resolves when an entry of that kind is written next, or after `limitMs`. */
  const whenWritten = (step, limitMs) =>
    new Promise((done) => {
      const end = () => {
        clearTimeout(timer);
        watcher.close();
        done();
      };
      const timer = setTimeout(end, limitMs);
      const seen = new Map();
      const watcher = watch(log, { recursive: true }, (_, name) => {
        if (!name?.endsWith(".jsonl")) return;
        const text = readFileSync(`${log}/${name}`, "utf8");
        const fresh = text.slice(seen.get(name) ?? text.lastIndexOf("\n", text.length - 2));
        seen.set(name, text.length);
        if (fresh.includes(`"kind":"${step}"`)) end();
      });
      watcher.on("error", () => {});
    });

  /** Half of the blows fall at any time, half of them right at a step of some call. */
  async function chooseMoment() {
    if (random.chance(0.5)) return sleep(random.below(700));
    await whenWritten(random.pick(STEPS), 1500);
    if (random.chance(0.7)) await sleep(random.below(6));
  }

  function chooseVictim() {
    switch (random.weighted({ a: 40, b: 40, terminal: 15, server: 8 })) {
      case "a":
        return { what: "gate a", pid: gates[0].child?.pid, gate: gates[0] };
      case "b":
        return { what: "gate b", pid: gates[1].child?.pid, gate: gates[1] };
      case "terminal":
        return { what: "terminal", pid: terminal()?.exitCode === null ? terminal().pid : undefined };
      default:
        return { what: "server", pid: descendants(random.pick(gates).child?.pid ?? 0).find(isServer) };
    }
  }

  async function kill() {
    await chooseMoment();
    const victim = chooseVictim();
    if (victim.pid === undefined) return false;
    const servers = victim.gate ? descendants(victim.pid).filter(isServer) : [];
    if (!signal(victim.pid, "SIGKILL")) return false;
    for (const server of servers) void watchOrphan(server, victim.what);
    return true;
  }

  /** What a killed gate had started has to end by itself. */
  async function watchOrphan(pid, what) {
    for (let i = 0; i < 100; i++) {
      if (!isServer(pid)) return;
      await sleep(100);
    }
    orphans.push(`server ${pid} outlives the killed ${what}`);
    signal(pid, "SIGKILL");
  }

  async function stop() {
    await chooseMoment();
    const { pid } = chooseVictim();
    if (pid === undefined || !signal(pid, "SIGSTOP")) return false;
    await sleep(100 + random.below(2500));
    signal(pid, "SIGCONT");
    return true;
  }

  return { kill, stop, orphans };
}
