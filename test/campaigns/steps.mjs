/**
 * Part of `npm run faults`: at every numbered step of a gate's start, of the read, write and approval flows and of the
 * approving terminal, that process is killed or suspended, or the step fails (EIO, no room, a read-only file system, a short
 * write), or the clock is set back (fault-layer.mjs). Then everything that was promised is checked from the files
 * (evidence.mjs, verdict.mjs).
 *
 *     node test/campaigns/steps.mjs [--how kill,EIO,…] [--flows read,write,…] [--every 1 | --runs N] [--seed N] [--keep]
 *
 * `--every N`: one of N steps, drawn with the seed. `--runs N`: only so many faults in all, each kind and flow in turn.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect, textOf } from "./agent.mjs";
import { followLog } from "./evidence.mjs";
import { makeRandom } from "./random.mjs";
import { judge } from "./verdict.mjs";
import { makeWorld } from "./world.mjs";

const HOWS = ["kill", "kill-after", "stop", "EIO", "ENOSPC", "EROFS", "short", "clock"];
/** In `answer` it is the approving terminal that the fault falls on, in all others the gate. */
const FLOWS = ["start", "read", "write", "approval", "answer"];
const { values: o } = parseArgs({
  options: {
    how: { type: "string", default: HOWS.join(",") },
    flows: { type: "string", default: FLOWS.join(",") },
    every: { type: "string", default: "1" },
    runs: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    keep: { type: "boolean", default: false },
  },
});
const LAYER = new URL("fault-layer.mjs", import.meta.url).href;
/** Runs that share a state: each begins where the one before was killed. */
const BATCH = 40;
/** Every flow has more steps than these. */
const FIRST_STEPS = 30;
/** How long a process is suspended beyond what the others do meanwhile: a server may take 3 s (world.mjs). */
const SUSPENDED_MS = [0, 0, 0, 3500];
const MOST_SUSPENDED_MS = 8000;
const HANGS_MS = 15_000;
const say = (line) => process.stdout.write(`${line}\n`);
const random = makeRandom(Number(o.seed));
say(`seed ${o.seed}: ${o.how}; ${o.flows}`);

let number = 0;
const nextId = () => `s${number++}`;

/** Calls, and keeps what was asked and told. */
function call(session, gate, facts, tool, id = nextId()) {
  const known = { gate, tool, id };
  facts.calls.push(known);
  return session.call(`ledger_${tool}`, { id, ...(tool === "read" ? {} : { value: `value of ${id}` }) }).then((said) => {
    if (said === undefined) return;
    const meta = said.result?._meta?.["dev.kidoban/request"];
    if (meta?.state === "pending") return void (known.pending = meta.id);
    const failed = said.error !== undefined || said.result.isError === true;
    Object.assign(known, { answered: Date.now(), failed, text: textOf(said) });
  });
}

const within = (promise, ms) => Promise.race([promise, sleep(ms)]);
const ended = (child) => new Promise((done) => child.on("close", done));
const isOver = (child) => child.exitCode !== null || child.signalCode !== null;

/** What a process is told so that the layer is under it. */
const under = (world, flow, fault) => ({
  node: ["--import", LAYER],
  env: {
    FAULT_LAYER: JSON.stringify({
      under: world.state,
      trace: join(world.root, "trace"),
      opened: flow !== "start" && flow !== "answer",
      ...fault,
    }),
  },
});

/** One person's answer; `layer`: what stands under the terminal. */
async function answer(world, facts, request, layer = {}) {
  const terminal = world.startUnder(layer, ...world.answer("approve", request));
  if (layer.node !== undefined) facts.victim(terminal);
  if ((await ended(terminal)) === 0) facts.answers.push({ request, word: "approve" });
}

/** What the fake agent asks in one run, and how a person answers. */
async function ask(flow, session, world, facts, fault) {
  if (flow === "read") await call(session, "one", facts, "read");
  if (flow === "write") await call(session, "one", facts, "slow_append");
  if (flow === "approval" || flow === "answer") {
    const news = followLog(world.log);
    news();
    facts.asked = nextId();
    const asked = call(session, "one", facts, "append", facts.asked);
    const over = asked.then(() => true);
    let request;
    while (request === undefined && !(await Promise.race([over, sleep(15, false)])))
      request = news().find(({ kind }) => kind === "request.opened")?.request;
    if (request !== undefined) {
      if (flow === "answer") await answer(world, facts, request, under(world, flow, fault));
      // A person who was told of no success tries again.
      if (!facts.answers.some((one) => one.request === request)) await answer(world, facts, request);
    }
    await within(asked, 6000);
  }
  // Whatever went wrong: what comes after it is refused, or it is as always.
  for (const tool of ["read", "slow_append"]) await within(call(session, "one", facts, tool), 6000);
}

const isSuspended = (pid) => {
  try {
    return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

/** While the process is suspended another gate of the agent is at work, asking for the same; then it goes on. */
async function besideSuspended(victim, world, facts) {
  while (!isSuspended(victim.pid)) {
    if (isOver(victim)) return;
    await sleep(20);
  }
  facts.suspended++;
  const { command, args, options } = world.gateOf("campaign");
  const rival = connect(command, args, options);
  const work = async () => {
    if (!(await rival.open())) return;
    const calls = ["read", "slow_append"].map((tool) => call(rival, "two", facts, tool));
    if (facts.asked !== undefined) calls.push(call(rival, "two", facts, "append", facts.asked));
    await within(Promise.all(calls), 2000);
  };
  const working = work();
  // What it holds may be what the other waits for.
  await within(working, MOST_SUSPENDED_MS);
  await sleep(random.pick(SUSPENDED_MS));
  victim.kill("SIGCONT");
  await working;
  await rival.close();
}

/** One gate from its start to its end. Gives its steps, those of a flow from when the agent may ask. */
async function run(flow, world, facts, fault = {}) {
  const trace = join(world.root, "trace");
  rmSync(trace, { force: true });
  delete facts.asked;
  let beside;
  facts.victim = (child) => (beside = fault.how === "stop" ? besideSuspended(child, world, facts) : undefined);
  const { command, args, options } = world.gateOf("campaign", flow === "answer" ? {} : under(world, flow, fault));
  const session = connect(command, args, options);
  if (flow !== "answer") facts.victim(session.child);
  if (await session.open()) await ask(flow, session, world, facts, fault);
  const closed = session.close();
  if ((await within(closed, HANGS_MS)) === undefined) {
    facts.hung.push(`${flow}, ${JSON.stringify(fault)}`);
    process.kill(session.child.pid, "SIGKILL");
    await closed;
  }
  await beside;
  return existsSync(trace) ? readFileSync(trace, "utf8").split("\n").slice(0, -1) : [];
}

const fresh = () => ({ calls: [], answers: [], hung: [], suspended: 0 });

async function runFault(world, facts, { flow, how, at }) {
  const times = ["kill", "kill-after", "stop", "clock"].includes(how) ? 1 : random.pick([1, 2, 1_000_000]);
  const by = how === "clock" ? -random.pick([1_000, 20_000, 3_600_000]) : 0;
  const steps = await run(flow, world, facts, { at, times, how, by });
  return steps.length >= at;
}

/** What is wrong after some runs, and what there was. */
async function check(world, facts, clock) {
  const { command, args, options } = world.gateOf("campaign");
  const last = connect(command, args, options);
  const opened = await last.open();
  await last.close();
  const verified = world.start("log", "verify");
  const code = await ended(verified);
  const { faults, counts } = judge({ world, ...facts, clock });
  const refused = facts.calls.filter(({ text }) => text?.includes("NOT EXECUTED: the audit log")).length;
  return {
    wrong: [
      ...(opened ? [] : ["the next gate does not start"]),
      ...(code === 0 ? [] : [`kidoban log verify: ${verified.said}`]),
      ...facts.hung.map((one) => `it hangs: ${one}`),
      ...faults,
    ],
    counts: { ...counts, refused, suspended: facts.suspended },
  };
}

const shuffled = (items) =>
  items
    .map((item) => [random.below(1 << 30), item])
    .toSorted((a, b) => a[0] - b[0])
    .map(([, item]) => item);
const faults = [];
const began = performance.now();
const seconds = () => `${Math.round((performance.now() - began) / 1000)} s`;
const told = ({ effects, unknown, refused, suspended }) =>
  `${effects} effects, ${unknown} unknown, ${refused} refused by a sealed gate, ${suspended} times suspended, ${seconds()}`;

/** So many runs in a state of their own. */
async function batch(what, runs, counts) {
  const [world, facts] = [makeWorld(), fresh()];
  let reached = 0;
  for (const one of runs) if (await runFault(world, facts, one)) reached++;
  const { wrong, counts: found } = await check(world, facts, runs[0].how === "clock");
  for (const [name, many] of Object.entries(found)) counts[name] = (counts[name] ?? 0) + many;
  faults.push(...wrong.map((one) => `${what}: ${one}`));
  if (wrong.length > 0) say(`${what}: kept ${world.root}`);
  else if (!o.keep) world.remove();
  return reached;
}

const [flows, hows] = [o.flows.split(","), o.how.split(",")];

/** Every step, or one of `--every`. */
async function allSteps(flow) {
  const trial = makeWorld();
  // The second start is like those that follow, but that it has nothing to settle.
  await run(flow, trial, fresh());
  const steps = await run(flow, trial, fresh());
  if (steps.length < FIRST_STEPS) throw new Error(`${flow}: ${steps.length} steps under the fault layer`);
  trial.remove();
  const all = steps.map((_, at) => at + 1);
  for (const how of hows) {
    const chosen = o.every === "1" ? all : shuffled(all).slice(0, Math.ceil(all.length / Number(o.every)));
    const counts = {};
    let reached = 0;
    for (let i = 0; i < chosen.length; i += BATCH) {
      const runs = chosen.slice(i, i + BATCH).map((at) => ({ flow, how, at }));
      reached += await batch(`${flow}, ${how}`, runs, counts);
    }
    say(`${flow}, ${how}: ${chosen.length} of ${all.length} steps, ${reached} reached, ${told(counts)}`);
  }
}

/** A few, of every kind. */
async function someSteps(many) {
  const first = random.below(flows.length);
  const drawn = Array.from({ length: many }, (_, i) => ({
    flow: flows[(first + i) % flows.length],
    how: hows[i % hows.length],
    at: 1 + random.below(FIRST_STEPS),
  }));
  const counts = {};
  for (const clock of [false, true]) {
    // Of gates whose clock is set times prove nothing: they stand apart.
    const runs = drawn.filter(({ how }) => (how === "clock") === clock);
    if (runs.length === 0) continue;
    for (const { flow, how, at } of runs) say(`${flow}, ${how} at step ${at}`);
    const reached = await batch("some steps", runs, counts);
    if (reached < runs.length) faults.push(`only ${reached} of ${runs.length} faults fell`);
  }
  say(`${many} faults, ${told(counts)}`);
}

if (o.runs === undefined) for (const flow of flows) await allSteps(flow);
else await someSteps(Number(o.runs));
for (const each of faults) say(`FAULT ${each}`);
say(faults.length === 0 ? "no fault" : `${faults.length} FAULTS`);
process.exitCode = faults.length === 0 ? 0 : 1;
