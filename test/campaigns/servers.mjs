/**
 * Part of `npm run faults`: a server that ends, hangs, writes garbage, floods, answers twice, to another call or by half,
 * right after it has carried out a write. No call hangs for longer than its time, what others ask meanwhile is answered,
 * every write has an outcome, and nothing is done twice (evidence.mjs, verdict.mjs).
 *
 *     node test/campaigns/servers.mjs [--rounds 20] [--seed N]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect, textOf } from "./agent.mjs";
import { makeRandom } from "./random.mjs";
import { judge } from "./verdict.mjs";
import { makeWorld } from "./world.mjs";

const { values: o } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const MISDEEDS = ["exit", "hang", "garbage", "flood", "answer_twice", "answer_other", "half"];
/** A call may take 8 s; a server that has to be started again takes its time too. */
const MOST_MS = 20_000;
const say = (line) => process.stdout.write(`${line}\n`);
const random = makeRandom(Number(o.seed));
say(`seed ${o.seed}: ${o.rounds} rounds of ${MISDEEDS.length} misdeeds`);

const world = makeWorld({ agents: 2, timeout: "8s" });
async function openGate(agent) {
  const { command, args, options } = world.gateOf(agent);
  const session = connect(command, args, options);
  if (!(await session.open())) throw new Error("a gate did not start");
  return session;
}
let bad = await openGate(world.agents[0]);
const good = await openGate(world.agents[1]);
const [calls, faults] = [[], []];
let number = 0;

async function call(session, tool) {
  const id = `g${number++}`;
  const call = { gate: tool, tool, id };
  calls.push(call);
  const asked = session.call(`ledger_${tool}`, { id, ...(tool === "read" ? {} : { value: id }) });
  // What is late must not keep the campaign waiting at its end.
  const answer = await Promise.race([asked, sleep(MOST_MS, "late", { ref: false })]);
  if (answer === "late") return void faults.push(`${tool} ${id}: no answer within ${MOST_MS} ms`);
  if (answer === undefined) return void faults.push(`${tool} ${id}: the gate has ended`);
  const failed = answer.error !== undefined || answer.result.isError === true;
  Object.assign(call, { answered: Date.now(), failed, text: textOf(answer) });
  return call;
}

const began = performance.now();
for (let round = 0; round < Number(o.rounds); round++) {
  const misdeed = `append_and_${MISDEEDS[round % MISDEEDS.length]}`;
  const own = random.chance(0.5) ? ["read", "slow_append"] : ["read"];
  const asked = [call(bad, misdeed), ...own.map((tool) => call(bad, tool))];
  const other = await call(good, "slow_append");
  await Promise.all(asked);
  if (other?.failed !== false) faults.push(`another agent's call fails beside ${misdeed}: ${other?.text}`);
  // Its server is there again, or is started.
  let again;
  for (let i = 0; i < 20 && again?.failed !== false; i++) {
    again = await call(bad, "read");
    if (again?.failed !== false) await sleep(250);
  }
  // One that fails again and again is started at longer and longer intervals: a new gate does so at once.
  if (again?.failed !== false) {
    await bad.close();
    bad = await openGate(world.agents[0]);
    again = await call(bad, "read");
  }
  if (again?.failed !== false) faults.push(`after ${misdeed} nothing is answered any more: ${again?.text}`);
}
for (const session of [bad, good]) await session.close();
const verified = world.start("log", "verify");
const code = await new Promise((done) => verified.on("close", done));
if (code !== 0) faults.push(`kidoban log verify: ${verified.said}`);
const { faults: judged, counts } = judge({ world, calls, answers: [] });
faults.push(...judged);
for (const each of faults) say(`FAULT ${each}`);
say(
  `${o.rounds} rounds, ${calls.length} calls, ${counts.effects} effects, ${counts.unknown} with unknown outcome, ` +
    `${Math.round((performance.now() - began) / 1000)} s\n` +
    (faults.length === 0 ? "no fault" : `${faults.length} FAULTS, kept: ${world.root}`),
);
if (faults.length === 0) world.remove();
process.exitCode = faults.length === 0 ? 0 : 1;
