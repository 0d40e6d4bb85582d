/**
 * `npm run clients`: a real agent client in front of the gate. Claude Code from npm, with a model that follows a script on
 * loopback, writes a file through the filesystem server: first directly, then through the gate that `kidoban init` put in
 * its place. One write is approved in a terminal, one is denied; what the agent sees and what stands on the disk has to
 * fit. Ends with 1 and says what differs.
 *
 *     node scripts/clients.mjs [--keep]
 */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FILESYSTEM_SERVER, freshMachine, must, pack, pinned, run } from "./fresh-machine.mjs";
import { startModel } from "./scripted-model.mjs";

// The platform's own package: the one named plainly only links to it, by an install script.
const CLAUDE_PACKAGE = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;
const CLAUDE = `${CLAUDE_PACKAGE}@2.1.330`;

const say = (text) => process.stdout.write(`${text}\n`);
const machine = freshMachine();
const { app, env, home, workspace } = machine;
const passphrase = join(home, "passphrase");
const settings = join(home, ".claude.json");
const claude = join(app, "node_modules", CLAUDE_PACKAGE, "claude");

/** Lets Claude Code carry out `steps`: { out, results, offered }, as the agent and its model saw it. */
async function agent(steps) {
  const model = await startModel(steps);
  try {
    const { code, out, err } = await run(claude, ["-p", "Do it.", "--allowedTools", "mcp__files"], {
      cwd: workspace,
      env: {
        ...env,
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: "not-a-key",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        // Otherwise tools are first shown to the model when it searches for them.
        ENABLE_TOOL_SEARCH: "false",
      },
    });
    assert.equal(code, 0, `Claude Code ended with ${code}: ${out}${err}`);
    return { out, results: model.results, offered: model.offered() };
  } finally {
    await model.close();
  }
}

const write = (name, content) => ({
  name: "mcp__files__write_file",
  input: { path: join(workspace, name), content },
});
const fileText = (name) =>
  existsSync(join(workspace, name)) ? readFileSync(join(workspace, name), "utf8") : undefined;

async function kidoban(...args) {
  const result = await machine.kidoban(args);
  assert.equal(result.code, 0, `kidoban ${args.join(" ")} ended with ${result.code}: ${result.out}${result.err}`);
  return result.out;
}

const entries = async () =>
  (await kidoban("log", "--json"))
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line).entry);

/** The id of the request that is opened next, after those already known. */
async function nextRequest(known) {
  for (let i = 0; i < 150; i++) {
    const opened = (await entries()).filter(({ kind }) => kind === "request.opened");
    const found = opened.find(({ request }) => !known.has(request));
    if (found) {
      known.add(found.request);
      return found.request;
    }
    await sleep(200);
  }
  throw new Error("no request was opened");
}

const unasked = ({ results }) => {
  throw new Error(`the agent was done before anybody was asked: ${results[0]?.text}`);
};

/** Runs one command of the gate in a real terminal and gives what stood on its screen. */
async function inTerminal(...args) {
  const socket = ["-L", `kidoban-${process.pid}`, "-f", "/dev/null"];
  const command = [...args.map((arg) => `'${arg}'`), "; echo ended with $?; sleep 60"].join(" ");
  const screenEnv = { cwd: workspace, env };
  await must("tmux", [...socket, "new-session", "-d", "-x", "120", "-y", "60", `kidoban ${command}`], screenEnv);
  try {
    for (let i = 0; i < 100; i++) {
      const { out } = await must("tmux", [...socket, "capture-pane", "-p"], screenEnv);
      if (/ended with \d+/.test(out)) return out;
      await sleep(200);
    }
    throw new Error(`kidoban ${args.join(" ")} did not end in its terminal`);
  } finally {
    await run("tmux", [...socket, "kill-server"], screenEnv);
  }
}

async function main() {
  say(`installing into ${machine.root}`);
  const tarball = await pack(join(machine.root, "pack"));
  await machine.install(tarball, CLAUDE, pinned(FILESYSTEM_SERVER));

  say("without the gate");
  const server = [process.execPath, join(app, "node_modules", FILESYSTEM_SERVER, "dist/index.js"), workspace];
  await must(claude, ["mcp", "add", "--scope", "user", "files", "--", ...server], { cwd: workspace, env });
  const direct = await agent([write("direct.txt", "written directly\n")]);
  assert.equal(direct.results[0]?.isError, false);
  assert.equal(fileText("direct.txt"), "written directly\n");

  say("kidoban init");
  const before = JSON.parse(readFileSync(settings, "utf8")).mcpServers;
  writeFileSync(passphrase, "a passphrase for one run\n", { mode: 0o600 });
  await kidoban("init", "--yes");
  const { files } = JSON.parse(readFileSync(settings, "utf8")).mcpServers;
  assert.ok(files.args.includes("stdio"), `init left the server as it was: ${JSON.stringify(files)}`);
  env.KIDOBAN_CONFIG = files.args[files.args.indexOf("--config") + 1];

  say("an approver");
  const added = JSON.parse(await kidoban("approver", "add", "tester", "--passphrase-file", passphrase, "--json"));
  appendFileSync(env.KIDOBAN_CONFIG, `approvers:\n  tester: { key: "${added.key}" }\n`);
  await kidoban("accept", "--yes");
  const known = new Set();

  say("a read passes");
  const read = await agent([{ name: "mcp__files__read_text_file", input: { path: join(workspace, "direct.txt") } }]);
  assert.equal(read.results[0]?.isError, false, read.results[0]?.text);
  assert.match(read.results[0].text, /written directly/);
  assert.deepEqual(
    read.offered.filter((name) => name.startsWith("mcp__") && !direct.offered.includes(name)),
    ["mcp__files__kidoban_wait"],
  );

  say("a write is held, shown in a terminal and approved");
  const approved = agent([write("approved.txt", "written with leave\n")]);
  const request = await Promise.race([nextRequest(known), approved.then(unasked)]);
  assert.equal(fileText("approved.txt"), undefined, "the file was written before anybody was asked");
  const screen = await inTerminal("approve", request, "--passphrase-file", passphrase);
  assert.match(screen, /ended with 0/, screen);
  assert.match(screen, /approved\.txt/, screen);
  assert.match(screen, /written with leave/, screen);
  const { out, results } = await approved;
  assert.equal(results[0]?.isError, false, results[0]?.text);
  assert.match(out, /DONE .*Successfully wrote/);
  assert.equal(fileText("approved.txt"), "written with leave\n");

  say("a write is held and denied");
  const denied = agent([write("denied.txt", "never\n")]);
  const other = await Promise.race([nextRequest(known), denied.then(unasked)]);
  const refusal = await inTerminal("deny", other, "--passphrase-file", passphrase, "--comment", "not today");
  assert.match(refusal, /ended with 0/, refusal);
  const refused = await denied;
  assert.equal(refused.results[0]?.isError, true);
  assert.match(refused.results[0].text, /DENIED by tester.*not today/);
  assert.equal(fileText("denied.txt"), undefined, "a denied write took effect");

  say("the log");
  await kidoban("log", "verify");
  const kinds = (await entries()).filter((entry) => entry.request === request).map(({ kind }) => kind);
  for (const kind of ["request.opened", "request.answered", "request.claimed", "call.intent"]) {
    assert.ok(kinds.includes(kind), `the log has no ${kind} of the approved write: ${kinds.join(", ")}`);
  }

  say("kidoban undo");
  await kidoban("undo");
  assert.deepEqual(JSON.parse(readFileSync(settings, "utf8")).mcpServers, before);
  assert.deepEqual(readdirSync(workspace).toSorted(), ["approved.txt", "direct.txt"]);
}

let failed;
try {
  await main();
  say("all as expected");
} catch (error) {
  failed = error;
  say(`DIFFERS: ${error.message}`);
}
if (process.argv.includes("--keep")) say(`kept: ${machine.root}`);
else machine.remove();
process.exitCode = failed ? 1 : 0;
