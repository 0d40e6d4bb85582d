/** A gate killed in the middle of a write. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { makeWorld, type World } from "./world.ts";

let world: World;
afterEach(() => world.close());

const SLOW = { name: "ledger_slow_append", arguments: { id: "a", value: "1", after_ms: 60_000 } };

test("an allowed write cut off by SIGKILL is unknown after the restart, and the same call asks (P5)", async () => {
  world = makeWorld({ rules: "  - { id: free, effect: allow, match: [ledger/slow_append] }" });
  const client = await world.client();
  const cut = client.callTool(SLOW).catch(() => "cut");
  while (world.effects().length === 0) await sleep(20);
  process.kill(client.pid(), "SIGKILL");
  await cut;
  const again = await world.client();
  const repeated = again.callTool(SLOW).catch(() => "left");
  const [request] = await world.waitFor(["pending"]);
  const intent = world.entries().find((entry) => entry.kind === "call.intent");
  const outcomes = world
    .entries()
    .filter((entry) => entry.kind === "call.outcome" && entry["call"] === intent?.["call"]);
  expect(outcomes).toMatchObject([{ status: "unknown" }]);
  expect(request?.view.earlier?.call).toBe(intent?.["call"]);
  expect(world.effects()).toHaveLength(1);
  await again.close();
  await repeated;
});

test("an approved write cut off by SIGKILL is unknown for good: neither run again nor approved again by the old answer (P5)", async () => {
  world = makeWorld();
  const client = await world.client();
  const cut = client.callTool(SLOW).catch(() => "cut");
  const [request] = await world.waitFor(["pending"]);
  await world.answer(request!, "approve");
  while (world.effects().length === 0) await sleep(20);
  process.kill(client.pid(), "SIGKILL");
  await cut;
  const again = await world.client();
  expect((await world.waitFor(["unknown"]))[0]?.id).toBe(request?.id);
  const repeated = again.callTool(SLOW).catch(() => "left");
  const [fresh] = await world.waitFor(["pending"]);
  expect(fresh?.id).not.toBe(request?.id);
  expect(fresh?.view.earlier).toBeDefined();
  expect(world.effects()).toHaveLength(1);
  await again.close();
  await repeated;
});

test("no server outlives a gate that was killed", async () => {
  world = makeWorld({ rules: "  - { id: free, effect: allow, match: [ledger/append] }" });
  const client = await world.client();
  await client.callTool({ name: "ledger_append", arguments: { id: "a", value: "1" } });
  const server = world.effects()[0]?.pid ?? 0;
  process.kill(client.pid(), "SIGKILL");
  const alive = (): boolean => {
    try {
      process.kill(server, 0);
      return true;
    } catch {
      return false;
    }
  };
  for (let tries = 0; tries < 400 && alive(); tries += 1) await sleep(50);
  expect(server).toBeGreaterThan(0);
  expect(alive()).toBe(false);
});
