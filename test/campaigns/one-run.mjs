/**
 * One run of a gate, and of an approving terminal where one is needed, with the fault layer under one of the two: what a fake
 * agent asks, how a person answers, what another gate does while one is suspended. Knows nothing of what is to hold then.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, textOf } from "./agent.mjs";
import { followLog } from "./evidence.mjs";

const LAYER = new URL("fault-layer.mjs", import.meta.url).href;
const MOST_SUSPENDED_MS = 8000;
const HANGS_MS = 15_000;
/** Twice what a server may take (world.mjs). */
const ANSWERED_MS = 6000;
let number = 0;
const nextId = () => `s${number++}`;

/** Calls, and keeps what was asked and told. */
async function call(session, gate, facts, tool, id = nextId()) {
  const known = { gate, tool, id };
  facts.calls.push(known);
  const said = await session.call(`ledger_${tool}`, { id, ...(tool === "read" ? {} : { value: `value of ${id}` }) });
  if (said === undefined) return;
  const meta = said.result?._meta?.["dev.kidoban/request"];
  if (meta?.state === "pending") {
    known.pending = meta.id;
    return;
  }
  const failed = said.error !== undefined || said.result.isError === true;
  Object.assign(known, { answered: Date.now(), failed, text: textOf(said) });
}

/** With nothing where it takes longer; the clock of what came in time keeps nobody waiting at the end. */
const within = (promise, ms) => Promise.race([promise, sleep(ms, undefined, { ref: false })]);
export const ended = (child) => new Promise((done) => child.on("close", done));
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
    await within(asked, ANSWERED_MS);
  }
  // Whatever went wrong: what comes after it is refused, or it is as always.
  for (const tool of ["read", "slow_append"]) await within(call(session, "one", facts, tool), ANSWERED_MS);
}

const isSuspended = (pid) => {
  try {
    return /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

/** While the process is suspended another gate of the agent is at work, asking for the same; then it goes on. */
async function besideSuspended(victim, world, facts, longer) {
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
  await sleep(longer);
  victim.kill("SIGCONT");
  await working;
  await rival.close();
}

/**
 * One gate from its start to its end. Gives its steps, those of a flow from when the agent may ask. `fault`: what the layer is
 * told; `longer`: ms for which a process stays suspended beyond what others do meanwhile.
 */
export async function run(flow, world, facts, fault = {}) {
  const trace = join(world.root, "trace");
  rmSync(trace, { force: true });
  delete facts.asked;
  let beside = Promise.resolve();
  facts.victim = (child) => {
    if (fault.how === "stop") beside = besideSuspended(child, world, facts, fault.longer);
  };
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

/** What is known of some runs in one world. `suspended`: how often a process was. */
export const fresh = () => ({ calls: [], answers: [], hung: [], suspended: 0 });
