/**
 * `npm run restores`: restore, backup and tidy, killed before each thing that they do with a file. After each kill the state
 * opens as the one that was there or as the restored one, or for nobody until the restore is run again; never as half of
 * each. The same command then goes through, every stop holds, and the log proves itself.
 *
 *     node test/campaigns/restore.mjs [--what restore,backup,tidy] [--every 1] [--seed N]
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { programFolder, programIn } from "./bundled.mjs";
import { makeRandom } from "./random.mjs";

const { values: o } = parseArgs({
  options: {
    what: { type: "string", default: "restore,backup,tidy" },
    every: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const say = (line) => process.stdout.write(`${line}\n`);
const here = dirname(fileURLToPath(import.meta.url));
const LAYER = pathToFileURL(join(here, "kill-layer.mjs")).href;
const random = makeRandom(Number(o.seed));
say(`seed ${o.seed}: kills of ${o.what}, every ${o.every}`);

const bundle = programFolder();
const worlds = mkdtempSync(join(tmpdir(), "campaign-restore-"));
let faults = 0;
try {
  const program = await programIn(bundle, "restore-part.ts");
  writeFileSync(
    join(bundle, "act.mjs"),
    `import { act } from "./part.mjs"; await act(process.argv[2], process.argv[3]);`,
  );
  const part = await import(pathToFileURL(program).href);
  const first = join(worlds, "first");
  mkdirSync(first);
  await part.prepare(first);
  for (const what of o.what.split(",")) await campaign(part, what, first);
} finally {
  for (const folder of [bundle, worlds]) rmSync(folder, { recursive: true, force: true });
}
say(faults === 0 ? "no fault" : `${faults} FAULTS`);
process.exitCode = faults === 0 ? 0 : 1;

async function campaign(part, what, first) {
  const steps = killed(what, first, 0).steps;
  const seen = {};
  const every = Number(o.every);
  let kills = 0;
  for (let at = 1 + random.below(every); at <= steps.length; at += every) {
    const { root, steps: done, signal } = killed(what, first, at);
    kills++;
    const problem = (text) => {
      faults++;
      say(`FAULT ${what}, killed before step ${at} (${done.at(-1) ?? "none"}): ${text}`);
    };
    // One run has a step more than another: of what was not reached nothing was killed.
    if (signal !== "SIGKILL" && signal !== "code 0") problem(`it ended by itself: ${signal}`);
    try {
      // Every other one is not looked at before the command is run again: that would settle it.
      const { as, wrong } = await part.after(what, root, random.chance(0.5));
      seen[as] = (seen[as] ?? 0) + 1;
      for (const one of wrong) problem(one);
    } catch (error) {
      problem(String(error.stack));
    }
    rmSync(root, { recursive: true, force: true });
  }
  say(`${what}: ${steps.length} steps, ${kills} kills, afterwards ${JSON.stringify(seen)}`);
}

/** In a copy of its own. `at` 0: runs to its end. */
function killed(what, first, at) {
  const root = join(worlds, `${what}-${at}`);
  cpSync(first, root, { recursive: true });
  const trace = join(worlds, `${what}-${at}.trace`);
  const env = { ...process.env, KILL_LAYER: JSON.stringify({ under: root, trace, at }) };
  const { signal, status, stderr } = spawnSync(
    process.execPath,
    ["--import", LAYER, join(bundle, "act.mjs"), what, root],
    { env, encoding: "utf8", timeout: 120_000 },
  );
  if (at === 0 && status !== 0) throw new Error(`${what} does not go through: ${stderr}`);
  return { root, signal: signal ?? `code ${status}`, steps: readFileSync(trace, "utf8").trim().split("\n") };
}
