/** The log's index under a log of years, for `log-index.mjs`, which bundles it: made-up entries, chained as a gate chains them. */

import { closeSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { EntryBody } from "../src/audit/entry.ts";
import { entryLine, NO_PREV } from "../src/audit/line.ts";
import { leafHash } from "../src/audit/tree.ts";
import { keptIndex } from "../src/compose/log-index.ts";
import type { Filter } from "../src/log/filter.ts";
import { entriesFile } from "../src/log/names.ts";

const PER_STREAM = 250_000;
const AT_ONCE = 8;
const START = Date.parse("2026-01-01T00:00:00Z");
const AGENTS = Array.from({ length: 40 }, (_, n) => `agent-${n}`);
const TOOLS = Array.from({ length: 120 }, (_, n) => ({ server: `server-${n % 12}`, name: `tool_${n}` }));
const digest = "0123456789abcdef".repeat(4);

/** A generator that gives the same log each time. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Nine of ten are calls with their outcomes; the rest are denials and requests with answers. */
function* bodies(stream: string, next: () => number): Generator<EntryBody, never> {
  const facts = { program: "kidoban", version: "0.1.0", mode: "same-user" } as const;
  yield { kind: "stream.opened", stream, log: "bench", key: "bench", ...facts };
  for (let n = 0; ; n++) {
    const agent = AGENTS[Math.floor(next() ** 2 * AGENTS.length)] ?? "";
    const tool = TOOLS[Math.floor(next() ** 2 * TOOLS.length)] ?? { server: "", name: "" };
    const target = { server: tool.server, kind: "tool", name: tool.name } as const;
    const call = `${stream.slice(-8)}${n.toString(16).padStart(16, "0")}`;
    const args = { digest, bytes: 120 };
    const chance = next();
    if (chance < 0.03) {
      yield { kind: "call.denied", call, agent, asked: `${tool.server}_${tool.name}`, args };
      continue;
    }
    const why = { effect: "allow", access: "read", cause: "rule", rules: ["reads"] } as const;
    if (chance < 0.04) {
      const request = `${call}r`;
      const asked = { ...why, effect: "ask", access: "write" } as const;
      const refs = { action: digest, nonce: call, shown: digest, expiresAt: START };
      yield { kind: "request.opened", request, call, agent, target, why: asked, args, ...refs, obligations: [] };
      const answer = next() < 0.8 ? "approve" : "deny";
      yield { kind: "request.answered", request, statement: { assurance: "client", answer } };
      if (answer === "deny") continue;
      yield { kind: "request.claimed", request, call };
      yield { kind: "call.intent", call, agent, target, why: asked, args, request, action: digest };
    } else {
      yield { kind: "call.intent", call, agent, target, why, args };
    }
    const status = next() < 0.97 ? "ok" : "tool_error";
    yield { kind: "call.outcome", call, status, result: { digest, bytes: 900 } };
  }
}

/** Writes `count` entries into `log/` of the state; gives their bytes. Eight streams at a time lie between each other. */
export function writeLog(stateDir: string, count: number): number {
  const dir = join(stateDir, "log");
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  let bytes = 0;
  for (let written = 0, n = 0; written < count; n++) {
    const size = Math.min(PER_STREAM, count - written);
    const next = random(n + 1);
    let time = START + Math.floor(n / AT_ONCE) * 86_400_000 + (n % AT_ONCE) * 7;
    const began = new Date(time).toISOString().replaceAll(/[-:]/g, "").replace("T", "-").slice(0, 15);
    const stream = `${began}-${n.toString(16).padStart(16, "0")}`;
    const file = openSync(join(dir, entriesFile(stream)), "w", 0o600);
    const all = bodies(stream, next);
    let prev = NO_PREV;
    let lines: string[] = [];
    for (let at = 0; at < size; at++) {
      time += Math.floor(next() * 600);
      const line = entryLine(at, prev, new Date(time).toISOString(), n, all.next().value);
      prev = leafHash(line);
      lines.push(line);
      if (lines.length < 2_000 && at + 1 < size) continue;
      bytes += writeSync(file, `${lines.join("\n")}\n`);
      lines = [];
    }
    closeSync(file);
    written += size;
  }
  return bytes;
}

export interface Built {
  readonly seconds: number;
  readonly bytes: number;
}

export async function buildIndex(stateDir: string, told: (share: number) => void): Promise<Built> {
  const from = performance.now();
  const kept = keptIndex(stateDir);
  await kept.use(async (index) => {
    for await (const { done, total } of index.grow({ batch: 50_000 })) told(done / total);
  });
  kept.close();
  return { seconds: (performance.now() - from) / 1000, bytes: statSync(join(stateDir, "index.db")).size };
}

/** Names, ms that passed and ms of this process: opening, catching up and the first page of 100. */
export async function timeFilters(stateDir: string): Promise<readonly (readonly [string, number, number])[]> {
  const hour = START + 2 * 3_600_000;
  const filters: readonly (readonly [string, Filter])[] = [
    ["nothing asked: the newest", {}],
    ["an agent that calls often", { agent: "agent-0" }],
    ["an agent that calls seldom", { agent: "agent-39" }],
    ["one tool of one server", { tool: ({ server, name }) => server === "server-7" && name === "tool_67" }],
    ["a pattern over all servers", { tool: ({ name }) => /^tool_1\d$/.test(name) }],
    ["asked calls of an agent", { agent: "agent-3", decision: "ask" }],
    ["answers to requests", { kind: "request.answered" }],
    [
      "outcomes of a tool in an hour of the first day",
      { kind: "call.outcome", tool: ({ name }) => name === "tool_5", since: hour, until: hour + 3_600_000 },
    ],
    ["one call by its id", { id: "000000010000000000001000" }],
    ["what is not there", { agent: "agent-3", decision: "deny", server: "server-3", kind: "call.intent" }],
  ];
  const times: (readonly [string, number, number])[] = [];
  for (const [name, filter] of filters) {
    const runs: (readonly [number, number])[] = [];
    for (let run = 0; run < 5; run++) {
      const [from, used] = [performance.now(), process.cpuUsage()];
      const kept = keptIndex(stateDir);
      await kept.use(async (index) => {
        for await (const _ of index.grow({ batch: 1_000 })) continue;
        const { entries } = await index.page(filter, 100);
        if ((entries.length === 0) !== (name === "what is not there"))
          throw new Error(`${name}: ${entries.length} entries`);
      });
      kept.close();
      const { user, system } = process.cpuUsage(used);
      runs.push([performance.now() - from, (user + system) / 1000]);
    }
    const median = (at: 0 | 1): number => runs.map((run) => run[at]).toSorted((a, b) => a - b)[2] ?? 0;
    times.push([name, median(0), median(1)]);
  }
  return times;
}
