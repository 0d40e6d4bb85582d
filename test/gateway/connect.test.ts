import { spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  copyFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client as ClientV2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as TransportV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toItsEnd } from "../to-its-end.ts";
import { addAgent, giveToken, serve, type ClientLike, type Serving } from "./serve-world.ts";
import { makeWorld, textOf, type World } from "./world.ts";

const isRoot = process.getuid?.() === 0;
/** Nobody's. */
const [OWN, FOREIGN] = [20_001, 20_002];

let world: World;
let serving: Serving;
/** The program where another user can read it. */
let program: string;
let sockets: string;
const socketOf = (agent: string): string => join(sockets, agent, "gate.sock");

beforeAll(async () => {
  program = mkdtempSync(join(tmpdir(), "kidoban-program-"));
  const dist = resolve(import.meta.dirname, "../../dist");
  for (const name of readdirSync(dist)) if (name.endsWith(".js")) copyFileSync(join(dist, name), join(program, name));
  chmodSync(program, 0o755);
  sockets = mkdtempSync(join(tmpdir(), "kidoban-sockets-"));
  chmodSync(sockets, 0o711);
  if (isRoot)
    for (const [agent, group] of [
      ["worker", OWN],
      ["other", FOREIGN],
    ] as const) {
      mkdirSync(join(sockets, agent));
      chownSync(join(sockets, agent), 0, group);
      chmodSync(join(sockets, agent), 0o750);
    }
  world = makeWorld({ rules: "  - { id: free, effect: allow, match: [ledger/append] }" });
  addAgent(world, "other");
  serving = await serve(world, "--socket-dir", sockets);
});
afterAll(async () => {
  expect(await serving.stop()).toBe(0);
  expect(existsSync(socketOf("worker"))).toBe(false);
  await world.close();
  for (const folder of [program, sockets]) rmSync(folder, { recursive: true });
});

const shim = (...args: string[]) => ({
  command: process.execPath,
  args: [join(program, "kidoban.js"), "connect", ...args],
});
const env = (more: Record<string, string> = {}) => ({ PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", ...more });

async function start(
  kind: string,
  command: { command: string; args: string[] },
  more?: Record<string, string>,
): Promise<ClientLike> {
  if (kind === "v1") {
    const client = new ClientV1({ name: "test", version: "1" });
    await client.connect(new TransportV1({ ...command, env: env(more) }));
    return client;
  }
  const mode = kind === "v2 legacy" ? ("legacy" as const) : { pin: "2026-07-28" };
  const client = new ClientV2({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(new TransportV2({ ...command, env: env(more) }));
  return client;
}

async function uses(client: ClientLike, id: string): Promise<void> {
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("ledger_append");
  const answer = await client.callTool({ name: "ledger_append", arguments: { id, value: "x" } });
  expect(textOf(answer)).toContain(id);
  expect(world.effects().filter((effect) => effect.id === id)).toHaveLength(1);
  await client.close();
}

describe.each(["v1", "v2 legacy", "v2 modern"])("kidoban connect before %s", (kind) => {
  test("to a socket behaves as the gate on a pipe (P10)", async () => {
    await uses(await start(kind, shim("--to", socketOf("worker"))), `socket-${kind.replace(" ", "-")}`);
  });

  test("to a URL behaves as the gate on a pipe, with the token from the environment (P10)", async () => {
    const token = await giveToken(world, "worker");
    await uses(await start(kind, shim("--to", serving.url), { KIDOBAN_TOKEN: token }), `url-${kind.replace(" ", "-")}`);
  });
});

/** What a process of another user gets for one opening line: its exit code, and what came out. */
function asUser(
  id: number,
  path: string,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const { command, args } = shim("--to", path);
  const child = spawn(command, args, { uid: id, gid: id, env: env(), stdio: ["pipe", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (bytes: Buffer) => {
    out += bytes.toString();
    child.stdin.end();
  });
  child.stderr.on("data", (bytes: Buffer) => (err += bytes.toString()));
  child.stdin.on("error", () => undefined);
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } };
  child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })}\n`);
  return new Promise((done) => child.on("exit", (code) => done({ code, out, err })));
}

describe.runIf(isRoot)("another OS user", () => {
  test("reaches the socket whose folder its group may enter", async () => {
    const { code, out } = await asUser(OWN, socketOf("worker"));
    expect([code, out]).toEqual([0, expect.stringContaining('"serverInfo"')]);
  });

  test("does not reach another agent's socket, so it cannot be that agent (P7)", async () => {
    const { code, out, err } = await asUser(FOREIGN, socketOf("worker"));
    expect([code, out]).toEqual([3, ""]);
    expect(err).toContain("EACCES");
  });

  test("cannot put its own socket in another agent's place", () => {
    const folder = join(sockets, "worker");
    for (const id of [OWN, FOREIGN]) {
      const take = `const fs = require("node:fs"); fs.rmSync(${JSON.stringify(socketOf("worker"))});`;
      const swap = `const fs = require("node:fs"); fs.renameSync(${JSON.stringify(folder)}, ${JSON.stringify(`${folder}2`)});`;
      for (const code of [take, swap])
        expect(toItsEnd(process.execPath, ["-e", code], { uid: id, gid: id }).status).not.toBe(0);
    }
    expect(lstatSync(socketOf("worker")).isSocket()).toBe(true);
  });
});

const startIn = async (prepare: (folder: string) => void): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "kidoban-sockets-"));
  prepare(folder);
  try {
    const other = await serve(world, "--socket-dir", join(folder, "s"));
    await other.stop();
    return "started";
  } catch (error) {
    return String(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe("a gate's sockets", () => {
  test("stand in folders that are made for this user alone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kidoban-sockets-"));
    const other = await serve(world, "--socket-dir", join(folder, "s"));
    const modes = ["s", "s/worker", "s/other"].map((name) => lstatSync(join(folder, name)).mode & 0o777);
    await other.stop();
    rmSync(folder, { recursive: true });
    expect(modes).toEqual([0o711, 0o700, 0o700]);
  });

  test.each([
    [
      "a link in the place of the folder",
      (folder: string) => symlinkSync(tmpdir(), join(folder, "s")),
      "is not a folder",
    ],
    [
      "a link in the place of an agent's folder",
      (folder: string) => {
        mkdirSync(join(folder, "s"), { mode: 0o711 });
        symlinkSync(tmpdir(), join(folder, "s", "worker"));
      },
      "is not a folder",
    ],
    [
      "a folder that others can write to",
      (folder: string) => {
        mkdirSync(join(folder, "s"));
        chmodSync(join(folder, "s"), 0o777);
      },
      "lets in too many",
    ],
    [
      "an agent's folder that everybody may enter",
      (folder: string) => {
        mkdirSync(join(folder, "s", "other"), { recursive: true });
        chmodSync(join(folder, "s", "other"), 0o755);
      },
      "lets in too many",
    ],
    [
      "a folder above that others can replace",
      (folder: string) => chmodSync(folder, 0o777),
      "put another socket there",
    ],
    [
      "a file in the place of a socket",
      (folder: string) => {
        mkdirSync(join(folder, "s", "worker"), { recursive: true, mode: 0o700 });
        writeFileSync(join(folder, "s", "worker", "gate.sock"), "precious");
      },
      "is no socket",
    ],
  ])("are not opened over %s (P11)", async (_, prepare, why) => {
    expect(await startIn(prepare)).toContain(why);
  });

  test("of a process that lives are left to it, and of one that was killed are taken over", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kidoban-sockets-"));
    const first = await serve(world, "--socket-dir", join(folder, "s"));
    await expect(serve(world, "--socket-dir", join(folder, "s"))).rejects.toThrow("another process listens");
    const killed = new Promise((done) => first.process.once("exit", done));
    first.process.kill("SIGKILL");
    await killed;
    const path = join(folder, "s", "worker", "gate.sock");
    expect(existsSync(path)).toBe(true);
    const second = await serve(world, "--socket-dir", join(folder, "s"));
    const client = await start("v1", shim("--to", path));
    expect((await client.listTools()).tools).not.toHaveLength(0);
    await client.close();
    await second.stop();
    rmSync(folder, { recursive: true });
  });
});

const run = (args: string[], more?: Record<string, string>) => {
  const { command, args: all } = shim(...args);
  const done = toItsEnd(command, all, { env: env(more), input: "", timeout: 10_000 });
  return { code: done.status, said: done.stderr + done.stdout };
};

describe("kidoban connect", () => {
  test("sends its token nowhere but to the gate: not over plain HTTP to another machine, not in a URL (P9)", () => {
    const token = { KIDOBAN_TOKEN: "kdb_secret" };
    expect(run(["--to", "http://gate.example.com/mcp"], token)).toMatchObject({ code: 2 });
    expect(run(["--to", `${serving.url}?access_token=kdb_secret`], token)).toMatchObject({ code: 2 });
    const { said } = run(["--to", "http://me:kdb_secret@127.0.0.1:1/mcp"], token);
    expect(said).not.toContain("kdb_secret");
  });

  test("says when the gate does not let it in, and shows no token (P9)", async () => {
    const token = await giveToken(world, "worker", -1000);
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } };
    const { command, args } = shim("--to", serving.url);
    const child = spawn(command, args, { env: env({ KIDOBAN_TOKEN: token }), stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (said += bytes.toString()));
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })}\n`);
    expect(await new Promise((done) => child.on("exit", done))).toBe(3);
    expect(said).toContain("HTTP 401");
    expect(said).not.toContain(token.slice(-43));
  });

  test("needs a token for a URL, and a target", () => {
    expect(run(["--to", serving.url])).toMatchObject({ code: 2 });
    expect(run([])).toMatchObject({ code: 2 });
  });
});
