#!/usr/bin/env node
// `npm run bench`: what the gate costs, measured as its targets are stated, and the table in README.md beside this file.
//
//     node bench/run.mjs           three runs with fresh processes; writes README.md
//     node bench/run.mjs --smoke   one short run; prints the table and writes nothing
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { format } from "prettier";
import { merge } from "./lib/merge.mjs";
import { micros, report, table, times } from "./lib/report.mjs";
import { HARNESS } from "./lib/target.mjs";

const GATE = "Kidoban";
const RELAY = "bare JSON relay";
const smoke = process.argv.includes("--smoke");
const results = path.join(HARNESS, "results");
const has = (program) => spawnSync("which", [program]).status === 0;

if (!fs.existsSync(path.join(HARNESS, "../dist/kidoban.js"))) throw new Error("dist/ is missing: run `npm run build`");
if (!has("taskset")) throw new Error("taskset is missing (Debian: util-linux): the targets are stated for one core");
if (has("cc")) execFileSync("cc", ["-O2", "-o", "relays/relay-c", "relays/relay.c"], { cwd: HARNESS });
const only = fs.existsSync(path.join(HARNESS, "relays/relay-c")) ? "." : "^(?!relay in C)";

// One state for all starts, as a person has: the first start of a configuration reads its files, later ones need not.
const state = fs.mkdtempSync(path.join(os.tmpdir(), "kidoban-bench-"));
process.on("exit", () => fs.rmSync(state, { recursive: true, force: true }));
const env = { ...process.env, XDG_STATE_HOME: path.join(state, "state"), XDG_CONFIG_HOME: path.join(state, "config") };

const SHORT = ["--rounds", "3", "--conc-rounds", "2", "--cold-runs", "3", "--leak-calls", "2000", "--quiet-wait", "5"];

/** Several runs of the same phases, each with fresh processes, as one result. */
function measure(name, pinned, phases, title) {
  const runs = Array.from({ length: smoke ? 1 : 3 }, (_, i) => {
    const out = path.join(results, `${name}-${i + 1}.json`);
    const bench = [path.join(HARNESS, "bench.mjs"), "--phases", phases, "--only", only, "--title", title, "--out", out];
    const command = [...(pinned ? ["taskset", "-c", "1"] : []), process.execPath, ...bench, ...(smoke ? SHORT : [])];
    const { status } = spawnSync(command[0], command.slice(1), { env, stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error(`${name}: a target did not finish; see above`);
    return JSON.parse(fs.readFileSync(out, "utf8"));
  });
  return merge(runs);
}

const pinned = measure("pinned", true, "latency,throughput,cold,leak", "On one core");
const free = measure("free", false, "latency,throughput,cold", "On all cores");

const find = (from, name) => from.targets.find((target) => target.name === name);
const [gate, relay, direct] = [GATE, RELAY, "direct"].map((name) => find(pinned, name));
const ratio = (key) => gate[key].p50 / relay[key].p50;
const rate = (from) => find(from, GATE).conc.rate / find(from, RELAY).conc.rate;
const resident = Math.max(...gate.leak.mb);
const rows = [
  ["100 B, p50 ÷ bare JSON relay", "at most 1.5× (aim 1.2×)", ratio("small"), times, (x) => x <= 1.5],
  ["64 KB, p50 ÷ bare JSON relay", "at most 1.2×", ratio("big"), times, (x) => x <= 1.2],
  ["32 in flight, calls/s ÷ bare JSON relay", "at least 0.5×", rate(pinned), times, (x) => x >= 0.5],
  ["the same on all cores", "", rate(free), times, () => undefined],
  [
    "start to `tools/list`, more than direct",
    "at most 150 ms",
    gate.cold.p50 - direct.cold.p50,
    (x) => `${x.toFixed(0)} ms`,
    (x) => x <= 150,
  ],
  [
    "the same on all cores",
    "",
    find(free, GATE).cold.p50 - find(free, "direct").cold.p50,
    (x) => `${x.toFixed(0)} ms`,
    () => undefined,
  ],
  [
    `memory over ${gate.leak.calls.at(-1)} calls, most`,
    "at most 90 MB",
    resident,
    (x) => `${x.toFixed(0)} MB`,
    (x) => x <= 90,
  ],
].map(([what, target, value, show, met]) => [
  what,
  target,
  show(value),
  { true: "yes", false: "**no**" }[met(value)] ?? "",
]);

const summary = [
  `Measured ${pinned.startedAt.slice(0, 10)} on ${pinned.cpu} (${pinned.cores} cores), Node ${pinned.node}, ` +
    `${smoke ? "one short run" : "three runs with fresh processes, merged"}. ` +
    `A call of 100 B takes ${micros(direct.small.p50)} directly, ${micros(relay.small.p50)} through the bare relay, ` +
    `${micros(gate.small.p50)} through the gate.`,
  table(["one core, stdio, policy and log on", "target", "measured", "met"], rows),
  report(pinned).replaceAll("## ", "### "),
  report(free).replaceAll("## ", "### "),
].join("\n\n");
process.stdout.write(summary + "\n");

if (!smoke) {
  const file = path.join(HARNESS, "README.md");
  const text = fs.readFileSync(file, "utf8");
  const [start, end] = ["<!-- measured: written by run.mjs -->", "<!-- end -->"];
  const from = text.indexOf(start) + start.length;
  const to = text.indexOf(end);
  if (from < start.length || to < from) throw new Error("README.md has lost its marks");
  const next = `${text.slice(0, from)}\n\n${summary}\n\n${text.slice(to)}`;
  fs.writeFileSync(file, await format(next, { parser: "markdown", printWidth: 120 }));
}
