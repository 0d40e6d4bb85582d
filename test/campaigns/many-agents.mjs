/**
 * `npm run agents`: many agents over HTTP on one process, each with its own token, half of them of each era, all at once.
 * Every answer must be the caller's own, each agent must have a connection of its own to each server, every call must stand
 * in the log under the agent that made it, and the gate's memory must not grow. A slice of it runs in `npm test`.
 *
 *     node test/campaigns/many-agents.mjs [--agents 200] [--calls 50]
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { makeCrowd } from "./crowd.mjs";
import { readLog } from "./evidence.mjs";
import { httpAgent } from "./http-agent.mjs";

const { values: o } = parseArgs({
  options: { agents: { type: "string", default: "200" }, calls: { type: "string", default: "50" } },
});
const calls = Number(o.calls);
const names = Array.from({ length: Number(o.agents) }, (_, at) => `agent-${at + 1}`);
/** Memory is looked at this often on the way. */
const ROUNDS = 10;
/** In each of these one agent of five also leaves a call before its answer: that must not reach anybody else. */
const LEAVES = 5;
const startedAt = Date.now();
const seconds = () => Math.round((Date.now() - startedAt) / 1000);
const faults = [];
const say = (line) => process.stdout.write(`${line}\n`);

const crowd = await makeCrowd(names);
const agents = await Promise.all(
  names.map(async (name, at) => ({
    name,
    at,
    made: 0,
    left: 0,
    connections: { near: new Set(), far: new Set() },
    client: httpAgent({ url: crowd.url, token: await crowd.token(name, at % 10 === 0), isModern: at % 2 === 1 }),
  })),
);
say(`${agents.length} agents in ${crowd.root}, ${seconds()} s`);

/** Makes the next call and looks at what comes back. */
async function callOnce(agent) {
  const number = agent.made++;
  const server = number % 2 ? "far" : "near";
  const text = `${agent.name} number ${number}`;
  const got = await agent.client.call(`${server}_mirror`, { text, after_ms: (number * 7 + agent.at) % 20 });
  const [own, connection] = got.split(" on ");
  if (own !== text) faults.push(`${agent.name} got "${got}" for "${text}"`);
  agent.connections[server].add(connection);
}

/** Two at a time, as a client with two conversations. */
async function work(agent, count) {
  if (agent.at % LEAVES === 0) {
    const left = agent.client.abandon("near_mirror", { text: `${agent.name} left`, after_ms: 3000 }, 100);
    if (await left) agent.left += 1;
    else faults.push(`${agent.name}: the call that it left was answered`);
  }
  let more = count;
  const conversation = async () => {
    while (more-- > 0) await callOnce(agent);
  };
  await Promise.all([conversation(), conversation()]);
}

const everyone = (what) =>
  Promise.all(agents.map((agent) => what(agent).catch((error) => faults.push(`${agent.name}: ${error.message}`))));
const residentMb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${crowd.pid}/status`, "utf8"))[1]) / 1024;

await everyone(async (agent) => {
  await agent.client.open();
  const tools = await agent.client.tools();
  if (tools.toSorted().join() !== "far_mirror,near_mirror") faults.push(`${agent.name} lists ${tools.join()}`);
});
say(`all have connected, ${seconds()} s`);

const memory = [];
for (let round = 0; round < ROUNDS; round++) {
  const count = Math.floor((calls * (round + 1)) / ROUNDS) - Math.floor((calls * round) / ROUNDS);
  await everyone((agent) => work(agent, count));
  await sleep(300);
  memory.push(residentMb());
}
say(`${agents.reduce((sum, { made }) => sum + made, 0)} calls made, ${seconds()} s`);
for (const { client } of agents) client.close();
const code = await crowd.stop();
if (code !== 0) faults.push(`serve ended with ${code}`);

// ---- whose connection is whose

for (const server of ["near", "far"]) {
  const owners = new Map();
  for (const { name, connections } of agents) {
    if (connections[server].size !== 1) faults.push(`${name} had ${connections[server].size} connections to ${server}`);
    for (const connection of connections[server]) {
      const owner = owners.get(connection);
      if (owner !== undefined) faults.push(`${name} and ${owner} share ${connection}`);
      owners.set(connection, name);
    }
  }
  for (const connection of owners.keys()) {
    const pid = server === "near" ? Number(connection.slice("process ".length)) : 0;
    if (pid > 0 && isAlive(pid)) faults.push(`${connection} outlived the gate`);
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

// ---- what the log says

const { entries, textOf, faults: broken } = readLog(crowd.log);
faults.push(...broken);
const recorded = new Map(names.map((name) => [name, 0]));
for (const entry of entries) {
  if (entry.kind !== "call.intent") continue;
  const text = textOf(entry.args) ?? "";
  recorded.set(entry.agent, (recorded.get(entry.agent) ?? 0) + 1);
  if (!text.includes(`"${entry.agent} `)) faults.push(`the log has ${text} under ${entry.agent}`);
}
for (const { name, made, left } of agents)
  if (recorded.get(name) !== made + left)
    faults.push(`the log has ${recorded.get(name)} calls of ${name}, not ${made}`);
crowd.kidoban("log", "verify");

// ---- memory: the floor once a tenth of the calls is made, and at the end; garbage comes and goes above it

const [before, after] = [memory.slice(1, 4), memory.slice(-3)].map((samples) => Math.min(...samples));
say(`memory on the way, MB: ${memory.map((mb) => mb.toFixed(0)).join(" ")}`);
// A heap needs some thousand calls to find its size.
if (agents.length * calls >= 5000 && after > before * 1.1)
  faults.push(`memory grew from ${before.toFixed(0)} to ${after.toFixed(0)} MB`);

say(
  `${agents.length} agents, ${calls} calls each, ${seconds()} s\n` +
    (faults.length ? `${faults.length} FAULTS\n${faults.map((fault) => `- ${fault}`).join("\n")}` : "no fault"),
);
if (faults.length) say(`kept: ${crowd.root}`);
else crowd.remove();
process.exitCode = faults.length ? 1 : 0;
