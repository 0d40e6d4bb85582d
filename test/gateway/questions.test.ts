/** What servers ask of clients, through whole gates from dist: all meetings of eras, over both transports. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { connectAsked, type Answering, type AskedClient, type Reach } from "./asking-clients.ts";
import { giveToken, KINDS, serve, type Kind, type Serving } from "./serve-world.ts";
import { makeWorld, textOf, type World } from "./world.ts";
import { serverProgram } from "../programs.ts";

const RELAY = "    asks: { elicitation: relay, sampling: relay }";
const MODERN = "    env: { ERA: modern }";
const BOOK_FREELY = "  - { id: book, effect: allow, match: [ledger/book] }";

const SERVERS: readonly (readonly [era: string, file: string, members: string])[] = [
  ["SDK v1", "asks-v1.mjs", ""],
  ["SDK v2 in the 2025 era", "asks-v2.mjs", ""],
  ["SDK v2 in the 2026 era", "asks-v2.mjs", MODERN],
];
const WAYS = KINDS.flatMap((kind) => (["stdio", "HTTP"] as const).map((over) => [kind, over] as const));

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

const intents = (world: World) => world.entries().filter((entry) => entry.kind === "call.intent");
const entriesOf = (world: World, kind: string, call: unknown) =>
  world.entries().filter((entry) => entry.kind === kind && entry["call"] === call);

function underOneGate(members: string, file: string) {
  let world: World;
  let serving: Serving;
  let token: string;
  beforeAll(async () => {
    world = makeWorld({ server: serverProgram(file), serverMembers: members, rules: BOOK_FREELY });
    serving = await serve(world);
    token = await giveToken(world, "worker");
  });
  afterAll(async () => {
    await serving.stop();
    await world.close();
  });
  return {
    world: () => world,
    end: () => serving.stop(),
    async client(kind: Kind, over: Reach["over"], answering: Answering = {}): Promise<AskedClient> {
      const reach: Reach = over === "stdio" ? { over, env: world.env } : { over, url: serving.url, token };
      const client = await connectAsked(kind, reach, answering);
      open.push(client);
      return client;
    },
  };
}

describe.each(SERVERS)("a server of %s that may ask", (_era, file, members) => {
  const { world, client: connect, end } = underOneGate(`${RELAY}\n${members}`, file);

  test.each(WAYS)(
    "P2, P5, P10: asks the client %s over %s in the middle of one call with one effect",
    async (kind, over) => {
      const id = `${kind} ${over}`;
      const known = new Set(intents(world()).map((entry) => entry["call"]));
      const client = await connect(kind, over);
      expect(textOf(await client.callTool({ name: "ledger_book", arguments: { id } }))).toBe("booked window");
      expect(client.asked).toMatchObject([{ message: "[ledger asks] Which seat?" }]);
      const effects = world()
        .effects()
        .filter((effect) => effect.id === id);
      expect(effects.map(({ tool }) => tool)).toEqual(["asked", "book"]);

      const [intent, ...others] = intents(world()).filter((entry) => !known.has(entry["call"]));
      expect(others).toEqual([]);
      const call = intent?.["call"];
      const [question, ...more] = entriesOf(world(), "question.asked", call);
      expect(more).toEqual([]);
      expect(question).toMatchObject({ agent: "worker", server: "ledger", method: "elicitation/create" });
      expect(entriesOf(world(), "question.answered", call)).toMatchObject([
        { question: question?.["question"], says: "accept" },
      ]);
      expect(entriesOf(world(), "call.outcome", call)).toMatchObject([{ status: "ok" }]);

      expect(textOf(await client.callTool({ name: "ledger_think" }))).toContain("a thought");
      expect(JSON.stringify(client.asked[1])).not.toContain("includeContext");
      expect(textOf(await client.callTool({ name: "ledger_visit" }))).toBe("accept");
      expect(client.asked[2]).toMatchObject({ mode: "url", url: "https://example.com/login?x=1" });
    },
  );

  test("P6: is on record with all of it, and the log proves itself", async () => {
    await end();
    expect(world().kidoban("log", "verify")).toMatchObject({ status: 0 });
  });
});

describe.each(SERVERS)("a server of %s that may ask nothing", (_era, file, members) => {
  const { world, client: connect } = underOneGate(members, file);

  test.each(WAYS)("P1: asks nothing of the client %s over %s, and does nothing for want of it", async (kind, over) => {
    const id = `${kind} ${over}`;
    const client = await connect(kind, over);
    const answer: unknown = await client
      .callTool({ name: "ledger_book", arguments: { id } })
      .catch(() => ({ isError: true }));
    expect(answer).toMatchObject({ isError: true });
    expect(client.asked).toEqual([]);
    expect(
      world()
        .effects()
        .some((effect) => effect.tool === "book" && effect.id === id),
    ).toBe(false);
    expect(
      world()
        .entries()
        .some((entry) => entry.kind === "question.asked"),
    ).toBe(false);
  });
});
