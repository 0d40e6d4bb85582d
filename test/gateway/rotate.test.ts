/** A real gate whose log rotates under a client that goes on calling, put in order beside it, killed and started again. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeWorld, textOf, type World } from "./world.ts";

let world: World;
beforeAll(() => {
  world = makeWorld({
    config: "log: { rotate: { mib: 1 } }",
    rules: "  - { id: free, effect: allow, match: [ledger/*] }",
  });
});
afterAll(() => world.close());

const streams = (ending: string): readonly string[] =>
  readdirSync(join(world.stateDir, "log")).filter((name) => /^\d{8}-/.test(name) && name.endsWith(ending));

test("a gate goes on in new streams while it is called, and all of them prove themselves, compressed meanwhile", async () => {
  const client = await world.client();
  const text = "some text that repeats. ".repeat(2000);
  const own = (): readonly string[] => {
    const names = streams(".jsonl")
      .concat(streams(".jsonl.gz"))
      .filter((name) => !name.includes("bodies"));
    const last = names.map((name) => name.slice(16, 32));
    return [...new Set(last)].filter((part) => last.filter((one) => one === part).length > 1);
  };
  let calls = 0;
  const call = async (): Promise<void> => {
    const answer = await client.callTool({ name: "ledger_append", arguments: { id: `c${calls++}`, value: text } });
    expect(answer.isError, textOf(answer)).toBeFalsy();
  };
  const until = Date.now() + 60_000;
  while (own().length === 0 && Date.now() < until) {
    await call();
  }
  expect(own()).toHaveLength(1);
  await call();
  const tidied = world.kidoban("log", "tidy", "--json");
  expect([tidied.status, tidied.out]).toEqual([0, expect.stringContaining('"damaged":[]')]);
  expect(streams(".jsonl.gz").length).toBeGreaterThan(0);
  await call();
  await client.close();
  const verified = world.kidoban("log", "verify", "--json");
  expect(verified.status, verified.out).toBe(0);
  const facts = JSON.parse(verified.out) as { summary: { unknown: number }; bodies: { intact: number } };
  expect(facts.summary.unknown).toBe(0);
  // Arguments and result of each call.
  expect(facts.bodies.intact).toBeGreaterThanOrEqual(2 * calls);
});
