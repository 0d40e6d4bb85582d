#!/usr/bin/env node
// `npm run bench`: what the gate costs, measured as its targets are stated, and the table in README.md beside this file.
//
//     node bench/run.mjs           three runs with fresh processes; writes README.md
//     node bench/run.mjs --once    one run of each, for a quick look; writes README.md too
//     node bench/run.mjs --smoke   one short run; prints the table and writes nothing
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { format } from "prettier";
import { evidence } from "./lib/evidence.mjs";
import { goals } from "./lib/goals.mjs";
import { inbox } from "./lib/inbox.mjs";
import { merge } from "./lib/merge.mjs";
import { micros, report, table } from "./lib/report.mjs";
import { HARNESS } from "./lib/target.mjs";

const smoke = process.argv.includes("--smoke");
const once = process.argv.includes("--once");
const results = path.join(HARNESS, "results");
const has = (program) => spawnSync("which", [program]).status === 0;

if (!fs.existsSync(path.join(HARNESS, "../dist/kidoban.js"))) throw new Error("dist/ is missing: run `npm run build`");
if (!has("taskset")) throw new Error("taskset is missing (Debian: util-linux): the targets are stated for one core");
if (has("cc")) execFileSync("cc", ["-O2", "-o", "relays/relay-c", "relays/relay.c"], { cwd: HARNESS });
const only = fs.existsSync(path.join(HARNESS, "relays/relay-c")) ? "." : "^(?!relay in C)";

// One state for all starts, as a person has: the first start of a configuration reads its files, later ones need not.
const state = fs.mkdtempSync(path.join(os.tmpdir(), "kidoban-bench-"));
process.on("exit", () => fs.rmSync(state, { recursive: true, force: true }));

const SHORT = "--rounds 3 --conc-rounds 2 --cold-runs 3 --leak-calls 2000 --warmup 500 --quiet-wait 5".split(" ");
const STDIO = "targets/core.json,targets/kidoban.json";
const HTTP = "targets/http.json";

/** Several runs of the same phases, each with fresh processes, as one result. */
function measure(name, { pinned = true, targets, phases, title, client = "raw", which = only }) {
  const runs = Array.from({ length: smoke || once ? 1 : 3 }, (_, i) => {
    const out = path.join(results, `${name}-${i + 1}.json`);
    const options = { targets, phases, only: which, client, title, state, out };
    const bench = [path.join(HARNESS, "bench.mjs"), ...Object.entries(options).flatMap(([key, x]) => [`--${key}`, x])];
    const command = [...(pinned ? ["taskset", "-c", "1"] : []), process.execPath, ...bench, ...(smoke ? SHORT : [])];
    const { status } = spawnSync(command[0], command.slice(1), { stdio: ["ignore", "ignore", "inherit"] });
    if (status !== 0) throw new Error(`${name}: a target did not finish; see above`);
    return JSON.parse(fs.readFileSync(out, "utf8"));
  });
  return merge(runs);
}

const both = "latency,throughput";
const lean = "^(?!relay in C|SDK)";
const measured = {
  pinned: measure("pinned", { targets: STDIO, phases: `${both},cold`, title: "On one core" }),
  http: measure("http", { targets: HTTP, phases: both, title: "HTTP to stdio, on one core" }),
  modern: measure("modern", {
    targets: HTTP,
    phases: both,
    client: "raw-modern",
    title: "HTTP to stdio, on one core, 2026-07-28",
  }),
  list: measure("list", { targets: "targets/list.json", phases: "list", title: "Lists, on one core" }),
  memory: measure("memory", { targets: STDIO, phases: "leak", which: lean, title: "Memory" }),
  httpMemory: measure("http-memory", { targets: HTTP, phases: "leak", title: "Memory, HTTP to stdio" }),
  free: measure("free", { pinned: false, targets: STDIO, phases: `${both},cold`, title: "On all cores" }),
  freeHttp: measure("free-http", { pinned: false, targets: HTTP, phases: both, title: "HTTP to stdio, on all cores" }),
};
const { pinned } = measured;
const p50 = (name) => micros(pinned.targets.find((target) => target.name === name).small.p50);

const summary = [
  `Measured ${pinned.startedAt.slice(0, 10)} on ${pinned.cpu} (${pinned.cores} cores), Node ${pinned.node}, ` +
    `${smoke ? "one short run" : once ? "one run" : "three runs with fresh processes, merged"}. ` +
    `A call of 100 B over stdio takes ${p50("direct")} directly, ${p50("bare JSON relay")} through the bare relay, ` +
    `${p50("Kidoban")} through the gate.`,
  table(
    ["one core, policy and log on", "target", "measured", "met"],
    goals({ ...measured, inbox: await inbox(), evidence: await evidence(smoke ? 100_000 : undefined) }),
  ),
  ...Object.values(measured).map((series) => report(series).replaceAll("## ", "### ")),
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
