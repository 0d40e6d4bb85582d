/** Kills and stops processes of a campaign at random moments: half of them right at a step of some call. */
import { existsSync, readFileSync, readdirSync, readlinkSync, watch } from "node:fs";
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
/** Whether the process has that file of the log open: then it is the one that writes it. */
const writes = (pid, name) => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).endsWith(name));
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

const alive = (child) => (child?.exitCode === null && child.signalCode === null ? child.pid : undefined);

/** What a killed gate had started has to end by itself; says what is wrong when it does not. */
async function watchOrphan(pid) {
  for (let i = 0; i < 100; i++) {
    if (!isServer(pid)) return undefined;
    await sleep(100);
  }
  signal(pid, "SIGKILL");
  return `server ${pid} outlives its killed gate`;
}

/** `gates`: their current `child`; `terminals`: the approving processes that run; `log`: the folder of the streams. */
export function makeBlows({ random, log, gates, terminals }) {
  const watches = [];
  /** Resolves with the name of the stream in which an entry of that kind is written next, or with nothing after `limitMs`. */
  const whenWritten = (step, limitMs) =>
    new Promise((done) => {
      const end = (name) => {
        clearTimeout(timer);
        watcher.close();
        done(name);
      };
      const timer = setTimeout(end, limitMs);
      const seen = new Map();
      const watcher = watch(log, (_, name) => {
        if (!name?.endsWith(".jsonl") || name.endsWith(".bodies.jsonl")) return;
        const text = readFileSync(`${log}/${name}`, "utf8");
        const fresh = text.slice(seen.get(name) ?? text.lastIndexOf("\n", text.length - 2));
        seen.set(name, text.length);
        if (fresh.includes(`"kind":"${step}"`)) end(name);
      });
    });

  const anybody = () => {
    const what = random.weighted({ gate: 80, terminal: 15, server: 8 });
    if (what === "terminal") return alive([...terminals][0]);
    const gate = alive(random.pick(gates).child);
    return what === "server" ? descendants(gate ?? 0).find(isServer) : gate;
  };

  /** Half of the blows fall at any time on anybody, half of them right at a step of some call, mostly on who makes it. */
  async function chooseVictim() {
    if (random.chance(0.5)) {
      await sleep(random.below(700));
      return anybody();
    }
    const name = await whenWritten(random.pick(STEPS), 4000);
    const pids = [...gates.map(({ child }) => child), ...terminals].map(alive).filter(Boolean);
    const author = random.chance(0.8) && name !== undefined ? pids.find((pid) => writes(pid, name)) : undefined;
    if (random.chance(0.7)) await sleep(random.below(6));
    return author ?? anybody();
  }

  async function kill() {
    const pid = await chooseVictim();
    if (pid === undefined) return false;
    const servers = descendants(pid).filter(isServer);
    if (!signal(pid, "SIGKILL")) return false;
    watches.push(...servers.map(watchOrphan));
    return true;
  }

  async function stop() {
    const pid = await chooseVictim();
    if (pid === undefined || !signal(pid, "SIGSTOP")) return false;
    await sleep(100 + random.below(2500));
    signal(pid, "SIGCONT");
    return true;
  }

  const orphans = async () => (await Promise.all(watches)).filter(Boolean);
  return { kill, stop, orphans };
}
