/**
 * Spoiled messages to real gates, over stdio and HTTP, before a server that keeps a ledger of its own: only what the
 * manifest allows may ever stand in it, the gates go on answering, and their memory stays.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { request as httpRequest, Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { makeInput, TOOLS } from "./inputs.mjs";
import { makeWorld } from "./world.mjs";

const residentMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

/** Only these two pass without a human: what else stands in the server's ledger came past the gate. */
const FREE = new Set(["read", "slow_append"]);

function checkLedger(world, where, faults) {
  const lines = existsSync(world.ledger) ? readFileSync(world.ledger, "utf8").trim().split("\n").filter(Boolean) : [];
  for (const line of lines)
    if (!FREE.has(JSON.parse(line).tool)) faults.of(`${where}: reached the server without leave`, Buffer.from(line));
  return lines.length;
}

export async function overStdio({ count, random, corpus, faults }) {
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
      faults.add(`stdio: the gate does not answer after ${done} lines (exit ${gate.exitCode})`);
      break;
    }
    if (done % 1000 === 0) samples.push(residentMb(gate.pid));
  }
  const still = await ask("tools/call", { name: "ledger_read", arguments: { id: "after" } });
  if (still?.result === undefined) faults.add(`stdio: a plain read after it all: ${JSON.stringify(still)}`);
  gate.stdin.end();
  await ended;
  const effects = checkLedger(world, "stdio", faults);
  world.must("log", "verify");
  memoryFits("stdio", samples, faults);
  const told = `stdio: ${count} lines, ${effects} allowed effects, memory ${samples.map((mb) => mb.toFixed(0)).join(" ")} MB`;
  world.remove();
  return told;
}

function memoryFits(where, samples, faults) {
  const early = Math.max(...samples.slice(0, Math.max(3, samples.length >> 2)));
  const late = Math.min(...samples.slice(-3));
  if (samples.length > 8 && late > early * 1.25 + 10) faults.add(`${where}: memory grew from ${early} to ${late} MB`);
}

export async function overHttp({ count, random, corpus, faults }) {
  const world = makeWorld();
  const { command, options } = world.gate;
  const issued = world.must("token", "issue", "campaign", "--yes", ...world.answer("", "").slice(2));
  const [token] = /kdb_\S+/.exec(issued);
  const gate = spawn(command, [world.gate.args[0], "serve", "--json", "--listen", "127.0.0.1:0"], {
    ...options,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(gate, "exit");
  const [first] = await once(gate.stdout, "data");
  const { url } = JSON.parse(first);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const post = (body, headers) =>
    new Promise((resolve) => {
      const request = httpRequest(
        url,
        { method: "POST", agent, headers: { ...headers, "content-length": body.length } },
        (response) => {
          // What opens a stream is left after a while.
          if (response.headers["content-type"] === "text/event-stream") request.setTimeout(500);
          const parts = [];
          response
            .on("data", (part) => parts.push(part))
            .on("end", () => resolve({ status: response.statusCode, text: Buffer.concat(parts).toString() }))
            .on("error", () => resolve(undefined));
        },
      );
      request.on("error", () => resolve(undefined));
      request.setTimeout(10_000, () => request.destroy());
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
        ...(random.chance(0.9) && { "mcp-name": random.chance(0.9) ? name : random.pick(TOOLS) }),
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
      else if (answer.status >= 500) faults.of(`HTTP ${answer.status}`, Buffer.from(answer.text));
    }
    if (gate.exitCode !== null) {
      faults.add(`HTTP: the gate ended with ${gate.exitCode} after ${done} requests`);
      break;
    }
    if (done % 800 === 0) samples.push(residentMb(gate.pid));
  }
  if (none > count / 20) faults.add(`HTTP: ${none} of ${count} requests got no answer`);
  agent.destroy();
  gate.kill("SIGTERM");
  await ended;
  const effects = checkLedger(world, "HTTP", faults);
  world.must("log", "verify");
  memoryFits("HTTP", samples, faults);
  const told = `HTTP: ${count} requests, ${none} left open, ${effects} allowed effects, memory ${samples.map((mb) => mb.toFixed(0)).join(" ")} MB`;
  world.remove();
  return told;
}
