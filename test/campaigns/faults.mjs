/**
 * `npm run faults`: all that can go wrong under a gate, one part after the other. Ends with 0 where there was no fault, with
 * 1 where there was one, with 2 where a part could not be run here.
 *
 *     node test/campaigns/faults.mjs [--seed N] [--kills 2000] [--stops 60] [--every 1] [--part NAME]…
 *
 * `--every N`: one of N steps and places, for a shorter run.
 */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: o } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    kills: { type: "string", default: "2000" },
    stops: { type: "string", default: "60" },
    every: { type: "string", default: "1" },
    part: { type: "string", multiple: true },
  },
});
const NOT_RUN = 77;
const PARTS = {
  steps: ["steps.mjs", "--seed", o.seed, "--every", o.every],
  kills: ["crash.mjs", "--seed", o.seed, "--agents", "8", "--kills", o.kills, "--stops", o.stops],
  "full-disk": ["full-disk.mjs", "--seed", o.seed, "--every", o.every],
  servers: ["servers.mjs", "--seed", o.seed, "--rounds", "70"],
  durable: ["durable.mjs"],
};
const here = dirname(fileURLToPath(import.meta.url));
const results = [];
for (const [name, [program, ...args]] of Object.entries(PARTS)) {
  if (o.part !== undefined && !o.part.includes(name)) continue;
  process.stdout.write(`\n== ${name}: node test/campaigns/${program} ${args.join(" ")}\n`);
  const child = spawn(process.execPath, [join(here, program), ...args], { stdio: "inherit" });
  const code = await new Promise((done) => child.on("close", done));
  results.push({ name, said: code === 0 ? "no fault" : code === NOT_RUN ? "NOT RUN" : "FAULTS" });
}
process.stdout.write(`\nseed ${o.seed}\n${results.map(({ name, said }) => `${name}: ${said}`).join("\n")}\n`);
const has = (word) => results.some(({ said }) => said === word);
process.exitCode = has("FAULTS") ? 1 : has("NOT RUN") ? 2 : 0;
