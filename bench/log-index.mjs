#!/usr/bin/env node
// How long the log's index takes to be built and to answer, over a log of years.
//
//     node bench/log-index.mjs [entries]     10,000,000 when left out: 4 GB in the temporary folder, removed at the end
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { table } from "./lib/report.mjs";
import { HARNESS } from "./lib/target.mjs";

const count = Number(process.argv[2] ?? 10_000_000);
const folder = fs.mkdtempSync(path.join(HARNESS, "../node_modules/.kidoban-bench-"));
const state = fs.mkdtempSync(path.join(os.tmpdir(), "kidoban-bench-"));
process.on("exit", () => {
  for (const one of [folder, state]) fs.rmSync(one, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

const { bavail, bsize } = fs.statfsSync(state);
if (bavail * bsize < count * 700) throw new Error("not enough room in the temporary folder");

const outfile = path.join(folder, "log-index.mjs");
const options = { bundle: true, format: "esm", platform: "node", external: ["@photostructure/sqlite"] };
await build({ entryPoints: [path.join(HARNESS, "log-index-part.ts")], outfile, logLevel: "error", ...options });
const { buildIndex, timeFilters, writeLog } = await import(pathToFileURL(outfile).href);

const say = (text) => process.stderr.write(`${text}\n`);
const from = performance.now();
const bytes = writeLog(state, count);
say(
  `${count} entries, ${(bytes / 2 ** 30).toFixed(2)} GiB, written in ${((performance.now() - from) / 1000).toFixed(0)} s`,
);
let told = 0;
const built = await buildIndex(state, (share) => {
  if (share >= told + 0.1) say(`index: ${Math.round((told = share) * 100)} %`);
});
const times = await timeFilters(state);

/** The whole program: start, open, catch up, answer, print. */
function command(...args) {
  const env = { ...process.env, XDG_STATE_HOME: `${state}/home` };
  const runs = Array.from({ length: 5 }, () => {
    const begun = performance.now();
    execFileSync(process.execPath, [path.join(HARNESS, "../dist/kidoban.js"), "log", ...args], {
      env,
      stdio: "ignore",
    });
    return performance.now() - begun;
  });
  return runs.toSorted((a, b) => a - b)[2];
}
fs.mkdirSync(`${state}/home`);
fs.symlinkSync(state, `${state}/home/kidoban`);
const whole = [
  ["`kidoban log --limit 100`", command("--limit", "100")],
  [
    "`kidoban log --agent agent-3 --decision ask --limit 100`",
    command("--agent", "agent-3", "--decision", "ask", "--limit", "100"),
  ],
];
fs.unlinkSync(`${state}/home/kidoban`);

process.stdout.write(
  `${count.toLocaleString("en")} entries (${(bytes / 2 ** 30).toFixed(2)} GiB): built in ${built.seconds.toFixed(0)} s ` +
    `(${((built.seconds / count) * 1e6).toFixed(1)} µs an entry), ${(built.bytes / count).toFixed(1)} bytes an entry.\n\n` +
    `${table(
      ["first page of 100", "ms", "CPU ms"],
      [...times, ...whole].map(([name, ms, cpu]) => [name, ms.toFixed(0), cpu?.toFixed(0) ?? ""]),
    )}\n`,
);
