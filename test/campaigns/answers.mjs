/**
 * `npm run answers`: a hundred answers at once to one request, of every kind, from several processes, while two gates wait
 * to run it; again and again. Whatever wins, the request ends in one state, its call is sent at most once, and only where
 * the answers that were recorded allow it. A slice of it runs in `npm test`.
 *
 *     node test/campaigns/answers.mjs [--rounds 1000] [--answers 100] [--seed N]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { programFolder, programIn } from "./bundled.mjs";
import { makeRandom } from "./random.mjs";

const { values: o } = parseArgs({
  options: {
    rounds: { type: "string", default: "1000" },
    answers: { type: "string", default: "100" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const random = makeRandom(Number(o.seed));
const say = (line) => process.stdout.write(`${line}\n`);
const faults = [];
say(`seed ${o.seed}`);

const bundle = programFolder();
const folder = mkdtempSync(join(tmpdir(), "kidoban-answers-"));
const program = await programIn(bundle, "answers-part.ts");
const { files, openStore, people, quorum, sqliteDriver, TOOLS } = await import(pathToFileURL(program).href);

/** As many as answer at once, and each of them more than one thing. */
const known = people(25);
for (const [name, text] of Object.entries(files(known))) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}
writeFileSync(join(folder, "people.json"), JSON.stringify(known), { mode: 0o600 });

const children = [];
async function start(role) {
  const child = fork(program, [role, folder], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  children.push(child);
  const open = new Map();
  let count = 0;
  await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`a ${role} ended with ${code}`)));
    child.on("message", ({ n, value, error }) => {
      if (n === 0) return resolve();
      const { done, failed } = open.get(n);
      open.delete(n);
      return error === undefined ? done(value) : failed(new Error(error));
    });
  });
  return (order) =>
    new Promise((done, failed) => {
      open.set(++count, { done, failed });
      child.send({ ...order, n: count });
    });
}

/** How often each word is said in a round: most rounds end by a word that few say, so each is left out of some. */
const MOODS = [
  { approve: 1 },
  { approve: 60, "break-glass": 1 },
  { approve: 40, deny: 1 },
  { approve: 40, return: 1 },
  { approve: 10, "break-glass": 5 },
  { approve: 3, deny: 1, return: 1, "break-glass": 1 },
];
/** Past what a person's denials close a tool for. */
const ROUND_MS = 30 * 60_000;

const gates = [await start("gate"), await start("gate")];
const desks = await Promise.all(Array.from({ length: 4 }, () => start("desk")));
const store = await openStore(join(folder, "state"));
const { config } = (await store.acceptedConfigs())[0] ?? {};
if (config === undefined) throw new Error("the gates accepted nothing");
const approvers = known.map(({ name, key }, index) => ({
  name,
  key,
  groups: index % 3 === 0 ? ["ops", "chiefs"] : ["ops"],
}));

const rows = (await sqliteDriver()).open(join(folder, "state", "kidoban.db"));
const attendance = rows.prepare("SELECT count(*) AS n FROM attendance WHERE request = ?");

/** The request, once both gates wait for it: who came after its end would ask anew. */
async function pending(text) {
  for (let tries = 0; tries < 10_000; tries++) {
    const found = (await store.requests({ states: ["pending"] })).find((one) => one.argsText.includes(`"${text}"`));
    if (found !== undefined && Number(attendance.get(found.id).n) === gates.length) return found;
    await sleep(5);
  }
  throw new Error(`${text} was never asked about`);
}
const effects = () =>
  existsSync(join(folder, "effects")) ? readFileSync(join(folder, "effects"), "utf8").split("\n").slice(0, -1) : [];

const ends = {};
async function run(r) {
  const tool = random.pick(TOOLS);
  const [text, shift] = [`round-${r}`, r * ROUND_MS];
  const calls = gates.map((gate) => gate({ shift, call: { tool, text } }));
  const request = await pending(text);
  const mood = random.pick(MOODS);
  const answers = Array.from({ length: Number(o.answers) }, () => ({
    approver: random.pick(known).name,
    word: random.weighted(mood),
  }));
  const share = Math.ceil(answers.length / desks.length);
  const given = await Promise.all(
    desks.map((desk, at) => desk({ shift, request: request.id, answers: answers.slice(at * share, (at + 1) * share) })),
  );
  // Where nothing settled it, one more word does, so that the round comes to an end.
  const statements = await store.statements(request.id);
  if (quorum(request, statements, approvers, Date.now() + shift).state === "open")
    await desks[0]({ shift, request: request.id, answers: [{ approver: "person-1", word: "deny" }] });
  const told = await Promise.all(calls);
  check(text, await store.request(request.id), await store.statements(request.id), told, given.flat());
}

function check(text, request, statements, told, given) {
  const ran = effects().filter((line) => line.includes(`"${text}"`)).length;
  const { state } = request;
  ends[state] = (ends[state] ?? 0) + 1;
  const fault = (what) => faults.push(`${text}: ${what} (${state}, ${ran} times sent, told ${told.join(" | ")})`);
  if (!["succeeded", "denied", "returned"].includes(state)) fault("it did not end");
  if (ran !== (state === "succeeded" ? 1 : 0)) fault("what was sent is not what the state says");
  if (told.some((each) => each.includes('"done"') !== (state === "succeeded")))
    fault("its callers were told otherwise");
  const counted = given.filter((each) => each === "counted").length;
  if (statements.length < counted) fault("a counted answer is gone");
  const yes = statements.filter(({ body }) => body.answer === "approve" || body.answer === "break-glass");
  const later = statements.some(({ body }) => body.answer === "deny" || body.answer === "return");
  if (state === "succeeded" && quorum(request, yes, approvers, Number.MAX_SAFE_INTEGER).state !== "met")
    fault("it ran without leave");
  if (state !== "succeeded" && !later) fault("it ended without a reason");
}

/** What the log says of each request: claimed or closed, once. */
function checkLog() {
  const log = join(folder, "state", "log");
  const entries = readdirSync(log)
    .filter((name) => /^\d{8}-\d{6}-[0-9a-f]{16}\.jsonl$/.test(name))
    .flatMap((name) => readFileSync(join(log, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  const ended = new Map();
  for (const { kind, request } of entries)
    if (kind === "request.claimed" || kind === "request.closed")
      ended.set(request, [...(ended.get(request) ?? []), kind]);
  for (const [request, kinds] of ended)
    if (kinds.length !== 1) faults.push(`${request}: ${kinds.join(", ")} on record`);
  const intents = entries.filter(({ kind }) => kind === "call.intent").map(({ call }) => call);
  if (new Set(intents).size !== intents.length) faults.push("a call was sent twice by the log");
  return { entries: entries.length, ended: ended.size };
}

const began = performance.now();
try {
  for (let r = 1; r <= Number(o.rounds) && faults.length < 10; r++) {
    await run(r);
    if (r % 100 === 0) say(`${r} rounds, ${Math.round((performance.now() - began) / 1000)} s`);
  }
  const { entries, ended } = checkLog();
  say(
    `${ended} requests, ${entries} entries: ${Object.entries(ends)
      .map(([state, n]) => `${n} ${state}`)
      .join(", ")}`,
  );
} finally {
  const over = children.map((child) => {
    child.removeAllListeners("exit");
    const exit = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    if (child.connected) child.disconnect();
    return exit;
  });
  // Whoever still signs writes into the folder.
  await Promise.all(over);
  rows.close();
  await store.close();
  rmSync(bundle, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
}
for (const each of faults) say(`FAULT ${each}`);
say(faults.length === 0 ? "no fault" : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
