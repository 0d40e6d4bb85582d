/**
 * Part of `npm run faults`: gates of several agents and approving terminals on one state, killed and stopped at random points
 * of read, write and approval flows; then everything that was promised is checked from the files (evidence.mjs,
 * verdict.mjs). The first agent has two gates, so that two wait for one answer.
 *
 *     node test/campaigns/crash.mjs [--kills 200] [--stops 20] [--agents 1] [--seed N] [--keep]
 */
import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect, textOf } from "./agent.mjs";
import { makeBlows } from "./blows.mjs";
import { followLog } from "./evidence.mjs";
import { makeRandom } from "./random.mjs";
import { judge } from "./verdict.mjs";
import { makeWorld } from "./world.mjs";

const { values: o } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    stops: { type: "string", default: "20" },
    agents: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    keep: { type: "boolean", default: false },
  },
});
/** What each gate's callers do: one reads and writes freely, two ask. */
const CALLERS = [
  { read: 45, slow_append: 55 },
  { append: 80, delete_entry: 20 },
  { append: 80, delete_entry: 20 },
];
const random = makeRandom(Number(o.seed));
const world = makeWorld({ agents: Number(o.agents) });
mkdirSync(world.log, { recursive: true });

/** Everything the fake agents know: what they asked, and what they were told. */
const calls = [];
/** Answers that `kidoban approve` and `kidoban deny` reported as given: { request, word }. */
const answers = [];
const campaign = { asking: true };
campaign.over = new Promise((end) => (campaign.end = end));

// ---- the gates, each with an agent that goes on calling

/** Starts a gate again whenever it has ended, as clients do. */
async function keepUp(gate) {
  while (campaign.asking) {
    const { command, args, options } = world.gateOf(gate.agent);
    const session = connect(command, args, options);
    gate.child = session.child;
    if (await session.open()) {
      gate.session = session;
      gate.opened();
    }
    await session.ended;
    // Whoever waits for one that never opened waits for the next.
    if (gate.session !== undefined) gate.ready = new Promise((opened) => (gate.opened = opened));
    gate.session = undefined;
  }
}

const gates = [world.agents[0], ...world.agents].map((agent, at) => {
  const gate = { name: `${at}`, agent };
  gate.ready = new Promise((opened) => (gate.opened = opened));
  return gate;
});

/** Calls once and, as it is told to, waits with kidoban_wait. */
async function callOnce(gate, tool, args) {
  const { session } = gate;
  if (session === undefined) return undefined;
  const call = { gate: gate.name, tool, id: args.id };
  calls.push(call);
  let answer = await session.call(`ledger_${tool}`, args);
  // As a model does: it waits with the id that it was given, at whichever gate it finds.
  for (;;) {
    const meta = answer?.result?._meta?.["dev.kidoban/request"];
    if (meta?.state === "pending") call.pending = meta.id;
    else if (answer !== undefined || call.pending === undefined) break;
    await Promise.race([gate.ready, campaign.over]);
    if (!campaign.asking) break;
    answer = await gate.session?.call("kidoban_wait", { id: call.pending });
  }
  if (answer !== undefined)
    Object.assign(call, {
      answered: Date.now(),
      failed: answer.error !== undefined || answer.result.isError === true,
      text: textOf(answer),
    });
  return answer;
}

let number = 0;
/** Calls of each agent that got no answer, to be made again, by any gate of it. */
const lostCalls = new Map(world.agents.map((agent) => [agent, []]));

async function keepCalling(gate, weights) {
  while (campaign.asking) {
    await Promise.race([gate.ready, campaign.over]);
    const again = lostCalls.get(gate.agent);
    const repeated = weights.append && again.length && random.chance(0.9) ? again.pop() : undefined;
    const tool = repeated?.tool ?? random.weighted(weights);
    // No digits alone: those could be somebody's number, and would be taken out of what the log keeps.
    const id = `c${(number++).toString(16).padStart(8, "0")}${random.below(0xffff).toString(16).padStart(4, "0")}`;
    const slow = { before_ms: random.below(120), after_ms: random.below(120) };
    const args = repeated?.args ?? {
      id,
      ...(tool.endsWith("append") && { value: `value of ${id}` }),
      ...(tool === "slow_append" && slow),
    };
    // Often both gates of an agent are asked the same thing at once: two then wait for one answer, and one may use it.
    const twins = gates.filter(({ agent }) => agent === gate.agent);
    const both = weights.append && random.chance(0.4) ? twins : [gate];
    const got = await Promise.all(both.map((one) => callOnce(one, tool, args)));
    const lost = got.some((answer) => answer === undefined || /OUTCOME UNKNOWN/.test(textOf(answer)));
    if (lost && tool !== "read" && random.chance(0.9)) again.push({ tool, args });
    // After a refusal or an error a model thinks before it goes on.
    if (got.some((answer) => answer === undefined || answer.error || answer.result.isError)) await sleep(100);
  }
}

// ---- the approving terminals

const terminals = new Set();
const exited = (child) => new Promise((done) => child.on("close", (code, signal) => done(code ?? signal)));

const written = followLog(world.log);
const opened = new Map();
const done = new Set();

/** The next request that nobody has answered or closed and no terminal is at. */
function nextRequest(busy) {
  for (const { kind, request, expiresAt } of written()) {
    if (kind === "request.opened") opened.set(request, expiresAt);
    if (kind === "request.answered" || kind === "request.closed") done.add(request);
  }
  // Many gates ask more than two people can answer: the newest first, and none that is over by then.
  const able = [...opened].filter(([request, until]) => until > Date.now() + 5_000 && !done.has(request));
  return able.map(([request]) => request).findLast((request) => !busy.has(request));
}

async function keepAnswering(busy) {
  while (campaign.asking) {
    const request = nextRequest(busy);
    if (request === undefined) {
      await sleep(100);
      continue;
    }
    busy.add(request);
    const word = parseInt(request.slice(0, 4), 16) % 8 === 0 ? "deny" : "approve";
    const terminal = world.start(...world.answer(word, request));
    terminals.add(terminal);
    if ((await exited(terminal)) === 0) answers.push({ request, word });
    terminals.delete(terminal);
    busy.delete(request);
  }
}

// ---- the campaign

process.stdout.write(`seed ${o.seed}: ${o.kills} kills, ${o.stops} stops, in ${world.root}\n`);
const running = gates.flatMap((gate) => [keepUp(gate), ...CALLERS.map((weights) => keepCalling(gate, weights))]);
const busy = new Set();
running.push(keepAnswering(busy), keepAnswering(busy));
await Promise.all(gates.map((gate) => gate.ready));
/** With many gates some are always starting: a blow need not wait for them all. */
const enough = () =>
  gates.length > 2 ? Promise.race(gates.map((gate) => gate.ready)) : Promise.all(gates.map((gate) => gate.ready));

const { kill, stop, orphans } = makeBlows({ random, log: world.log, gates, terminals });
const blows = [...Array(Number(o.kills)).fill(kill), ...Array(Number(o.stops)).fill(stop)];
for (let i = blows.length - 1; i > 0; i--) {
  const j = random.below(i + 1);
  [blows[i], blows[j]] = [blows[j], blows[i]];
}
const startedAt = Date.now();
for (const [i, blow] of blows.entries()) {
  // A blow that found nobody is no blow.
  while (!(await blow()));
  // Mostly both gates are up and at work before the next one; now and then it falls on a start.
  if (random.chance(0.85)) await enough();
  if (i % 20 === 19)
    process.stdout.write(`  ${i + 1} of ${blows.length}, ${calls.length} calls, ${answers.length} answers\n`);
}
await sleep(1000);
campaign.asking = false;
campaign.end();
// Held calls end when their client leaves.
await Promise.all(gates.map((gate) => gate.session?.close() ?? gate.child?.kill()));
await Promise.all(running);

// A last gate finds what the dead left open.
const { command, args, options } = world.gate;
const last = connect(command, args, options);
const recovered = await last.open();
await last.close();
const verified = world.start("log", "verify");
const code = await exited(verified);

const judgement = judge({ world, calls, answers });
const faults = [
  ...(recovered ? [] : ["the last gate did not start"]),
  ...(code === 0 ? [] : [`kidoban log verify ended with ${code}: ${verified.said}`]),
  ...(await orphans()),
  ...judgement.faults,
];
const told = calls.filter((call) => call.answered !== undefined).length;
const { intents, asked, unknown, effects } = judgement.counts;
process.stdout.write(
  `${calls.length} calls (${told} answered), ${answers.length} human answers, ${intents} intents (${asked} with leave asked, ` +
    `${unknown} with unknown outcome), ${effects} effects, ${Math.round((Date.now() - startedAt) / 1000)} s\n` +
    (faults.length ? `${faults.length} FAULTS\n${faults.map((fault) => `- ${fault}`).join("\n")}\n` : "no fault\n"),
);
if (o.keep || faults.length) process.stdout.write(`kept: ${world.root}\n`);
else world.remove();
process.exitCode = faults.length ? 1 : 0;
