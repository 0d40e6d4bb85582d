#!/usr/bin/env node
// Measures targets side by side, round by round in a new order. Numbers to --out (JSON), tables to standard output.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { conclude } from "./lib/conclude.mjs";
import { writeFleet } from "./lib/fleet.mjs";
import { append, observed, parallel, residentMb, serial, series } from "./lib/load.mjs";
import { isAtPace } from "./lib/pace.mjs";
import { foreignLoad, pinnedTo } from "./lib/proc.mjs";
import { report } from "./lib/report.mjs";
import { median } from "./lib/stats.mjs";
import { HARNESS, Target, withTimeout } from "./lib/target.mjs";

const { values: o } = parseArgs({
  options: {
    targets: { type: "string", default: "targets/core.json,targets/kidoban.json" },
    only: { type: "string" }, // regular expression on target names
    client: { type: "string", default: "raw" }, // raw | raw-modern (HTTP) | sdk1 | sdk2 | sdk2-modern
    phases: { type: "string", default: "latency,throughput,leak,cold" }, // or list
    rounds: { type: "string", default: "25" },
    calls: { type: "string", default: "100" }, // of 100 B, a round
    "big-calls": { type: "string", default: "80" }, // of 64 KB, a round
    concurrency: { type: "string", default: "32" },
    "conc-calls": { type: "string", default: "1000" },
    "conc-rounds": { type: "string", default: "10" },
    lists: { type: "string", default: "8" }, // a round
    "leak-calls": { type: "string", default: "20000" },
    "cold-runs": { type: "string", default: "12" },
    warmup: { type: "string", default: "2000" },
    "quiet-below": { type: "string", default: "0.15" }, // waits before a round until others use less of the CPUs …
    "quiet-wait": { type: "string", default: "120" }, // … but no more than so many seconds in all, what is done again included
    state: { type: "string" }, // where gates keep theirs; left out: a fresh folder that is removed at the end
    out: { type: "string" },
    title: { type: "string", default: "Results" },
  },
});
const number = (key) => Number(o[key]);
const SMALL = 100;
const BIG = 65536;
const phases = new Set(o.phases.split(","));
const log = (text) => process.stderr.write(text + "\n");

const defs = o.targets
  .split(",")
  .flatMap((file) => JSON.parse(fs.readFileSync(path.resolve(HARNESS, file), "utf8")))
  .filter((def) => !o.only || new RegExp(o.only).test(def.name));
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "kidoban-bench-"));
process.on("exit", () => fs.rmSync(scratch, { recursive: true, force: true }));
const state = path.resolve(o.state ?? path.join(scratch, "state"));
const env = { ...process.env, XDG_STATE_HOME: state, XDG_CONFIG_HOME: path.join(state, "config") };
const world = { clientKind: o.client, env, fleet: path.join(scratch, "fleet") };

const results = new Map(defs.map((def) => [def.name, { def, errors: [] }]));
const live = new Map();

function shuffle(items) {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}

async function drop(target, phase, error) {
  results.get(target.name).errors.push(`${phase}: ${error.message}`);
  log(`  ! ${target.name} dropped in ${phase}: ${error.message}\n${target.stderr ?? ""}`);
  live.delete(target.name);
  await target.stop();
}

let waitedSeconds = 0;
const secondsSince = (startedAt) => (performance.now() - startedAt) / 1000;
const mayWait = () => waitedSeconds < number("quiet-wait");
/** Until `isQuiet` says so, looking every few ms, or until as much was waited as may be. */
async function waitUntil(isQuiet, everyMs) {
  for (;;) {
    const startedAt = performance.now();
    if ((await isQuiet()) || !mayWait()) return;
    await new Promise((done) => setTimeout(done, everyMs));
    waitedSeconds += secondsSince(startedAt);
  }
}
const waitForQuiet = () => waitUntil(async () => (await foreignLoad()) <= number("quiet-below"), 500);

/**
 * Does a piece of work at the machine's pace, and gives what it gave: one in the middle of which the machine slowed down is
 * done again, whatever came of it, as long as there may be waiting.
 */
async function atPace(work) {
  for (;;) {
    await waitUntil(isAtPace, 20);
    const startedAt = performance.now();
    const value = await work();
    if (isAtPace() || !mayWait()) return value;
    waitedSeconds += secondsSince(startedAt);
  }
}

/** Visits all live targets in a new order each round; `visit` gives what is to be noted of it under each name. */
async function interleave(phase, rounds, visit) {
  log(phase);
  for (let round = 0; round < rounds; round++) {
    await waitForQuiet();
    for (const target of shuffle([...live.values()])) {
      try {
        const noted = await withTimeout(visit(target, round), 300_000, phase);
        for (const [name, values] of Object.entries(noted ?? {})) append(results.get(target.name)[name], values);
      } catch (error) {
        await drop(target, phase, error);
      }
    }
  }
}

const stopAll = () => Promise.all([...live.values()].map((target) => target.stop()));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void stopAll().then(() => process.exit(1)));

const startedAt = new Date().toISOString();
const KIDOBAN = path.join(HARNESS, "../dist/kidoban.js");
const tools = phases.has("list") ? writeFleet(world.fleet, KIDOBAN, path.join(HARNESS, "servers/list.mjs"), env) : 0;
if (["latency", "throughput", "list", "leak"].some((phase) => phases.has(phase))) {
  for (const def of defs) {
    const target = new Target(def, world);
    try {
      await target.start();
      live.set(def.name, target);
      log(`${def.name}: up in ${target.readyMs.toFixed(0)} ms`);
    } catch (error) {
      await drop(target, "start", error);
    }
  }
  await interleave("warm-up", 1, async (target) => {
    const count = number("warmup");
    if (phases.has("list")) return serial(target.lister(tools), count / 10);
    await serial(target.caller(SMALL), count);
    if (phases.has("latency")) await serial(target.caller(BIG), count / 4);
    if (phases.has("throughput")) await parallel(target.caller(SMALL), count, number("concurrency"));
  });
}

const timed = (target, calls, call) =>
  atPace(async () => {
    const micros = [];
    const noted = await observed(target, calls, () => serial(call, calls, micros));
    return { ...noted, rounds: [micros], perRound: [median(micros)] };
  });
if (phases.has("latency")) {
  for (const result of results.values()) Object.assign(result, { small: series(), big: series() });
  await interleave("latency", number("rounds"), async (target) => ({
    small: await timed(target, number("calls"), target.caller(SMALL)),
    big: await timed(target, number("big-calls"), target.caller(BIG)),
  }));
}
if (phases.has("list")) {
  for (const result of results.values()) result.list = series();
  await interleave("list", number("rounds"), async (target) => ({
    list: await timed(target, number("lists"), target.lister(tools)),
  }));
}
if (phases.has("throughput")) {
  for (const result of results.values()) result.conc = series();
  await interleave("throughput", number("conc-rounds"), (target) =>
    atPace(async () => {
      const calls = number("conc-calls");
      const call = target.caller(SMALL);
      let rate;
      const noted = await observed(target, calls, async () => {
        rate = await parallel(call, calls, number("concurrency"));
      });
      return { conc: { ...noted, rates: [rate] } };
    }),
  );
}
if (phases.has("leak")) {
  const steps = 20;
  for (const result of results.values()) result.leak = { calls: [], mb: [] };
  await interleave("leak", steps + 1, async (target, step) => {
    const calls = step === 0 ? 0 : number("leak-calls") / steps;
    await parallel(target.caller(SMALL), calls, 8);
    await new Promise((done) => setTimeout(done, 300));
    const before = results.get(target.name).leak.calls.at(-1) ?? 0;
    return { leak: { calls: [before + calls], mb: [residentMb(target, target.sample())] } };
  });
}
await stopAll();
live.clear();

async function startTime(def) {
  const target = new Target(def, world);
  try {
    await target.start();
    return target.readyMs;
  } finally {
    await target.stop();
  }
}
if (phases.has("cold")) {
  for (const result of results.values()) result.cold = [];
  log("cold start");
  for (let run = 0; run < number("cold-runs"); run++) {
    await waitForQuiet();
    for (const def of shuffle(defs.filter((candidate) => !results.get(candidate.name).errors.length))) {
      try {
        results.get(def.name).cold.push(await atPace(() => startTime(def)));
      } catch (error) {
        results.get(def.name).errors.push(`cold start: ${error.message}`);
      }
    }
  }
}

const result = {
  title: o.title,
  startedAt,
  client: o.client,
  node: process.version,
  cpu: os.cpus()[0]?.model,
  cores: os.cpus().length,
  pinned: pinnedTo(),
  concurrency: number("concurrency"),
  tools,
  waitedForQuietSeconds: Math.round(waitedSeconds),
  targets: [...results.values()].map(conclude),
};
if (o.out) {
  fs.mkdirSync(path.dirname(path.resolve(o.out)), { recursive: true });
  fs.writeFileSync(o.out, JSON.stringify(result));
}
process.stdout.write(report(result));
process.exitCode = result.targets.some((target) => target.errors.length) ? 1 : 0;
