/**
 * One configuration for the whole matrix: a server of each era whose questions are relayed, one of each whose questions are
 * not, and an agent for each kind of client and each way to the gate. One gate serves all agents that come over HTTP.
 */

import { rmSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Request } from "../../src/approval/request.ts";
import { giveToken, KINDS, serve, type Kind, type Serving } from "../gateway/serve-world.ts";
import { makeWorld, type Effect, type LogEntry } from "../gateway/world.ts";
import { serverProgram } from "../programs.ts";
import { sit, type Seat, type Way } from "./clients.ts";

export const WAYS = ["stdio", "HTTP"] as const satisfies readonly Way["by"][];
export const ERAS = ["legacy", "modern"] as const;

/** How long a cell waits for what it says must come; a busy machine takes its time. */
export const PATIENCE_MS = 45_000;

/** Looks until it is so; that it becomes so is the assertion. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(isSo, { timeout: PATIENCE_MS, interval: 20 }).toBe(true);
}

const PROGRAMS = { legacy: "all-surfaces-v1.mjs", modern: "all-surfaces-v2.mjs" } as const;
export const agentOf = (kind: Kind, by: Way["by"]): string => `${kind.replace(" ", "-")}-${by.toLowerCase()}`;

const serverText = (root: string, id: string, program: string, members: string): string => `  ${id}:
    command: ${JSON.stringify(process.execPath)}
    args: ${JSON.stringify([serverProgram(program), join(root, "ledger.jsonl"), id])}
${members}`;

const manifestText = (agent: string, servers: readonly string[]): string => `kidoban: 1
agent: ${agent}
wait: 100s
servers:
${servers.map((id) => `  ${id}: { access: read-write }`).join("\n")}
rules:
  - { id: free, effect: allow, match: ["*/append", "*/book", "*/change"] }
`;

function prepare(root: string): void {
  const config = join(root, "config", "kidoban.yaml");
  const servers = ERAS.flatMap((era) => [
    [era, serverText(root, era, PROGRAMS[era], "    asks: { elicitation: relay }\n")] as const,
    [`${era}-quiet`, serverText(root, `${era}-quiet`, PROGRAMS[era], "")] as const,
  ]);
  const [, approvers = ""] = readFileSync(config, "utf8").split("approvers:");
  const texts = servers.map(([, text]) => text).join("");
  writeFileSync(config, `kidoban: 1\nservers:\n${texts}approvers:${approvers}`);
  rmSync(join(root, "config", "manifests", "worker.yaml"));
  const ids = servers.map(([id]) => id);
  for (const agent of KINDS.flatMap((kind) => WAYS.map((by) => agentOf(kind, by))))
    writeFileSync(join(root, "config", "manifests", `${agent}.yaml`), manifestText(agent, ids));
}

export interface MatrixWorld {
  sit(kind: Kind, by: Way["by"]): Promise<Seat>;
  /** What has happened since the last time that this was asked: at the servers, and in the log. */
  news(): { readonly effects: Effect[]; readonly entries: readonly LogEntry[] };
  /** The request of this agent that waits, as soon as there is one. */
  pending(agent: string): Promise<Request>;
  /** Lets the server go on with the call that has this id. */
  release(id: string): void;
  readonly world: ReturnType<typeof makeWorld>;
  close(): Promise<number | null>;
}

export async function matrixWorld(): Promise<MatrixWorld> {
  const world = makeWorld({ prepare });
  const serving: Serving = await serve(world);
  const tokens = new Map<string, string>();
  for (const kind of KINDS) {
    const agent = agentOf(kind, "HTTP");
    tokens.set(agent, await giveToken(world, agent, 3_600_000));
  }
  const known = new Set<string>();
  let effectsSeen = 0;
  return {
    world,
    sit(kind, by) {
      const agent = agentOf(kind, by);
      if (by === "stdio") return sit(kind, { by, command: world.command(agent), env: world.env });
      return sit(kind, { by, url: serving.url, token: tokens.get(agent) ?? "" });
    },
    news() {
      const entries = world.entries().filter((entry) => {
        const line = JSON.stringify(entry);
        return !known.has(line) && known.add(line);
      });
      const effects = world.effects().slice(effectsSeen);
      effectsSeen += effects.length;
      return { effects, entries };
    },
    async pending(agent) {
      const { store } = await world.state();
      const found: Request[] = [];
      await until(async () => {
        const waiting = await store.requests({ states: ["pending"] });
        return found.push(...waiting.filter((one) => one.agent === agent)) > 0;
      });
      const [request] = found;
      if (request === undefined) throw new Error("nothing waits");
      return request;
    },
    release: (id) => writeFileSync(join(world.root, `ledger.jsonl.${id}`), ""),
    async close() {
      const code = await serving.stop();
      await world.close();
      return code;
    },
  };
}
