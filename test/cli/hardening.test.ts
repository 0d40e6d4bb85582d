/** Node's own debugger as a way into a process that holds keys, servers or tokens. Real processes of the built program. */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeWorld, type World } from "../gateway/world.ts";
import { toItsEnd } from "../to-its-end.ts";

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");
const OPENED = "Debugger listening";

let world: World;
let sockets: string;
beforeAll(() => {
  world = makeWorld();
  sockets = mkdtempSync(join(tmpdir(), "kidoban-sockets-"));
});
afterAll(async () => {
  await world.close();
  rmSync(sockets, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  said(): string;
  /** Settles when `text` was printed, or the process has ended. */
  until(text: string): Promise<void>;
}

function run(args: readonly string[], flags: readonly string[] = [], more: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [...flags, KIDOBAN, ...args], {
    env: { ...world.env, ...more },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      for (const listener of listeners) listener();
    });
  child.stdin.on("error", () => undefined);
  const ended = new Promise<number | null>((done) => child.once("close", (code) => done(code)));
  return {
    child,
    ended,
    said: () => said,
    until: (text) =>
      Promise.race([
        ended.then(() => undefined),
        new Promise<void>((done) => {
          const look = (): void => {
            if (said.includes(text)) done();
          };
          listeners.add(look);
          look();
        }),
      ]),
  };
}

const INITIALIZE = `${JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } },
})}\n`;
const PING = `${JSON.stringify({ jsonrpc: "2.0", id: "pong", method: "ping" })}\n`;
const serveArgs = (): readonly string[] => ["serve", "--json", "--listen", "127.0.0.1:0", "--socket-dir", sockets];

describe("SIGUSR1, at which Node would open its inspector,", () => {
  test("opens none in a gate on stdio, which goes on (P7)", async () => {
    const gate = run(["stdio", "--agent", "worker"]);
    gate.child.stdin?.write(INITIALIZE);
    await gate.until("serverInfo");
    gate.child.kill("SIGUSR1");
    gate.child.stdin?.write(PING);
    await gate.until('"pong"');
    gate.child.stdin?.end();
    expect([await gate.ended, gate.said().includes('"pong"'), gate.said().includes(OPENED)]).toEqual([0, true, false]);
  });

  test("opens none in a gate for many agents, nor in the pipe to it (P7)", async () => {
    const gate = run(serveArgs());
    await gate.until("url");
    const pipe = run(["connect", "--to", join(sockets, "worker/gate.sock")]);
    pipe.child.stdin?.write(INITIALIZE);
    await pipe.until("serverInfo");
    gate.child.kill("SIGUSR1");
    pipe.child.kill("SIGUSR1");
    pipe.child.stdin?.write(PING);
    await pipe.until('"pong"');
    expect(pipe.said()).toContain('"pong"');
    pipe.child.stdin?.end();
    expect(await pipe.ended).toBe(0);
    gate.child.kill("SIGTERM");
    expect(await gate.ended).toBe(0);
    expect(gate.said() + pipe.said()).not.toContain(OPENED);
  });

  test("opens none in the approvers' pages (P7)", async () => {
    const pages = run(["console", "--json", "--listen", "127.0.0.1:0"]);
    await pages.until("url");
    pages.child.kill("SIGUSR1");
    await new Promise((done) => setTimeout(done, 100));
    pages.child.kill("SIGTERM");
    expect([await pages.ended, pages.said().includes(OPENED)]).toEqual([0, false]);
  });

  test.each([
    ["a gate on stdio", () => ["stdio", "--agent", "worker"]],
    ["a gate for many agents", serveArgs],
    ["a pipe to a gate", () => ["connect", "--to", join(sockets, "nobody.sock")]],
    ["an inbox", () => ["approve"]],
  ])("ends %s that it reaches while Node still starts (P7)", async (_, args) => {
    for (let delay = 8; delay <= 48; delay += 8) {
      const early = run(args());
      await new Promise((done) => setTimeout(done, delay));
      early.child.kill("SIGUSR1");
      early.child.stdin?.write(INITIALIZE + PING);
      await Promise.race([early.until('"pong"'), early.until('"url"'), early.until(OPENED)]);
      // It may come before Node listens (and end it) or after we do (and do nothing); in between it is found out.
      if (early.said().includes(OPENED)) expect(await early.ended, early.said()).not.toBe(0);
      else early.child.kill("SIGTERM");
      await early.ended;
    }
  });
});

/** Runs to its end. */
const done = (args: readonly string[], flags: readonly string[], more: Record<string, string>) =>
  toItsEnd(process.execPath, [...flags, KIDOBAN, ...args], {
    env: { ...world.env, ...more },
    input: "",
    timeout: 20_000,
  });

describe("a debugger that is asked for at the start", () => {
  const commands = [
    ["stdio", "--agent", "worker"],
    ["serve", "--listen", "127.0.0.1:0"],
    ["connect", "--to", "/nowhere/gate.sock"],
    ["console"],
    ["approve"],
    ["deny", "AAA-AAA"],
    ["accept"],
    ["pin"],
    ["approver", "add", "mallory"],
    ["token", "issue", "worker"],
    ["resume", "--reason", "x"],
    ["login", "ledger"],
  ];
  test.each(commands)("keeps `%s` from starting, in both languages (P11)", (...args) => {
    const english = done(args, ["--inspect=0"], {});
    expect([english.status, english.stderr]).toEqual([
      2,
      expect.stringContaining("kidoban: refused to start: --inspect=0"),
    ]);
    const japanese = done(args, [], { NODE_OPTIONS: "--inspect=0", KIDOBAN_LANG: "ja" });
    expect([japanese.status, japanese.stderr]).toEqual([
      2,
      expect.stringContaining("kidoban: 起動しません: NODE_OPTIONS"),
    ]);
    expect(english.stdout + japanese.stdout).toBe("");
  });

  test.each([["check"], ["log"], ["stop", "--reason", "x"]])(
    "keeps nobody from `%s`, which holds no key (P8)",
    (...args) => {
      expect(done(args, [], { NODE_OPTIONS: "--inspect=0" }).stderr).not.toContain("refused to start");
    },
  );
});
