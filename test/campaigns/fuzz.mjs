/**
 * `npm run fuzz`: what no client should send, at random and by a printed seed. In process, a door alone is held against what
 * a plain reader makes of each line: nothing reaches the gate that the line does not plainly say, and each request with an
 * id is answered once. Live, gates over stdio and HTTP get the same kinds of lines before a server that keeps a ledger of
 * its own: only what the manifest allows may ever stand in it. A slice of it runs in `npm test`.
 *
 *     node test/campaigns/fuzz.mjs [--door 1000000] [--live 100000] [--seed N]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, mkdtempSync } from "node:fs";
import { request as httpRequest, Agent } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { build } from "esbuild";
import { makeInput, seeds } from "./inputs.mjs";
import { makeRandom } from "./random.mjs";
import { makeWorld } from "./world.mjs";

const { values: o } = parseArgs({
  options: {
    door: { type: "string", default: "1000000" },
    live: { type: "string", default: "100000" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const here = dirname(fileURLToPath(import.meta.url));
const faults = [];
const say = (line) => process.stdout.write(`${line}\n`);
const fault = (what, line) => faults.length < 20 && faults.push(`${what}: ${line.toString("latin1").slice(0, 300)}`);
say(`seed ${o.seed}`);

const NAMES = ["ledger_read", "ledger_append", "ledger_slow_append", "ledger_delete_entry", "kidoban_wait", "nothing"];
const corpus = seeds(NAMES);

// ---- the door alone

/** What a line plainly says: undefined where it is no JSON, no UTF-8, or says anything twice. */
function plainly(line) {
  const text = line.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(line)) return undefined;
  try {
    const value = JSON.parse(text);
    // JSON.parse keeps the last of two members of one name; then there are fewer in it than in the text.
    return countMembers(value) === countNames(text) ? value : undefined;
  } catch {
    return undefined;
  }
}
const countMembers = (value) =>
  typeof value !== "object" || value === null
    ? 0
    : Object.values(value).reduce(
        (sum, each) => sum + countMembers(each),
        Array.isArray(value) ? 0 : Object.keys(value).length,
      );
/** Names in a text that is JSON: strings with a colon behind them. */
const countNames = (text) => (text.match(/"(?:[^"\\]|\\.)*"(?=[ \t\r\n]*:)/g) ?? []).length;

/** No prototype: `constructor` is a method that somebody may ask for. */
const GOVERNED = {
  __proto__: null,
  "tools/call": (params) => params.name,
  "prompts/get": (params) => params.name,
  "resources/read": (params) => params.uri,
  "completion/complete": (params) => params.ref?.name ?? params.ref?.uri,
};

async function fuzzDoor(count, random) {
  const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
  const outfile = join(folder, "door.mjs");
  await build({
    entryPoints: [join(here, "fuzz-door.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
    logLevel: "error",
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const { openFuzzedDoor } = await import(pathToFileURL(outfile).href);
  const before = process.memoryUsage().rss;
  let door = openFuzzedDoor();
  let reached = 0;
  /** By id, how often it was asked and not yet answered: some answers come rounds later. */
  let asked = new Map();
  for (let done = 0; done < count;) {
    // A door that was told to be of one era stays so: begun anew, now and then opened properly.
    if (done % 5000 === 0) {
      door.end();
      door = openFuzzedDoor();
      asked = new Map();
      if (random.chance(0.7))
        door.send(
          Buffer.from(`${corpus[0]}\n${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`),
        );
      await settled();
      door.said();
    }
    const lines = Array.from({ length: 50 }, () => makeInput(random, corpus));
    for (const line of lines) door.send(Buffer.concat([line, Buffer.from("\n")]));
    done += lines.length;
    await settled();
    if (door.ended) return fault("the door ended after one of these", Buffer.concat(lines));
    const said = lines.map(plainly);
    for (const call of door.calls()) {
      reached += 1;
      // Found by what it says, since several are under way at once.
      const from = said.findIndex((message) => isOrigin(message, call));
      if (from < 0)
        fault(
          `a call that no line plainly says, ${call.kind} ${call.name} ${JSON.stringify(call.args)}`,
          Buffer.concat(lines),
        );
    }
    answersFit(door.said(), lines, said, asked);
  }
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  say(`door: ${count} lines, ${reached} calls came through, ${grown.toFixed(0)} MB more than before`);
  if (grown > 300) faults.push(`the door's process grew by ${grown.toFixed(0)} MB`);
  rmSync(folder, { recursive: true, force: true });
}

const settled = async () => {
  for (let turn = 0; turn < 6; turn++) await new Promise(setImmediate);
};

function isOrigin(message, call) {
  const name = GOVERNED[message?.method]?.(message.params ?? {});
  if (name !== call.name) return false;
  return call.kind === "tool" || call.kind === "prompt"
    ? isDeepStrictEqual(plain(message.params.arguments ?? {}), plain(call.args))
    : true;
}
/** Without the difference of prototypes. */
const plain = (value) => JSON.parse(JSON.stringify(value));

/** Every line to the client is one message; no id gets more results than it was asked for. */
function answersFit(out, lines, said, asked) {
  for (const message of said) {
    if (message?.method === undefined || message.id === undefined) continue;
    const key = JSON.stringify(message.id);
    asked.set(key, (asked.get(key) ?? 0) + 1);
  }
  for (const line of out) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      fault("what is no JSON was sent to the client", Buffer.from(line));
      continue;
    }
    // Errors may name the id of a line that was refused, read as far as it goes.
    if (message.result === undefined) continue;
    const key = JSON.stringify(message.id);
    const left = (asked.get(key) ?? 0) - 1;
    asked.set(key, left);
    if (left < 0) fault(`a result that nobody asked for, to ${key}`, Buffer.concat(lines));
  }
}

// ---- live gates

const residentMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

/** Only these two pass without a human: what else stands in the server's ledger came past the gate. */
const FREE = new Set(["read", "slow_append"]);

function checkLedger(world, where) {
  const lines = existsSync(world.ledger) ? readFileSync(world.ledger, "utf8").trim().split("\n").filter(Boolean) : [];
  for (const line of lines)
    if (!FREE.has(JSON.parse(line).tool)) fault(`${where}: reached the server without leave`, Buffer.from(line));
  return lines.length;
}

async function overStdio(count, random) {
  const world = makeWorld();
  const { command, args, options } = world.gate;
  const gate = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "ignore"] });
  const ended = once(gate, "exit");
  let rest = "";
  const waiting = new Map();
  gate.stdout.setEncoding("utf8").on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) waiting.get(JSON.parse(line).id)?.(JSON.parse(line));
  });
  let next = 0;
  const ask = async (method, params = {}) => {
    const id = `own-${++next}`;
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    gate.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return Promise.race([answer, sleep(60_000, undefined, { ref: false }).then(() => undefined)]);
  };
  gate.stdin.write(`${corpus[0]}\n`);
  await ask("tools/list");
  const samples = [];
  for (let done = 0; done < count; done += 100) {
    gate.stdin.write(
      Buffer.concat(Array.from({ length: 100 }, () => Buffer.concat([makeInput(random, corpus), Buffer.from("\n")]))),
    );
    // Its answer shows that all before it was read; whoever does not wait only measures the pipe.
    if ((await ask("ping")) === undefined || gate.exitCode !== null) {
      faults.push(`stdio: the gate does not answer after ${done} lines (exit ${gate.exitCode})`);
      break;
    }
    if (done % 1000 === 0) samples.push(residentMb(gate.pid));
  }
  const still = await ask("tools/call", { name: "ledger_read", arguments: { id: "after" } });
  if (still?.result === undefined) faults.push(`stdio: a plain read after it all: ${JSON.stringify(still)}`);
  gate.stdin.end();
  await ended;
  const effects = checkLedger(world, "stdio");
  world.must("log", "verify");
  memoryFits("stdio", samples);
  say(`stdio: ${count} lines, ${effects} allowed effects, memory ${samples.map((mb) => mb.toFixed(0)).join(" ")} MB`);
  world.remove();
}

function memoryFits(where, samples) {
  const early = Math.max(...samples.slice(0, Math.max(3, samples.length >> 2)));
  const late = Math.min(...samples.slice(-3));
  if (samples.length > 8 && late > early * 1.25 + 10) faults.push(`${where}: memory grew from ${early} to ${late} MB`);
}

async function overHttp(count, random) {
  const world = makeWorld();
  const { command, options } = world.gate;
  const issued = world.must("token", "issue", "campaign", "--yes", ...world.answer("", "").slice(2));
  const [token] = /kdb_\S+/.exec(issued);
  const gate = spawn(command, [world.gate.args[0], "serve", "--json", "--listen", "127.0.0.1:0"], {
    ...options,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(gate, "exit");
  const [told] = await once(gate.stdout, "data");
  const { url } = JSON.parse(told);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const post = (body, headers) =>
    new Promise((resolve) => {
      const request = httpRequest(
        url,
        { method: "POST", agent, headers: { ...headers, "content-length": body.length } },
        (response) => {
          const parts = [];
          response
            .on("data", (part) => parts.push(part))
            .on("end", () => resolve({ status: response.statusCode, text: Buffer.concat(parts).toString() }))
            .on("error", () => resolve(undefined));
        },
      );
      request.on("error", () => resolve(undefined));
      // What opens a stream is left after a while.
      request.setTimeout(500, () => request.destroy());
      request.end(body);
    });
  const usual = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const samples = [];
  let none = 0;
  for (let done = 0; done < count; done += 8) {
    const round = Array.from({ length: 8 }, () => {
      const body = makeInput(random, corpus);
      const text = body.toString("latin1");
      const method = /"method":"([^"\\]{1,60})"/.exec(text)?.[1] ?? "ping";
      const name = /"name":"(\w{1,60})"/.exec(text)?.[1] ?? "p";
      const headers = {
        ...usual,
        "mcp-protocol-version": random.pick(["2026-07-28", "2026-07-28", "2025-11-25", "1", ""]),
        ...(random.chance(0.9) && { "mcp-method": method.replace(/[^\x21-\x7e]/g, "?") }),
        ...(random.chance(0.9) && { "mcp-name": random.chance(0.9) ? name : random.pick(NAMES) }),
        ...(random.chance(0.05) && {
          "content-type": random.pick(["text/plain", "application/json; charset=utf-16", ""]),
        }),
        ...(random.chance(0.05) && { origin: random.pick(["http://evil.example", "null"]) }),
        ...(random.chance(0.05) && { authorization: random.pick(["Bearer x", "Basic eDp5", ""]) }),
      };
      return post(body, headers);
    });
    for (const answer of await Promise.all(round)) {
      if (answer === undefined) none += 1;
      else if (answer.status >= 500) fault(`HTTP ${answer.status}`, Buffer.from(answer.text));
    }
    if (gate.exitCode !== null) {
      faults.push(`HTTP: the gate ended with ${gate.exitCode} after ${done} requests`);
      break;
    }
    if (done % 800 === 0) samples.push(residentMb(gate.pid));
  }
  if (none > count / 20) faults.push(`HTTP: ${none} of ${count} requests got no answer`);
  agent.destroy();
  gate.kill("SIGTERM");
  await ended;
  const effects = checkLedger(world, "HTTP");
  world.must("log", "verify");
  memoryFits("HTTP", samples);
  say(
    `HTTP: ${count} requests, ${none} left open, ${effects} allowed effects, memory ${samples.map((mb) => mb.toFixed(0)).join(" ")} MB`,
  );
  world.remove();
}

const seed = Number(o.seed);
await fuzzDoor(Number(o.door), makeRandom(seed));
await overStdio(Math.ceil(Number(o.live) / 2), makeRandom(seed + 1));
await overHttp(Math.ceil(Number(o.live) / 2), makeRandom(seed + 2));
if (faults.length > 0) say(faults.join("\n"));
say(faults.length === 0 ? "no fault" : `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
