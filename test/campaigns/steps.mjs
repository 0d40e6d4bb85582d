/**
 * Part of `npm run faults`: at every numbered step of the read, write and approval flows of a real gate it is killed, or the
 * step fails (EIO, no room, a read-only file system, a short write), or the clock is set back (fault-layer.mjs). Each is
 * followed by a restart; then everything that was promised is checked from the files (evidence.mjs, verdict.mjs).
 *
 *     node test/campaigns/steps.mjs [--how kill,EIO,…] [--flows read,write,approval] [--every 1] [--seed N] [--keep]
 *
 * `--every N`: one of N steps, drawn with the seed.
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

const HOWS = ["kill", "kill-after", "EIO", "ENOSPC", "EROFS", "short", "clock"];
const { values: o } = parseArgs({
  options: {
    how: { type: "string", default: HOWS.join(",") },
    flows: { type: "string", default: "read,write,approval" },
    every: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    keep: { type: "boolean", default: false },
  },
});
const LAYER = new URL("fault-layer.mjs", import.meta.url).href;
/** Runs that share a state: each begins where the one before was killed. */
const BATCH = 40;
const say = (line) => process.stdout.write(`${line}\n`);
const random = makeRandom(Number(o.seed));
say(`seed ${o.seed}: ${o.how}; ${o.flows}`);

let number = 0;

/** What the fake agent asks in one run, and how a person answers. */
async function ask(flow, session, world, facts) {
  const call = async (tool, more = {}) => {
    const id = `s${number++}`;
    const call = { gate: "one", tool, id };
    facts.calls.push(call);
    const answer = session.call(`ledger_${tool}`, {
      id,
      ...(tool === "read" ? {} : { value: `value of ${id}` }),
      ...more,
    });
    const settled = answer.then((said) => {
      if (said === undefined) return undefined;
      const meta = said.result?._meta?.["dev.kidoban/request"];
      if (meta?.state === "pending") call.pending = meta.id;
      else {
        const failed = said.error !== undefined || said.result.isError === true;
        Object.assign(call, { answered: Date.now(), failed, text: textOf(said) });
      }
      return said;
    });
    return { call, settled };
  };
  if (flow === "read") await (await call("read")).settled;
  if (flow === "write") await (await call("slow_append")).settled;
  if (flow === "approval") {
    const news = followLog(world.log);
    news();
    const asked = await call("append");
    const over = asked.settled.then(() => true);
    let request;
    while (request === undefined && !(await Promise.race([over, sleep(15, false)])))
      request = news().find(({ kind }) => kind === "request.opened")?.request;
    if (request !== undefined) {
      const terminal = world.start(...world.answer("approve", request));
      const code = await new Promise((done) => terminal.on("close", done));
      if (code === 0) facts.answers.push({ request, word: "approve" });
    }
    await Promise.race([asked.settled, sleep(6000)]);
  }
  // Whatever went wrong: what comes after it is refused, or it is as always.
  for (const tool of ["read", "slow_append"]) await Promise.race([(await call(tool)).settled, sleep(6000)]);
}

/** One gate from its start to its end. Gives its steps, those of a flow from when the agent may ask. */
async function run(flow, world, facts, fault = {}) {
  const trace = join(world.root, "trace");
  rmSync(trace, { force: true });
  const layer = JSON.stringify({ under: world.state, trace, opened: flow !== "start", ...fault });
  const { command, args, options } = world.gateOf("campaign", {
    node: ["--import", LAYER],
    env: { FAULT_LAYER: layer },
  });
  const session = connect(command, args, options);
  if (await session.open()) await ask(flow, session, world, facts);
  const closed = session.close();
  if ((await Promise.race([closed, sleep(15_000)])) === undefined) {
    facts.hung.push(`${flow}, ${JSON.stringify(fault)}`);
    process.kill(session.child.pid, "SIGKILL");
    await closed;
  }
  return existsSync(trace) ? readFileSync(trace, "utf8").split("\n").slice(0, -1) : [];
}

/** What is wrong after a batch of runs. */
async function check(world, facts, what) {
  const { command, args, options } = world.gateOf("campaign");
  const last = connect(command, args, options);
  const opened = await last.open();
  await last.close();
  const verified = world.start("log", "verify");
  const code = await new Promise((done) => verified.on("close", done));
  return [
    ...(opened ? [] : ["the next gate does not start"]),
    ...(code === 0 ? [] : [`kidoban log verify: ${verified.said}`]),
    ...facts.hung.map((one) => `it hangs: ${one}`),
    ...judge({ world, ...facts, clock: what === "clock" }).faults,
  ];
}

const shuffled = (items) =>
  items
    .map((item) => [random.below(1 << 30), item])
    .toSorted((a, b) => a[0] - b[0])
    .map(([, item]) => item);
const faults = [];
const began = performance.now();
const fresh = () => ({ calls: [], answers: [], hung: [] });

for (const flow of ["start", ...o.flows.split(",")]) {
  const trial = makeWorld();
  // The second start is like those that follow, but that it has nothing to settle.
  await run(flow, trial, fresh());
  const steps = await run(flow, trial, fresh());
  if (steps.length === 0) throw new Error("a gate does not start under the fault layer");
  trial.remove();
  const all = steps.map((_, at) => at + 1);
  for (const how of o.how.split(",")) {
    const chosen = o.every === "1" ? all : shuffled(all).slice(0, Math.ceil(all.length / Number(o.every)));
    let [world, facts, runs] = [makeWorld(), fresh(), 0];
    let counts = { effects: 0, unknown: 0, refused: 0 };
    const finish = async () => {
      const wrong = await check(world, facts, how);
      const judged = judge({ world, ...facts, clock: how === "clock" }).counts;
      counts = {
        effects: counts.effects + judged.effects,
        unknown: counts.unknown + judged.unknown,
        refused:
          counts.refused + facts.calls.filter(({ text }) => text?.includes("NOT EXECUTED: the audit log")).length,
      };
      faults.push(...wrong.map((one) => `${flow}, ${how}: ${one}`));
      if (wrong.length > 0) say(`${flow}, ${how}: kept ${world.root}`);
      else if (!o.keep) world.remove();
    };
    for (const at of chosen) {
      const times = how === "kill" || how === "kill-after" || how === "clock" ? 1 : random.pick([1, 2, 1_000_000]);
      const by = how === "clock" ? -random.pick([1_000, 20_000, 3_600_000]) : 0;
      await run(flow, world, facts, { at, times, how, by });
      if (++runs % BATCH === 0) {
        await finish();
        [world, facts] = [makeWorld(), fresh()];
      }
    }
    await finish();
    say(
      `${flow}, ${how}: ${chosen.length} of ${all.length} steps, ${counts.effects} effects, ${counts.unknown} unknown, ` +
        `${counts.refused} refused by a sealed gate, ${Math.round((performance.now() - began) / 1000)} s`,
    );
  }
}
for (const each of faults) say(`FAULT ${each}`);
say(faults.length === 0 ? "no fault" : `${faults.length} FAULTS`);
process.exitCode = faults.length === 0 ? 0 : 1;
