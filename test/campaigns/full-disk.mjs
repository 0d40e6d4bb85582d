/**
 * Part of `npm run faults`: no room at every byte of an entry, on a small disk of its own (tmpfs). Then a real gate on such a
 * disk: it is sealed, says its last words into the reserve, and goes on when there is room. Needs leave to mount; where
 * there is none it says so and ends with 77.
 *
 *     node test/campaigns/full-disk.mjs [--every 1] [--seed N]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connect, textOf } from "./agent.mjs";
import { bundled } from "./bundled.mjs";
import { followLog } from "./evidence.mjs";
import { makeRandom } from "./random.mjs";
import { judge } from "./verdict.mjs";
import { makeWorld } from "./world.mjs";

const { values: o } = parseArgs({
  options: {
    every: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const NOT_RUN = 77;
/** An entry of the kind that is written here is somewhat shorter. */
const ENTRY_BYTES = 440;
const say = (line) => process.stdout.write(`${line}\n`);
const random = makeRandom(Number(o.seed));
say(`seed ${o.seed}: no room, every ${o.every}`);

const disk = mkdtempSync(join(tmpdir(), "campaign-disk-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=12m,mode=700", "kidoban-campaign", disk], {
  encoding: "utf8",
});
if (mounted.status !== 0) {
  rmSync(disk, { recursive: true });
  say(`NOT RUN: no disk can be mounted here (${(mounted.stderr ?? String(mounted.error)).trim()})`);
  process.exit(NOT_RUN);
}
const faults = [];
try {
  const part = await bundled("full-disk-part.ts");
  faults.push(...(await everyByte(part)));
  faults.push(...(await realGate(part)));
} finally {
  spawnSync("umount", ["-l", disk]);
  rmSync(disk, { recursive: true, force: true });
}
for (const each of faults) say(`FAULT ${each}`);
say(faults.length === 0 ? "no fault" : `${faults.length} FAULTS`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function everyByte({ place, fullAt, judged }) {
  const offset = random.below(Number(o.every));
  const wrong = [];
  let [spot, runs] = [await place(disk), 0];
  const finish = async () => {
    const fault = await judged(spot.dir);
    if (fault !== undefined) wrong.push(`the log is not proven: ${fault}`);
    await spot.close();
    rmSync(join(disk, "state"), { recursive: true });
  };
  for (let left = offset; left <= ENTRY_BYTES && wrong.length < 10; left += Number(o.every)) {
    wrong.push(...(await fullAt(spot, left)));
    if (++runs % 50 === 0) {
      await finish();
      spot = await place(disk);
    }
  }
  await finish();
  say(`no room: ${runs} of ${ENTRY_BYTES + 1} places in an entry`);
  return wrong;
}

function isSealed(text) {
  return text.includes("NOT EXECUTED: the audit log");
}

/** The whole gate, over one time of no room. */
async function realGate({ fill }) {
  const world = makeWorld({ state: disk, timeout: "30s" });
  const wrong = [];
  const calls = [];
  const { command, args, options } = world.gate;
  const session = connect(command, args, options);
  const call = async (tool, id, more = {}) => {
    const answer = await session.call(`ledger_${tool}`, { id, ...(tool === "read" ? {} : { value: id }), ...more });
    const failed = answer === undefined || answer.error !== undefined || answer.result.isError === true;
    const text = answer === undefined ? "" : textOf(answer);
    calls.push({ gate: "one", tool, id, answered: Date.now(), failed, text });
    return text;
  };
  let over = false;
  void session.ended.then(({ code, signal, stderr }) =>
    over ? undefined : wrong.push(`the gate ended with ${signal ?? code}: ${stderr}`),
  );
  if (!(await session.open())) wrong.push("the gate did not start");
  await call("slow_append", "first");
  const news = followLog(world.log);
  news();
  const inFlight = call("slow_append", "in-flight", { before_ms: 1500 });
  while (!news().some(({ kind }) => kind === "call.intent")) await sleep(20);
  const filler = fill(disk);
  let sealed = false;
  // What is left of the last page takes some entries, and a gate that tidies up in its first seconds gives room back.
  for (let i = 0; i < 200 && !sealed; i++) {
    if (i % 20 === 19) fill(disk);
    sealed = isSealed(await call("read", `full-${i}`));
  }
  if (!sealed) wrong.push("a gate on a full disk is not sealed");
  const late = await inFlight;
  if (!late.includes("SENT") && !late.includes("done")) wrong.push(`the call in flight ended with: ${late}`);
  if (!isSealed(await call("slow_append", "refused"))) wrong.push("a sealed gate forwards");
  const status = world.start();
  const code = await new Promise((done) => status.on("close", done));
  if (code !== 1 || !status.said.includes("SEALED")) wrong.push(`kidoban says nothing of it (${code}): ${status.said}`);
  const stop = world.start("stop", "--reason", "a full disk");
  if ((await new Promise((done) => stop.on("close", done))) !== 0) wrong.push(`no stop on a full disk: ${stop.said}`);
  rmSync(filler);
  // It looks every few seconds.
  let stopped = true;
  for (let i = 0; i < 60 && stopped; i++) {
    await sleep(500);
    stopped = isSealed(await call("read", `room-${i}`));
  }
  if (stopped) wrong.push("with room again it stays sealed");
  over = true;
  await session.close();
  const { code: verified, said } = await ended(world.start("log", "verify"));
  if (verified !== 0) wrong.push(`kidoban log verify: ${said}`);
  wrong.push(...judge({ world, calls, answers: [] }).faults);
  say(
    `no room: a real gate, ${calls.length} calls, of them ${calls.filter(({ text }) => isSealed(text)).length} refused`,
  );
  world.remove();
  return wrong;
}

function ended(child) {
  return new Promise((done) => child.on("close", (code) => done({ code, said: child.said })));
}
