import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runs } from "../running.ts";
import { allGone, fixture } from "./fixtures.ts";
import { buildProgram, type Program } from "./program.ts";

let program: Program;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());

/** Starts a gate as a client would, before the most stubborn of servers, and gives the pids behind it. */
async function startGate(): Promise<{ gate: ChildProcess; pids: number[] }> {
  const file = join(program.folder, `pids-${Math.random()}`);
  const command = [process.execPath, fixture("odd.mjs"), "--ignore-sigterm", "--grandchild", file];
  const gate = spawn(process.execPath, program.gate(...command), { stdio: ["pipe", "pipe", "inherit"] });
  gate.stdin.write(
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}\n{"jsonrpc":"2.0","id":2,"method":"tools/list"}\n',
  );
  await answered(gate, 2);
  return { gate, pids: readFileSync(file, "utf8").split(" ").map(Number) };
}

/** Resolves when the gate has answered the question of this id. */
const answered = ({ stdout }: ChildProcess, id: number) =>
  new Promise<void>((resolve) => {
    let text = "";
    stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(`"id":${id}`)) resolve();
    });
  });

/** The gate's child that is neither of the server's processes. */
async function watchdogOf(gate: ChildProcess): Promise<number> {
  for (;;) {
    for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
      try {
        const [, command, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8")) ?? [];
        if (Number(parent) === gate.pid && command?.endsWith("sh") === true && runs(Number(name))) return Number(name);
      } catch {
        // It ended while it was looked at.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const ended = (gate: ChildProcess) => new Promise<void>((resolve) => gate.once("exit", () => resolve()));

describe("no process is left behind", () => {
  it("when the gate is killed with SIGKILL", async () => {
    const { gate, pids } = await startGate();
    expect(pids.map(runs)).toEqual([true, true]);
    gate.kill("SIGKILL");
    await allGone(pids);
  });

  it("when the watchdog is killed first: there is a new one", async () => {
    const { gate, pids } = await startGate();
    const first = await watchdogOf(gate);
    process.kill(first, "SIGKILL");
    while ((await watchdogOf(gate)) === first) await new Promise((resolve) => setTimeout(resolve, 20));
    // It is seen before the gate has told it which groups there are.
    gate.stdin?.write('{"jsonrpc":"2.0","id":3,"method":"ping"}\n');
    await answered(gate, 3);
    gate.kill("SIGKILL");
    await allGone(pids);
  });

  it("when the gate is told to end", async () => {
    const { gate, pids } = await startGate();
    gate.kill("SIGTERM");
    await ended(gate);
    await allGone(pids);
  });

  it("when the client closes its side", async () => {
    const { gate, pids } = await startGate();
    gate.stdin?.end();
    await ended(gate);
    await allGone(pids);
  });

  it("when the client dies without reading what it asked for", async () => {
    const { gate, pids } = await startGate();
    gate.stdin?.write(
      `${JSON.stringify({ jsonrpc: "2.0", id: 3, method: "tools/call", params: { name: "echo", arguments: { text: "x".repeat(1_000_000) } } })}\n`,
    );
    gate.stdout?.destroy();
    await ended(gate);
    await allGone(pids);
  });
});
