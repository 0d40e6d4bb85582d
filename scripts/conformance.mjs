/**
 * `npm run conformance`: the conformance suite of the protocol through the gate, with a real configuration, manifest and
 * lock, and no expected failure. Server scenarios reach our own fixture (test/servers/conformance) through
 * `kidoban serve`; for client scenarios `kidoban stdio` stands in front of the suite's servers. Linux only, since the
 * suite needs Node 22 and npm carries its binaries for that.
 *
 *     node scripts/conformance.mjs [--direct] [--server] [--client] [--only SCENARIO]
 *
 * --direct: the fixture without a gate. --server, --client: only these scenarios.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { AGENT, makeWorld } from "../test/servers/conformance/world.mjs";
import { must, REPOSITORY, run } from "./fresh-machine.mjs";

const SUITE = "@modelcontextprotocol/conformance@0.2.0-alpha.12";
const NODE = `node-${process.platform}-${process.arch}@22.23.3`;
const FIXTURE = join(REPOSITORY, "test/servers/conformance");

/** How many scenarios a revision requires, and the fixture's era in that run. */
const REVISIONS = [
  { revision: "2025-11-25", required: 30, era: "legacy" },
  { revision: "2026-07-28", required: 37, era: "modern" },
];

/** Client scenarios that concern what a gate does; the others are about a client's OAuth. */
const CLIENT_SCENARIOS = [
  ["initialize", "2025-11-25"],
  ["tools_call", "2025-11-25"],
  ["tools_call", "2026-07-28"],
  ["elicitation-sep1034-client-defaults", "2025-11-25"],
  ["sse-retry", "2025-11-25"],
  ["request-metadata", "2026-07-28"],
  ["http-standard-headers", "2026-07-28"],
  ["http-custom-headers", "2026-07-28"],
  ["http-invalid-tool-headers", "2026-07-28"],
  ["json-schema-ref-no-deref", "2026-07-28"],
  ["json-schema-2020-12-preservation", "2025-11-25"],
  ["json-schema-2020-12-preservation", "2026-07-28"],
  ["sep-2322-client-request-state", "2026-07-28"],
];

const flags = process.argv.slice(2);
const has = (flag) => flags.includes(flag);
const only = has("--only") ? flags[flags.indexOf("--only") + 1] : undefined;
const say = (text) => process.stdout.write(`${text}\n`);
const failures = [];

/** The suite and its Node, kept between runs; never among this repository's dependencies. */
async function installSuite() {
  const folder = join(REPOSITORY, "node_modules/.cache/conformance", `${SUITE} ${NODE}`.replaceAll(/[^\w.-]+/g, "_"));
  const node = join(folder, "node_modules/node22/bin/node");
  const suite = join(folder, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
  if (!existsSync(node) || !existsSync(suite)) {
    say(`installing ${SUITE}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), "{}\n");
    const packages = [SUITE, `node22@npm:${NODE}`];
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...packages];
    await must("npm", args, { cwd: folder, limitSeconds: 300 });
  }
  return (args, options) => run(node, [suite, ...args], { cwd: folder, limitSeconds: 900, ...options });
}

/** Starts a program and gives it with the first line it prints. */
async function started(child, what) {
  child.stderr?.on("data", (bytes) => process.stderr.write(bytes));
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${what} ended with ${code}`);
  });
  const [said] = await Promise.race([once(child.stdout, "data"), ended]);
  ended.catch(() => undefined);
  return said.toString().trim();
}

async function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, "exit");
}

/** Stands before the gate and adds the agent's token, which the suite cannot send. */
async function withToken(target, token) {
  const url = new URL(target);
  const front = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
    // Whoever calls this by its right name means the gate; a wrong name goes on as it is.
    const here = `localhost:${front.address().port}`;
    if (headers.host === here) headers.host = url.host;
    if (headers.origin === `http://${here}`) headers.origin = url.origin;
    const onward = request(url, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise((done) => front.listen(0, "127.0.0.1", done));
  const close = () => {
    front.closeAllConnections();
    front.close();
  };
  return { url: `http://localhost:${front.address().port}${url.pathname}`, close };
}

/** The summary's lines of scored scenarios: { name, passed }. */
function scored(out) {
  const lines = out.slice(out.indexOf("=== SUMMARY ===")).split("\n");
  const unscored = new Set(lines.flatMap((line) => /^ {2}[✓✗] (\S+) \(/.exec(line)?.[1] ?? []));
  return lines
    .flatMap((line) => {
      const [, mark, name] = /^([✓✗]) (\S+): \d+ passed/.exec(line) ?? [];
      return name === undefined ? [] : [{ name, passed: mark === "✓" }];
    })
    .filter(({ name }) => !unscored.has(name));
}

async function serverScenarios(suite, title, url, { revision, required }) {
  if (only) {
    const { code, out, err } = await suite(["server", "--url", url, "--scenario", only, "--spec-version", revision]);
    say(`== ${title}, ${only}\n${out}${err}`);
    if (code !== 0) failures.push(`${title}, ${only}`);
    return;
  }
  const { code, out, err } = await suite(["server", "--url", url, "--requirements", revision]);
  const results = scored(out);
  const passed = results.filter((one) => one.passed).length;
  say(`== ${title}: ${passed}/${required} required scenarios of ${revision}`);
  if (passed === required && results.length === required && code === 0) return;
  failures.push(`${title}: ${passed}/${required}`);
  say(
    results
      .filter((one) => !one.passed)
      .map(({ name }) => `   failed: ${name}`)
      .join("\n"),
  );
  if (results.length !== required) say(`${out}${err}`);
}

async function direct(suite, leg) {
  const fixture = spawn(process.execPath, [join(FIXTURE, "main.mjs"), "http"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const url = new URL(await started(fixture, "the fixture"));
    await serverScenarios(suite, "the fixture itself", `http://localhost:${url.port}${url.pathname}`, leg);
  } finally {
    await stopped(fixture);
  }
}

/** Through `kidoban serve`, with the fixture behind it over `transport`. */
async function throughGate(suite, leg, transport) {
  const closers = [];
  try {
    let server = { command: process.execPath, args: [join(FIXTURE, "main.mjs"), "--era", leg.era] };
    if (transport === "http") {
      const args = [join(FIXTURE, "main.mjs"), "http", "--era", leg.era];
      const fixture = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      closers.push(() => stopped(fixture));
      server = { url: await started(fixture, "the fixture") };
    }
    const world = await makeWorld(server);
    closers.push(world.remove);
    const { token } = JSON.parse(await world.kidoban("token", "issue", AGENT, "--yes", "--json"));
    const gate = world.start("serve", "--listen", "127.0.0.1:0", "--json");
    closers.push(() => stopped(gate));
    const { url } = JSON.parse(await started(gate, "kidoban serve"));
    const front = await withToken(url, token);
    closers.push(front.close);
    await serverScenarios(suite, `through the gate, the fixture over ${transport}`, front.url, leg);
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

async function clientScenario(suite, scenario, revision) {
  const command = `${process.execPath} ${join(FIXTURE, "client.mjs")}`;
  const args = ["client", "--command", command, "--scenario", scenario, "--spec-version", revision];
  const { code, out, err } = await suite(args, { limitSeconds: 120 });
  const title = `client scenario ${scenario}, ${revision}`;
  say(`== ${title}: ${code === 0 ? "passed" : "FAILED"}`);
  if (code === 0) return;
  failures.push(title);
  say(`${out}${err}`);
}

async function step(title, work) {
  try {
    await work();
  } catch (error) {
    failures.push(title);
    say(`== ${title}: FAILED\n${error.message}`);
  }
}

const suite = await installSuite();
const both = !has("--server") && !has("--client");
for (const leg of REVISIONS) {
  if (has("--direct")) await step(`direct, ${leg.revision}`, () => direct(suite, leg));
  else if (both || has("--server"))
    for (const transport of ["stdio", "http"])
      await step(`${leg.revision} over ${transport}`, () => throughGate(suite, leg, transport));
}
if (!has("--direct") && (both || has("--client")))
  for (const [scenario, revision] of CLIENT_SCENARIOS)
    if (only === undefined || only === scenario)
      await step(`${scenario}, ${revision}`, () => clientScenario(suite, scenario, revision));

say(failures.length ? `failed: ${failures.join("; ")}` : "all passed");
process.exitCode = failures.length ? 1 : 0;
