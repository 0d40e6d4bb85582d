// The main job, end to end, on real input: a temporary workspace and state, the real filesystem server, a real MCP client.
// Reads pass; a forbidden path is denied; a write is held, shown with its difference, approved, run once, repeated and
// joined; the log is printed and verified, then tampered with, and the place is named. Exits non-zero if anything differs.
// With a terminal you approve the write yourself; without one (or with --unattended) the demo does.
import assert from "node:assert/strict";
import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const require = createRequire(import.meta.url);
const KIDOBAN = resolve(import.meta.dirname, "../dist/kidoban.js");
const FILESYSTEM = require.resolve("@modelcontextprotocol/server-filesystem/dist/index.js");
const attended =
  process.stdin.isTTY === true && process.stdout.isTTY === true && !process.argv.includes("--unattended");

const folder = mkdtempSync(join(tmpdir(), "kidoban-demo-"));
const workspace = join(folder, "gate", "workspace");
const config = join(folder, "gate", "kidoban.yaml");
const env = {
  ...process.env,
  HOME: folder,
  XDG_STATE_HOME: join(folder, "state"),
  XDG_CONFIG_HOME: join(folder, "config"),
  KIDOBAN_CONFIG: config,
};
const { KIDOBAN_LANG, LC_ALL, LC_MESSAGES, LANG } = process.env;
/** As the program chooses its language. */
const isJapanese = /^ja(?:[-_.]|$)/i.test(KIDOBAN_LANG ?? LC_ALL ?? LC_MESSAGES ?? LANG ?? "");
const either = (english, japanese) => (isJapanese ? japanese : english);
const say = (english, japanese) => console.log(`\n── ${either(english, japanese)}`);
const kidoban = async (...args) => {
  const { stdout } = await promisify(execFile)(process.execPath, [KIDOBAN, ...args], { env });
  return stdout;
};
const fails = async (...args) => {
  const done = await kidoban(...args).then(
    () => assert.fail(`${args.join(" ")} should have failed`),
    (error) => error,
  );
  return { code: done.code, text: done.stdout + done.stderr };
};

function layOut() {
  mkdirSync(join(workspace, "docs"), { recursive: true });
  mkdirSync(join(folder, "gate", "manifests"));
  writeFileSync(join(workspace, "docs", "hours.md"), "# Opening hours\n\nMonday to Friday, 9:00 to 17:00.\n");
  writeFileSync(join(workspace, "salaries.csv"), "name,salary\n");
  writeFileSync(join(folder, "passphrase"), "correct horse battery staple\n", { mode: 0o600 });
}

function configure(approverLine) {
  writeFileSync(
    config,
    `kidoban: 1
servers:
  files:
    command: ${JSON.stringify(process.execPath)}
    args: [${JSON.stringify(FILESYSTEM)}, ./workspace]
    root: ./workspace
approvers:
${approverLine}
approvals: { assurance: operator, expires: 15m, redeem: 5m }
rules:
  - { id: no-moves, effect: deny, match: ["*/move_*"], reason: "Files stay where they are." }
`,
  );
  writeFileSync(
    join(folder, "gate", "manifests", "docs-writer.yaml"),
    `kidoban: 1
agent: docs-writer
owner: aiko
servers:
  files: { access: read-write }
rules:
  - id: docs-only
    effect: deny
    match: [files/write_file, files/edit_file, files/create_directory]
    when: "!within(args.path, 'docs')"
    reason: "Only docs/ may be changed."
    examples:
      - { call: files/write_file, args: { path: ../etc/passwd, content: x }, effect: deny }
`,
  );
}

/** Adds what a human would say in review: how to show what write_file would change. */
function addPreview() {
  const path = join(folder, "gate", "kidoban.lock", "files.yaml");
  const lock = readFileSync(path, "utf8");
  assert.match(lock, /^ {2}write_file:\n {4}access: write$/m);
  const preview = "    preview: { read: read_text_file, with: { path: args.path }, becomes: args.content }\n";
  writeFileSync(path, lock.replace(/^( {2}write_file:\n {4}access: write\n)/m, `$1${preview}`));
}

async function connect() {
  const client = new Client({ name: "demo", version: "1.0.0" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [KIDOBAN, "stdio", "--config", config, "--agent", "docs-writer"],
      env,
      stderr: "inherit",
    }),
  );
  return client;
}

const textOf = (result) => result.content.map((block) => block.text ?? "").join("\n");

async function pendingRequest() {
  for (let tries = 0; tries < 100; tries += 1) {
    const { requests } = JSON.parse(await kidoban("approve", "--json"));
    if (requests.length > 0) return requests[0];
    await new Promise((done) => setTimeout(done, 100));
  }
  return assert.fail("no request arrived");
}

async function approve(code) {
  if (!attended) {
    console.log(
      await kidoban("approve", code, "--comment", "looks right", "--passphrase-file", join(folder, "passphrase")),
    );
    return;
  }
  const passphrase = readFileSync(join(folder, "passphrase"), "utf8").trim();
  console.log(
    either(
      `\nIt is yours to decide. The passphrase of this demo's approver is: ${passphrase}`,
      `\n承認するかどうかはあなたが決めます。このデモの承認者のパスフレーズ: ${passphrase}`,
    ),
  );
  const child = spawn(process.execPath, [KIDOBAN, "approve", code], { env, stdio: "inherit" });
  const status = await new Promise((done) => child.on("close", done));
  assert.equal(status, 0, "the request was not approved");
}

async function main() {
  layOut();
  say(
    "An approver makes a key; its public half goes into kidoban.yaml.",
    "承認者が鍵を作ります。公開鍵は kidoban.yaml に書きます。",
  );
  const added = await kidoban(
    "approver",
    "add",
    "aiko",
    "--groups",
    "ops",
    "--passphrase-file",
    join(folder, "passphrase"),
  );
  console.log(added);
  configure(/^ *aiko: .*$/m.exec(added)[0]);
  say("The server's tools are reviewed and locked.", "サーバーのツールを確認し、ロックします。");
  console.log(await kidoban("pin", "--accept-hints"));
  addPreview();

  const client = await connect();
  say("The agent sees what its manifest allows.", "エージェントに見えるのは、マニフェストで許されたものだけです。");
  const { tools } = await client.listTools();
  console.log(tools.map((tool) => tool.name).join(" "));
  assert(tools.some((tool) => tool.name === "files_read_text_file"));
  assert(!tools.some((tool) => tool.name === "files_move_file"), "a denied tool is not listed");

  say("A read passes.", "読み取りは通ります。");
  const hours = await client.callTool({
    name: "files_read_text_file",
    arguments: { path: join(workspace, "docs/hours.md") },
  });
  console.log(textOf(hours));
  assert.match(textOf(hours), /Monday to Friday/);

  say("A write outside docs/ is denied.", "docs/ の外への書き込みは拒否されます。");
  const denied = await client.callTool({
    name: "files_write_file",
    arguments: { path: join(workspace, "salaries.csv"), content: "x" },
  });
  console.log(textOf(denied));
  assert.equal(denied.isError, true);
  assert.equal(readFileSync(join(workspace, "salaries.csv"), "utf8"), "name,salary\n");

  say(
    "A tool that is denied answers like one that does not exist.",
    "拒否されるツールは、存在しないツールと同じように答えます。",
  );
  const unknown = await client.callTool({ name: "files_move_file", arguments: {} }).catch((error) => error.message);
  const never = await client.callTool({ name: "files_move_fi1e", arguments: {} }).catch((error) => error.message);
  assert.equal(unknown.replace("files_move_file", "X"), never.replace("files_move_fi1e", "X"));
  console.log(unknown);

  say(
    "A write is held until a human has seen it. The same call, made again meanwhile, joins it.",
    "書き込みは、人が確認するまで止まります。その間に繰り返した同じ呼び出しは、同じ依頼に加わります。",
  );
  const content = "# Opening hours\n\nMonday to Friday, 9:00 to 18:00.\n";
  const write = {
    name: "files_write_file",
    arguments: { path: join(workspace, "docs/hours.md"), content, kidoban_reason: "the shop now closes at six" },
  };
  const first = client.callTool(write, undefined, { timeout: 600_000 });
  const request = await pendingRequest();
  const second = client.callTool(write, undefined, { timeout: 600_000 });
  await approve(request.code);
  const [one, two] = await Promise.all([first, second]);
  console.log(textOf(one));
  assert(!one.isError, textOf(one));
  assert.equal(textOf(two), textOf(one), "both callers get the one result");
  assert.equal(readFileSync(join(workspace, "docs/hours.md"), "utf8"), content);
  await client.close();

  say("Everything is in the log.", "すべてがログに残っています。");
  console.log(await kidoban("log"));
  const entries = (await kidoban("log", "--json"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).entry);
  const writes = entries.filter((entry) => entry.kind === "call.intent" && entry.target.name === "write_file");
  assert.equal(writes.length, 1, "the write ran once");
  assert(entries.some((entry) => entry.kind === "request.joined"));

  say("The log verifies offline.", "ログはオフラインで検証できます。");
  const key = join(folder, "log-key");
  const copy = join(folder, "exported");
  console.log(await kidoban("log", "export", "--out", copy));
  writeFileSync(key, readFileSync(join(copy, "key"), "utf8"));
  console.log(await kidoban("log", "verify", copy, "--key", key));

  say("Then somebody changes one word in it.", "ここで、誰かがログの一語を書き換えます。");
  const stream = readdirSync(copy)
    .map((name) => join(copy, name))
    .find(
      (path) =>
        statSync(path).isFile() &&
        readFileSync(path, "utf8").includes("salar") === false &&
        /"kind":"call.denied"/.test(readFileSync(path, "utf8")),
    );
  const text = readFileSync(stream, "utf8");
  const changed = text.replace('"kind":"call.denied"', '"kind":"call.dEnied"');
  assert.notEqual(changed, text);
  writeFileSync(stream, changed);
  const line = text.slice(0, text.indexOf('"kind":"call.denied"')).split("\n").length;
  const found = await fails("log", "verify", copy, "--key", key);
  console.log(found.text);
  assert.equal(found.code, 1);
  assert.match(found.text, new RegExp(either(`line ${line}\\b`, ` ${line} 行目`)), "the place is named");
  say("All as it should be.", "すべて期待どおりでした。");
}

if (spawnSync(process.execPath, [KIDOBAN, "--version"]).status !== 0) {
  console.error("dist/kidoban.js is missing: run `npm run build` first");
  process.exit(1);
}
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
