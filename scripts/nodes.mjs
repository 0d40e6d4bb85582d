/**
 * `npm run nodes`: the test suite on every supported major version of Node, and the packed program on a fresh machine of
 * each: installed with no script allowed to run, then `init`, `check` and `stdio` with a real client. Linux only, since
 * npm carries Node's binaries for it.
 *
 *     node scripts/nodes.mjs [20 22 24] [--packed-only]
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { FILESYSTEM_SERVER, freshMachine, must, pack, pinned, REPOSITORY } from "./fresh-machine.mjs";

const given = process.argv.slice(2).filter((arg) => /^\d+$/.test(arg));
const majors = given.length ? given : ["20", "22", "24"];
const packedOnly = process.argv.includes("--packed-only");
const say = (text) => process.stdout.write(`${text}\n`);
const tools = mkdtempSync(join(tmpdir(), "nodes-"));
// Other users of the machine start Node from there, too.
chmodSync(tools, 0o755);

/** The folder in which each version's `node` stands. */
async function nodeFolders() {
  const own = process.versions.node.split(".")[0];
  const others = majors.filter((major) => major !== own);
  const packages = others.map((major) => `node${major}@npm:node-${process.platform}-${process.arch}@${major}`);
  writeFileSync(join(tools, "package.json"), "{}\n");
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...packages];
  if (packages.length) await must("npm", args, { cwd: tools, limitSeconds: 300 });
  const folder = (major) => (major === own ? dirname(process.execPath) : join(tools, `node_modules/node${major}/bin`));
  return new Map(majors.map((major) => [major, folder(major)]));
}

/** `npm test`, as it stands, with that Node first on the path. Its output is shown as it comes. */
async function suite(folder) {
  const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) };
  const child = spawn("npm", ["test"], { cwd: REPOSITORY, env, stdio: ["ignore", "inherit", "inherit"] });
  const code = await new Promise((done) => child.on("close", (exit, signal) => done(exit ?? signal)));
  assert.equal(code, 0, `npm test ended with ${code}`);
}

/** What a stranger does first, with the real filesystem server and the real 2025-era client. */
async function packed(folder, tarball) {
  const machine = freshMachine(folder);
  try {
    const { app, env, home, workspace } = machine;
    await machine.install(tarball, pinned(FILESYSTEM_SERVER));
    writeFileSync(join(workspace, "note.txt"), "hello from the workspace\n");
    const server = join(app, "node_modules", FILESYSTEM_SERVER, "dist/index.js");
    const settings = join(home, ".claude.json");
    const before = { mcpServers: { files: { command: join(folder, "node"), args: [server, workspace] } } };
    writeFileSync(settings, JSON.stringify(before, null, 2));

    const init = await machine.kidoban(["init", "--yes"]);
    assert.equal(init.code, 0, `init ended with ${init.code}: ${init.out}${init.err}`);
    const { command, args } = JSON.parse(readFileSync(settings, "utf8")).mcpServers.files;
    assert.ok(args.includes("stdio"), "init did not wrap the server");
    const config = args[args.indexOf("--config") + 1];

    // 1 means that it found something to say, which a fresh configuration may well deserve.
    const check = await machine.kidoban(["check", "--json", "--config", config]);
    assert.ok([0, 1].includes(check.code), `check ended with ${check.code}: ${check.out}${check.err}`);
    JSON.parse(check.out);

    const client = new Client({ name: "nodes", version: "1.0.0" });
    // As clients on a desktop do: nothing of a shell's environment.
    await client.connect(
      new StdioClientTransport({ command, args, env: { HOME: home, XDG_STATE_HOME: env.XDG_STATE_HOME } }),
    );
    const read = await client.callTool({ name: "read_text_file", arguments: { path: join(workspace, "note.txt") } });
    assert.match(read.content[0].text, /hello from the workspace/);
    await client.close();

    const verify = await machine.kidoban(["log", "verify"]);
    assert.equal(verify.code, 0, `log verify ended with ${verify.code}: ${verify.out}${verify.err}`);
  } finally {
    machine.remove();
  }
}

const failures = [];
async function step(title, work) {
  say(`== ${title}`);
  try {
    await work();
    say(`== ${title}: passed`);
  } catch (error) {
    failures.push(title);
    say(`== ${title}: FAILED\n${error.message}`);
  }
}

try {
  const folders = await nodeFolders();
  for (const [major, folder] of folders) {
    const { out } = await must(join(folder, "node"), ["--version"]);
    assert.ok(out.startsWith(`v${major}.`), `${folder} holds ${out}`);
    if (!packedOnly) await step(`npm test on Node ${out.trim()}`, () => suite(folder));
  }
  const tarball = await pack(join(tools, "pack"));
  for (const [major, folder] of folders) {
    await step(`packed, on a fresh machine with Node ${major}`, () => packed(folder, tarball));
  }
} finally {
  rmSync(tools, { recursive: true, force: true });
}
say(failures.length ? `failed: ${failures.join("; ")}` : "all passed");
process.exitCode = failures.length ? 1 : 0;
