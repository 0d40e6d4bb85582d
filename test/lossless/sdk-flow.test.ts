/** One conversation with writes that pass, are held, approved and denied: the agent reads the same on both paths. */

import { resolve } from "node:path";
import { expect, it } from "vitest";
import { makeWorld, type World } from "../gateway/world.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import type { EraName } from "./exceptions.ts";
import { program, rawClient, type Pipes, type RawClient } from "./raw-client.ts";
import { sdkPath } from "./sdk-path/path.ts";

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");
const ERAS: readonly EraName[] = ["legacy", "modern"];
const PATHS: Readonly<Record<string, (world: World) => Pipes | Promise<Pipes>>> = {
  ours: (world) => program([KIDOBAN, "stdio", "--agent", "worker"], world.env),
  sdk: (world) => sdkPath(world, "legacy"),
};

async function conversation(client: RawClient, world: World): Promise<readonly unknown[]> {
  const said: unknown[] = [];
  const call = async (name: string, args: JsonObject): Promise<void> => {
    const { member, text } = await client.ask("tools/call", JSON.stringify({ name, arguments: args }));
    said.push([name, member, settled(text)]);
  };
  const asked = async (word: "approve" | "deny", comment?: string): Promise<void> => {
    const [request] = await world.waitFor(["pending"]);
    if (request === undefined) return;
    await world.answer(request, word, undefined, undefined, comment);
    await call("kidoban_wait", { id: request.id });
  };
  said.push(settled((await client.ask("tools/list", "{}")).text));
  await call("ledger_slow_append", { id: "a", value: "passes" });
  await call("ledger_read", { id: "a" });
  await call("ledger_fail", { id: "a", how: "tool" });
  await call("ledger_fail", { id: "a", how: "rpc" });
  await call("ledger_delete_entry", { id: "a" });
  await call("ledger_never_heard_of", {});
  await call("ledger_append", { id: "b", value: "held, then approved", kidoban_reason: "to see" });
  await asked("approve");
  await call("ledger_append", { id: "c", value: "held, then denied" });
  await asked("deny", "not today");
  await call("kidoban_wait", { id: "no such request" });
  return said;
}

const SERVER_INFO = "io.modelcontextprotocol/serverInfo";

/** Without what is new each time, and without what the SDK says of itself in every result of 2026. */
function settled(text: string): unknown {
  const { _meta, ...value } = JSON.parse(text) as JsonObject;
  const others = Object.entries(_meta ?? {}).filter(([key]) => key !== SERVER_INFO);
  const kept = others.length === 0 ? value : { ...value, _meta: Object.fromEntries(others) };
  const NEW = /[0-9a-f]{16,}|[0-9A-Z]{3}-[0-9A-Z]{3}\b|\d{4}-\d\d-\d\dT[\d:.]+Z|\d\d:\d\dZ|\b\d{13}\b/g;
  return JSON.parse(JSON.stringify(kept).replaceAll(NEW, (found) => (/^\d{13}$/.test(found) ? "0" : "…")));
}

it.each(ERAS)("P2, P10: a %s client reads the same of what it may and may not do on both paths", async (era) => {
  const transcripts = await Promise.all(
    Object.values(PATHS).map(async (open) => {
      const world = makeWorld({
        manifest: "wait: 0s",
        rules: [
          "  - { id: free, effect: allow, match: [ledger/slow_append, ledger/fail] }",
          "  - { id: never, effect: deny, match: [ledger/delete_entry] }",
        ].join("\n"),
      });
      try {
        const client = await rawClient(era, await open(world));
        const said = await conversation(client, world);
        await client.close();
        const effects = world
          .effects()
          .map(({ tool, id, value }) => ({ tool, id, ...(value === undefined ? {} : { value }) }));
        return { said, effects };
      } finally {
        await world.close();
      }
    }),
  );
  expect(transcripts[1]).toEqual(transcripts[0]);
  expect(transcripts[0]?.effects).toEqual([
    { tool: "slow_append", id: "a", value: "passes" },
    { tool: "read", id: "a" },
    { tool: "append", id: "b", value: "held, then approved" },
  ]);
});
