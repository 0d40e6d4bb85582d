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
import { parseArgs } from "node:util";
import { connect } from "./agent.mjs";
import { ended, fresh, run } from "./one-run.mjs";
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
/** Runs that share a state: each begins where the one before was killed. */
const BATCH = 40;
/** Every flow has more steps than these. */
const FIRST_STEPS = 30;
/** How long a process is suspended beyond what others do meanwhile: a server may take 3 s (world.mjs). */
const SUSPENDED_MS = [0, 0, 0, 3500];
const say = (line) => process.stdout.write(`${line}\n`);
const random = makeRandom(Number(o.seed));
say(`seed ${o.seed}: ${o.how}; ${o.flows}`);

async function runFault(world, facts, { flow, how, at }) {
  const times = ["kill", "kill-after", "stop", "clock"].includes(how) ? 1 : random.pick([1, 2, 1_000_000]);
  const by = how === "clock" ? -random.pick([1_000, 20_000, 3_600_000]) : 0;
  const longer = how === "stop" ? random.pick(SUSPENDED_MS) : 0;
  const steps = await run(flow, world, facts, { at, times, how, by, longer });
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
