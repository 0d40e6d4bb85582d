// A target: what to start, how to call its echo tool, how to end it.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
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

/** A process behind the target is one whose script is a server of ours. */
const isServer = ([, script = ""]) => /(?:^|\/)servers\/[\w-]+\.mjs$/.test(script);

export class Target {
  /** `world`: {clientKind, env of all that is started, fleet: a configuration's folder}. */
  constructor(def, world) {
    this.def = def;
    this.name = def.name;
    this.world = world;
    this.children = [];
  }

  /** {node} this Node, {fleet} the folder of the configuration with ten servers. */
  #fill(word) {
    return word.replaceAll("{node}", process.execPath).replaceAll("{fleet}", this.world.fleet);
  }

  #launch() {
    const [command, ...args] = this.def.command.map((word) => this.#fill(word));
    const program = command.startsWith("relays/") ? path.join(HARNESS, command) : command;
    const child = spawn(program, args, { cwd: HARNESS, env: this.world.env, detached: true });
    child.on("error", () => {});
    child.stderr.on("data", (bytes) => {
      this.stderr = ((this.stderr ?? "") + bytes).slice(-2000);
    });
    this.children.push(child);
    return child;
  }

  /** How a client reaches it: over HTTP it says where on its first line, and `token` is a command that issues one. */
  async #reach(child) {
    if (!this.def.http) return { child };
    const said = await withTimeout(once(child.stdout, "data"), 30_000, "address");
    return { ...JSON.parse(said[0]), ...(this.def.token && { token: this.#issueToken() }) };
  }

  #issueToken() {
    const [command, ...args] = this.def.token.map((word) => this.#fill(word));
    return JSON.parse(execFileSync(command, args, { cwd: HARNESS, env: this.world.env, encoding: "utf8" })).token;
  }

  /** Up, connected and listed; `readyMs` is the time from spawn to the first whole tools/list. */
  async start() {
    const startedAt = performance.now();
    this.client = await makeClient(this.world.clientKind, await this.#reach(this.#launch()));
    await withTimeout(this.client.connect(), 30_000, "connect");
    const tools = await withTimeout(this.listAll(), 30_000, "tools/list");
    this.readyMs = performance.now() - startedAt;
    this.tool = tools.map((tool) => tool.name).find((name) => name.endsWith("echo"));
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
    if (!this.tool) throw new Error("no echo tool");
    const text = "abcdefghij".repeat(Math.ceil(bytes / 10)).slice(0, bytes);
    return async () => {
      const result = await this.client.callTool(this.tool, { text });
      if (result.isError || result.content?.[0]?.text !== text) {
        throw new Error(`wrong answer: ${JSON.stringify(result).slice(0, 200)}`);
      }
    };
  }

  /** The same for lists; `count` tools must be in each. */
  lister(count) {
    return async () => {
      const { length } = await this.listAll();
      if (length < count) throw new Error(`${length} tools instead of ${count}`);
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
  }
}
