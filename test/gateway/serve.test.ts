import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addAgent, connect, giveToken, KINDS, serve, type Serving } from "./serve-world.ts";
import { makeWorld, textOf, type World } from "./world.ts";

let world: World;
let serving: Serving;
beforeAll(async () => {
  world = makeWorld({
    rules: "  - { id: free, effect: allow, match: [ledger/append] }",
    prepare: () => undefined,
  });
  addAgent(world, "other");
  serving = await serve(world);
});
afterAll(async () => {
  expect(await serving.stop()).toBe(0);
  await world.close();
});

describe("over HTTP", () => {
  test.each(KINDS)("an SDK client lists and calls what its manifest allows: %s (P10)", async (kind) => {
    const client = await connect(kind, serving.url, await giveToken(world, "worker"));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain("ledger_append");
    const id = kind.replace(" ", "-");
    expect(textOf(await client.callTool({ name: "ledger_append", arguments: { id, value: kind } }))).toContain(id);
    expect(world.effects().filter((effect) => effect.id === id)).toHaveLength(1);
    await client.close();
  });
});
