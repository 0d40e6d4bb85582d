// A target: what to start, how to call its echo tool, how to end it.
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { makeClient } from "./clients.mjs";
import { endTree, sample } from "./proc.mjs";

export const HARNESS = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

export async function withTimeout(promise, ms, what) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`timed out: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A process behind the target is one whose script is an echo server of ours. */
const isServer = ([, script = ""]) => script.endsWith("servers/echo.mjs");

export class Target {
  constructor(def, clientKind) {
    this.def = def;
    this.name = def.name;
    this.clientKind = clientKind;
    this.children = [];
  }

  /** {tmp} a fresh folder, {node} this Node. */
  #fill(value) {
    if (typeof value === "string") {
      return value.replaceAll("{tmp}", this.tmp).replaceAll("{node}", process.execPath);
    }
    if (Array.isArray(value)) return value.map((item) => this.#fill(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#fill(item)]));
  }

  #launch({ command, args, env }, stdio) {
    const program = command.startsWith("relays/") ? path.join(HARNESS, command) : command;
    const child = spawn(program, args, { cwd: HARNESS, env: { ...process.env, ...env }, stdio, detached: true });
    child.on("error", () => {});
    child.stderr.on("data", (bytes) => {
      this.stderr = ((this.stderr ?? "") + bytes).slice(-2000);
    });
    this.children.push(child);
    return child;
  }

  /** Up, connected and listed; `readyMs` is the time from spawn to the first whole tools/list. */
  async start() {
    this.tmp = fs.mkdtempSync(path.join(os.tmpdir(), "bench-"));
    const def = this.#fill(this.def);
    const startedAt = performance.now();
    this.client = await makeClient(this.clientKind, this.#launch(def, ["pipe", "pipe", "pipe"]));
    await withTimeout(this.client.connect(), 30_000, "connect");
    const tools = await withTimeout(this.listAll(), 30_000, "tools/list");
    this.readyMs = performance.now() - startedAt;
    this.tool = tools.map((tool) => tool.name).find((name) => name.endsWith("echo"));
    if (!this.tool) throw new Error("no echo tool");
  }

  async listAll() {
    const tools = [];
    let cursor;
    do {
      const page = await this.client.listTools(cursor);
      tools.push(...page.tools);
      cursor = page.nextCursor;
    } while (cursor);
    return tools;
  }

  /** Gives a function that makes one call with a text of so many bytes and checks the answer. */
  caller(bytes) {
    const text = "abcdefghij".repeat(Math.ceil(bytes / 10)).slice(0, bytes);
    return async () => {
      const result = await this.client.callTool(this.tool, { text });
      if (result.isError || result.content?.[0]?.text !== text) {
        throw new Error(`wrong answer: ${JSON.stringify(result).slice(0, 200)}`);
      }
    };
  }

  sample() {
    return sample(this.#pids(), isServer);
  }

  #pids() {
    return this.children.map((child) => child.pid).filter((pid) => pid !== undefined);
  }

  async stop() {
    try {
      await withTimeout(Promise.resolve(this.client?.close()), 500, "close");
    } catch {
      // It is ended anyway.
    }
    await endTree(this.#pids());
    fs.rmSync(this.tmp, { recursive: true, force: true });
  }
}
