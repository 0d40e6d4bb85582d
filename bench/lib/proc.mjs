// What processes use, read from /proc (Linux), and how to end the ones that were started here.
import fs from "node:fs";

function table() {
  const found = new Map();
  for (const name of fs.readdirSync("/proc")) {
    if (!/^\d/.test(name)) continue;
    try {
      const stat = fs.readFileSync(`/proc/${name}/stat`, "utf8");
      // The second field is the program's name in parentheses and may hold anything.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      found.set(Number(name), { parent: Number(fields[1]), state: fields[0] });
    } catch {
      // It ended meanwhile.
    }
  }
  return found;
}

/** The process itself first. */
export function descendants(root, processes = table()) {
  const children = new Map();
  for (const [pid, { parent }] of processes) children.set(parent, [...(children.get(parent) ?? []), pid]);
  const found = [];
  const todo = [root];
  while (todo.length) {
    const pid = todo.pop();
    if (!processes.has(pid)) continue;
    found.push(pid);
    todo.push(...(children.get(pid) ?? []));
  }
  return found;
}

const read = (path) => {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return "";
  }
};
const residentKb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);

/** [time on a CPU, time ready but waiting for one] of all threads, ns. */
export function schedule(pid) {
  let ran = 0;
  let waited = 0;
  let threads = [];
  try {
    threads = fs.readdirSync(`/proc/${pid}/task`);
  } catch {
    // It ended meanwhile.
  }
  for (const thread of threads) {
    const [run, wait] = read(`/proc/${pid}/task/${thread}/schedstat`).split(" ").map(Number);
    ran += run || 0;
    waited += wait || 0;
  }
  return [ran, waited];
}

/** Sums over the trees under `roots`; `isServer` (on a command line) tells the servers behind from what is measured. */
export function sample(roots, isServer) {
  const processes = table();
  const sum = { rssKb: 0, rssServerKb: 0, cpuNs: 0, cpuServerNs: 0, waitedNs: 0, processes: 0 };
  for (const pid of new Set(roots.flatMap((root) => descendants(root, processes)))) {
    const [ran, waited] = schedule(pid);
    sum.waitedNs += waited;
    if (isServer(read(`/proc/${pid}/cmdline`).split("\0"))) {
      sum.rssServerKb += residentKb(pid);
      sum.cpuServerNs += ran;
    } else {
      sum.rssKb += residentKb(pid);
      sum.cpuNs += ran;
      sum.processes++;
    }
  }
  return sum;
}

/** Ends the given processes and all that they started. */
export async function endTree(roots) {
  const before = table();
  const all = [...new Set(roots.flatMap((root) => descendants(root, before)))];
  const signal = (name) => {
    for (const pid of all) {
      try {
        process.kill(pid, name);
      } catch {
        // It ended meanwhile.
      }
    }
  };
  signal("SIGTERM");
  for (let i = 0; i < 20; i++) {
    const now = table();
    if (!all.some((pid) => now.has(pid) && now.get(pid).state !== "Z")) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  signal("SIGKILL");
}

/** The one CPU that this process may use, or nothing when it may use several. */
export function pinnedTo() {
  const allowed = /Cpus_allowed_list:\s+(\S+)/.exec(read("/proc/self/status"))?.[1] ?? "";
  return /^\d+$/.test(allowed) ? Number(allowed) : undefined;
}

/** Share of the CPUs that we may use which others keep busy while we do nothing. */
export async function foreignLoad(ms = 150) {
  const line = (pinnedTo() ?? -1) + 1;
  const times = () => {
    const all = read("/proc/stat").split("\n")[line].trim().split(/\s+/).slice(1, 9).map(Number);
    return { all: all.reduce((sum, x) => sum + x, 0), idle: all[3] + all[4] };
  };
  const before = times();
  await new Promise((done) => setTimeout(done, ms));
  const after = times();
  return after.all > before.all ? 1 - (after.idle - before.idle) / (after.all - before.all) : 0;
}
