/**
 * Part of `npm run faults`: what a killed process cannot show, since the kernel keeps its writes. Watches the
 * gate's system calls (strace) through one free and one asked write: the intent is on the device before a byte goes to the
 * server, the outcome before a byte goes to the agent (P4). Linux with strace; says so and ends with 77 elsewhere.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "./agent.mjs";
import { followLog } from "./evidence.mjs";
import { makeWorld } from "./world.mjs";

if (spawnSync("strace", ["--version"]).status !== 0) {
  process.stdout.write("NOT RUN: strace is missing\n");
  process.exit(77);
}
const world = makeWorld();
const trace = join(world.root, "trace");

/** Makes one free and one asked write through a traced gate. */
async function twoWrites() {
  const { command, args, options } = world.gate;
  // -y names files; -s shows enough of what is written to tell messages apart.
  const strace = ["-f", "-y", "-s", "4000", "-e", "trace=write,writev,pwrite64,fdatasync,fsync", "-o", trace, command];
  const session = connect("strace", [...strace, ...args], options);
  assert.ok(await session.open(), "the gate did not start under strace");
  const free = await session.call("ledger_slow_append", { id: "free", value: "one" });
  const asked = session.call("ledger_append", { id: "asked", value: "two" });
  const news = followLog(world.log);
  let request;
  while (request === undefined) {
    request = news().find(({ kind }) => kind === "request.opened")?.request;
    await new Promise((done) => setTimeout(done, 50));
  }
  world.must(...world.answer("approve", request));
  let told = await asked;
  // On a slow machine the call was not held long enough.
  const meta = told.result?._meta?.["dev.kidoban/request"];
  if (meta?.state === "pending") told = await session.call("kidoban_wait", { id: meta.id });
  for (const answer of [free, told]) assert.match(answer.result.content[0].text, /append \w+: done/);
  await session.close();
}

/** What a line of the trace does: writes or syncs which file, begun and ended where. */
function readTrace() {
  const calls = [];
  const unfinished = new Map();
  for (const [at, line] of readFileSync(trace, "utf8").split("\n").entries()) {
    const begun = /^(\d+) +(\w+)\(\d+<([^>]*)>(.*)/.exec(line);
    if (begun) {
      const call = { pid: begun[1], name: begun[2], file: begun[3], text: begun[4], from: at, to: at };
      calls.push(call);
      if (line.endsWith("<unfinished ...>")) unfinished.set(begun[1], call);
      continue;
    }
    const resumed = /^(\d+) +<\.\.\. \w+ resumed>/.exec(line);
    const call = resumed && unfinished.get(resumed[1]);
    if (call) call.to = at;
  }
  return calls;
}

/** The place in the trace where the first entry of that kind with that call was written to a stream. */
const entry = (calls, kind, call) =>
  calls.find(
    ({ name, file, text }) =>
      name.startsWith("write") &&
      file.endsWith(".jsonl") &&
      text.includes(`\\"kind\\":\\"${kind}\\"`) &&
      text.includes(call),
  );

/** The file of the entry, and its bodies', are synced after it was written and before `message` begins to leave. */
function checkSynced(calls, written, message, what) {
  const bodies = written.file.replace(/\.jsonl$/, ".bodies.jsonl");
  for (const file of [written.file, bodies]) {
    const synced = calls.find(
      (call) => call.name === "fdatasync" && call.file === file && call.from > written.from && call.to < message.from,
    );
    assert.ok(synced, `${what}: ${file} is not synced in between`);
  }
}

await twoWrites();
const calls = readTrace();
const intents = followLog(world.log)().filter(({ kind }) => kind === "call.intent");
assert.equal(intents.length, 2);
for (const { call, target } of intents) {
  const id = target.name === "append" ? "asked" : "free";
  const intent = entry(calls, "call.intent", call);
  // The server is traced too; what counts is what the gate writes.
  const leaves = (word) =>
    calls.find(
      ({ pid, file, text }) =>
        pid === intent.pid && /^(pipe|socket|UNIX)/.test(file) && text.includes(word) && text.includes(id),
    );
  const [sent, told] = [leaves(String.raw`\"method\":\"tools/call\"`), leaves(`append ${id}: done`)];
  assert.ok(sent && told, `${id}: the call or its answer is not in the trace`);
  checkSynced(calls, intent, sent, `${id}, intent before the call`);
  checkSynced(calls, entry(calls, "call.outcome", call), told, `${id}, outcome before the answer`);
}
world.remove();
process.stdout.write("intents before calls, outcomes before answers: on the device\n");
