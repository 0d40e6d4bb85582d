/** 200 agents on one process: 50 calls each, of both eras, over sessions and without. */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newToken } from "../../src/compose/token.ts";
import { openState } from "../../src/compose/state.ts";
import { toItsEnd } from "../to-its-end.ts";
import { legacy, modern, session } from "./raw-http.ts";
import { serve, type Serving } from "./serve-world.ts";

const AGENTS = 200;
const CALLS = 50;
/** Of each agent. */
const AT_ONCE = 2;

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");
const root = mkdtempSync(join(tmpdir(), "kidoban-many-"));
const config = join(root, "config", "kidoban.yaml");
const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: root,
  XDG_STATE_HOME: join(root, "state"),
  KIDOBAN_CONFIG: config,
};
const names = Array.from({ length: AGENTS }, (_, n) => `agent-${n}`);
const tokens = new Map<string, string>();
let server: ChildProcess;
let serving: Serving;

beforeAll(async () => {
  server = spawn(process.execPath, [resolve(import.meta.dirname, "../servers/sessions-http.mjs")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((done) => server.stdout?.once("data", (bytes) => done(String(bytes).trim())));
  mkdirSync(join(root, "config", "manifests"), { recursive: true });
  writeFileSync(config, `kidoban: 1\nservers:\n  echo: { url: ${JSON.stringify(url)} }\n`);
  for (const name of names)
    writeFileSync(
      join(root, "config", "manifests", `${name}.yaml`),
      `kidoban: 1\nagent: ${name}\nservers:\n  echo: { access: read-only }\n`,
    );
  const pinned = toItsEnd(process.execPath, [KIDOBAN, "pin", "--accept-hints"], { env });
  if (pinned.status !== 0) throw new Error(pinned.stderr + pinned.stdout);
  const state = await openState(join(root, "state", "kidoban"), { role: "tool", now: Date.now });
  for (const agent of names) {
    const { id, text, digest } = newToken();
    await state.store.addToken({ id, config, agent, digest, issuedAt: Date.now(), expiresAt: Date.now() + 3_600_000 });
    tokens.set(agent, text);
  }
  await state.close("tokens given");
  serving = await serve({ env });
});
afterAll(async () => {
  expect(await serving.stop()).toBe(0);
  server.kill();
  rmSync(root, { recursive: true, force: true });
});

const connections = new Agent({ keepAlive: true, maxSockets: 400 });
const ask = (request: { readonly headers?: object; readonly body?: unknown }): Promise<string> =>
  new Promise((done, fail) => {
    const sent = httpRequest(
      serving.url,
      { method: "POST", agent: connections, headers: request.headers as Record<string, string> },
      (response) => {
        let text = "";
        response.on("data", (bytes: Buffer) => (text += bytes.toString()));
        response.on("end", () => done(text));
      },
    );
    sent.on("error", fail);
    sent.end(request.body);
  });

const memory = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${serving.process.pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

const sessions = new Map<string, string>();

/** Every second agent is a 2025 client. Gives the texts that came back, with what was sent. */
async function calls(
  agent: string,
  n: number,
  from: number,
): Promise<readonly (readonly [sent: string, got: string])[]> {
  const token = tokens.get(agent) ?? "";
  const own = n % 2 === 0 ? undefined : (sessions.get(agent) ?? (await session(serving.url, token)));
  if (own !== undefined) sessions.set(agent, own);
  const pairs: (readonly [string, string])[] = [];
  const one = async (index: number): Promise<void> => {
    const id = `${agent}/${index}`;
    const params = { name: "echo_echo", arguments: { id } };
    const request =
      own === undefined
        ? modern(token, "tools/call", params)
        : legacy(token, { id: index, method: "tools/call", params }, own);
    pairs.push([id, await ask(request)]);
  };
  const worker = async (offset: number): Promise<void> => {
    for (let index = from + offset; index < from + CALLS / 2; index += AT_ONCE) await one(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, offset) => worker(offset)));
  return pairs;
}

test(
  "200 agents x 50 calls: no error, no answer at the wrong agent, memory flat (P10)",
  { timeout: 180_000 },
  async () => {
    const all: (readonly [string, string])[] = [];
    const grown: number[] = [];
    for (const from of [0, CALLS / 2]) {
      const rounds = await Promise.all(names.map((agent, n) => calls(agent, n, from)));
      all.push(...rounds.flat());
      grown.push(memory());
    }
    expect(all).toHaveLength(AGENTS * CALLS);
    const wrong = all.filter(([sent, got]) => !got.includes(` ${sent}"`) || got.includes('"error"'));
    expect(wrong.slice(0, 3)).toEqual([]);
    // One connection to the server for each agent, and nobody else's (P10).
    const behind = new Map<string, Set<string>>();
    for (const [sent, got] of all) {
      const agent = sent.split("/")[0] ?? "";
      const at = /"text":"(\S+) /.exec(got)?.[1] ?? "none";
      behind.set(at, (behind.get(at) ?? new Set()).add(agent));
    }
    expect(behind.size).toBe(AGENTS);
    expect([...behind.values()].every((agents) => agents.size === 1)).toBe(true);
    const [half = 0, whole = 0] = grown;
    expect(whole - half).toBeLessThan(half * 0.25);
  },
);
