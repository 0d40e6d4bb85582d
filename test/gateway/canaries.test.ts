/** Secrets on their way through real processes, and every place where one could stay. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SECRETS, heart } from "../audit/secrets.ts";
import { makeWorld, type World } from "./world.ts";

/** As they may stand within a text of JSON, and what of it must be nowhere then. */
const WRITINGS: readonly (readonly [string, (secret: string) => string])[] = [
  ["plain", (secret) => secret],
  ["quoted again", (secret) => JSON.stringify({ key: secret })],
  ["percent-encoded", (secret) => encodeURIComponent(secret)],
];

const isStore = (name: string): boolean => name.startsWith("kidoban.db");

describe("P9: canaries through a real gate", () => {
  let world: World;
  let said = "";
  beforeAll(async () => {
    world = makeWorld({
      rules: `  - { id: free, effect: allow, match: [ledger/slow_append] }\n  - { id: never, effect: deny, match: [ledger/delete_entry] }`,
    });
    const client = await world.client();
    let n = 0;
    for (const secret of SECRETS)
      for (const [, write] of WRITINGS) {
        const value = write(secret);
        const id = `id-${++n}`;
        // Allowed, and its result says it again; denied by a rule; unknown, with it in the name.
        await client.callTool({ name: "ledger_slow_append", arguments: { id, value } });
        await client.callTool({ name: "ledger_read", arguments: { id } });
        await client.callTool({ name: "ledger_delete_entry", arguments: { id, value } }).catch(() => undefined);
        await client.callTool({ name: `nothing ${value}`, arguments: {} }).catch(() => undefined);
      }
    said = client.said();
    await client.close();
    // The index and what people are shown of the log.
    said += world.kidoban("log").out + world.kidoban("log", "--json").out + world.kidoban("check").out;
  });
  afterAll(() => world.close());

  test("none stays in a stream, a body, the index, the store, the operational log or on a terminal", () => {
    const everything = world.everything() + said;
    expect(everything).toContain("[redacted ");
    for (const secret of SECRETS) expect(everything.includes(heart(secret)), secret.slice(0, 12)).toBe(false);
    // The server got every one of them: nothing of this is in the way of the call.
    const effects = world.effects().map(({ value }) => value);
    for (const secret of SECRETS) for (const [, write] of WRITINGS) expect(effects).toContain(write(secret));
  });

  test("what waits for a human is kept whole in the store alone, since it must run as it was shown", async () => {
    const [secret = ""] = SECRETS;
    const client = await world.client();
    const asked = client.callTool({ name: "ledger_append", arguments: { id: "asked", value: secret } });
    const [request] = await world.waitFor(["pending"]);
    if (request !== undefined) await world.answer(request, "approve");
    await asked;
    await client.close();
    expect(world.effects().at(-1)?.value).toBe(secret);
    expect(world.everything(isStore)).toContain(heart(secret));
    expect(world.everything((name) => !isStore(name))).not.toContain(heart(secret));
  });
});
