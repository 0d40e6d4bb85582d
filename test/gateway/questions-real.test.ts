/** Questions of real servers where something else is at stake too: approvals, roots, URLs, servers without measure, changed rules. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectAsked, type Answering, type AskedClient } from "./asking-clients.ts";
import type { Kind } from "./serve-world.ts";
import { makeWorld, textOf, type World } from "./world.ts";
import { serverProgram } from "../programs.ts";

const RELAY = "    asks: { elicitation: relay, sampling: relay }";
const ERA = "    env: { ERA: modern }";
const LEGACY = serverProgram("asks-v1.mjs");
const MODERN = serverProgram("asks-v2.mjs");
const BOTH = ["v1", "v2 modern"] as const;

const withRoots = (root: string): void => {
  const path = join(root, "config", "manifests", "worker.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace("access: read-write", "access: read-write, roots: [./work]"));
};

/** One world for many tests, with a client of each era in a gate of its own. */
function shared(options: Parameters<typeof makeWorld>[0]) {
  let world: World;
  const clients = new Map<Kind, AskedClient>();
  const extra: AskedClient[] = [];
  let seen = new Set<string>();
  let effects = 0;
  beforeAll(async () => {
    world = makeWorld(options);
    for (const kind of BOTH) clients.set(kind, await connectAsked(kind, { over: "stdio", env: world.env }));
  });
  beforeEach(() => {
    for (const { asked, completed } of clients.values()) asked.length = completed.length = 0;
    seen = new Set(world.entries().map((entry) => JSON.stringify(entry)));
    effects = world.effects().length;
  });
  afterEach(async () => {
    await Promise.all(extra.splice(0).map((client) => client.close()));
  });
  afterAll(async () => {
    await Promise.all([...clients.values()].map((client) => client.close()));
    await world.close();
  });
  return {
    world: () => world,
    client: (kind: Kind): AskedClient => {
      const client = clients.get(kind);
      if (client === undefined) throw new Error(`no client ${kind}`);
      return client;
    },
    async another(kind: Kind, answering: Answering): Promise<AskedClient> {
      const client = await connectAsked(kind, { over: "stdio", env: world.env }, answering);
      extra.push(client);
      return client;
    },
    /** Entries since the test began. */
    news: (kind: string) => world.entries().filter((entry) => entry.kind === kind && !seen.has(JSON.stringify(entry))),
    effects: () => world.effects().slice(effects),
  };
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
/** A refusal is a result or an error, as the server's SDK has it. */
const refused = (promise: Promise<unknown>): Promise<unknown> => promise.catch(() => ({ isError: true }));
const REFUSED = { isError: true };

async function abilitiesOf(client: AskedClient): Promise<unknown> {
  const said = JSON.parse(textOf(await client.callTool({ name: "ledger_abilities" }))) as Record<string, unknown>;
  return said["io.modelcontextprotocol/clientCapabilities"] ?? said;
}

describe.each([
  ["2025", { server: LEGACY, serverMembers: RELAY, prepare: withRoots }],
  ["2026", { server: MODERN, serverMembers: `${RELAY}\n${ERA}`, prepare: withRoots }],
] as const)("a server of %s", (_era, options) => {
  const { world, client: of, news, effects } = shared(options);

  test.each(BOTH)(
    "P2, P5: is asked for a write once %s's call is approved; its question is no second approval",
    async (kind) => {
      const client = of(kind);
      const calling = client.callTool({ name: "ledger_book", arguments: { id: kind } });
      const [request] = await world().waitFor(["pending"]);
      expect([effects(), client.asked]).toEqual([[], []]);
      if (request !== undefined) await world().answer(request, "approve");
      expect(textOf(await calling)).toBe("booked window");
      expect(effects().map(({ tool }) => tool)).toEqual(["asked", "book"]);
      for (const once of ["request.opened", "request.answered", "request.claimed", "question.asked", "call.intent"])
        expect(news(once)).toHaveLength(1);
      expect(news("call.outcome")).toMatchObject([{ status: "ok" }]);
    },
  );

  test.each(BOTH)("has its roots from the manifest and never from the client %s", async (kind) => {
    const client = of(kind);
    const { href } = pathToFileURL(join(world().folder, "work"));
    expect(textOf(await client.callTool({ name: "ledger_where" }))).toContain(`"uri":"${href}"`);
    expect(client.asked).toEqual([]);
    const [told] = news("question.asked");
    expect(told).toMatchObject({ agent: "worker", server: "ledger", method: "roots/list" });
    expect(news("question.answered")).toMatchObject([{ question: told?.["question"], says: "result" }]);
  });
});

describe("a server of 2025", () => {
  const { client: of, another, news } = shared({ server: LEGACY, serverMembers: RELAY });

  test.each(BOTH)("does not ask %s in a way that it did not declare", async (kind) => {
    const client = await another(kind, { capabilities: { elicitation: { form: {} }, sampling: {} } });
    for (const name of ["ledger_visit", "ledger_think_with_tools"])
      expect(await refused(client.callTool({ name }))).toMatchObject(REFUSED);
    expect(client.asked).toEqual([]);
    expect(news("message.refused").map((entry) => entry["method"])).toEqual([
      "elicitation/create",
      "sampling/createMessage",
    ]);
  });

  test("P1: is told of no roots where the manifest gives none", async () => {
    expect(await refused(of("v1").callTool({ name: "ledger_where" }))).toMatchObject(REFUSED);
  });

  test("asks to open a URL, which passes unchanged, and tells when that is over", async () => {
    const client = of("v1");
    expect(textOf(await client.callTool({ name: "ledger_visit", arguments: { message: "Log in" } }))).toBe("accept");
    const url = "https://example.com/login?x=1";
    expect(client.asked).toMatchObject([
      { mode: "url", message: "[ledger asks] Log in", url, elicitationId: "ledger/e-1" },
    ]);
    expect(client.completed).toEqual(["ledger/e-1"]);
  });

  test("asks the same by an error, which passes to a client of 2025, said who asks", async () => {
    const calling = of("v1").callTool({ name: "ledger_must_visit", arguments: { message: "m" } });
    expect(await failure(calling)).toMatchObject({
      code: -32042,
      data: { elicitations: [{ message: "[ledger asks] m", url: "https://example.com/grant" }] },
    });
  });

  test("P1: does not reach a client of 2026 by that error", async () => {
    const error = await failure(of("v2 modern").callTool({ name: "ledger_must_visit" }));
    expect(error).toMatchObject({ code: -32603 });
    expect(JSON.stringify(error)).not.toContain("example.com");
  });

  test("is refused from the hundred-and-first question on", async () => {
    const client = of("v1");
    expect(await refused(client.callTool({ name: "ledger_often" }))).toMatchObject(REFUSED);
    expect(client.asked).toHaveLength(100);
  });

  test.each(BOTH)("P7: cannot make its question to %s look like the gate's own dialog", async (kind) => {
    const client = of(kind);
    await client.callTool({ name: "ledger_imitate" });
    expect(String(client.asked[0]?.["message"])).toMatch(/^\[ledger asks\] Approve book on ledger\?/);
    // And an answer to it approves nothing.
    expect(news("request.answered")).toEqual([]);
  });
});

describe("a server of 2025 with elicitation alone", () => {
  const { client: of, another } = shared({ server: LEGACY, serverMembers: "    asks: { elicitation: relay }" });

  test("is told so at its start, whoever will call", async () => {
    const client = await another("v1", { capabilities: {} });
    expect(await abilitiesOf(client)).toEqual({ elicitation: { form: {}, url: {} } });
    expect(await refused(client.callTool({ name: "ledger_visit" }))).toMatchObject(REFUSED);
  });

  test("P1: does not sample", async () => {
    expect(await refused(of("v1").callTool({ name: "ledger_think" }))).toMatchObject(REFUSED);
    expect(of("v1").asked).toEqual([]);
  });
});

describe("a server of 2026", () => {
  const {
    client: of,
    another,
    news,
    effects,
  } = shared({
    server: MODERN,
    serverMembers: `    asks: { elicitation: relay }\n${ERA}`,
  });

  test("is told with each request what is configured and this client declared", async () => {
    expect(await abilitiesOf(of("v1"))).toEqual({ elicitation: { form: {}, url: {} } });
    const forms = await another("v2 modern", { capabilities: { elicitation: { form: {} }, sampling: {} } });
    expect(await abilitiesOf(forms)).toEqual({ elicitation: { form: {} } });
    const nothing = await another("v2 modern", { capabilities: {} });
    expect(await abilitiesOf(nothing)).toEqual({});
  });

  test.each(BOTH)("that asks forever is left after ten rounds with %s", async (kind) => {
    const client = of(kind);
    await failure(client.callTool({ name: "ledger_forever" }));
    expect(effects().length).toBeLessThanOrEqual(11);
    expect(client.asked.length).toBeLessThanOrEqual(10);
    expect(news("call.intent")).toHaveLength(1);
    expect(await client.callTool({ name: "ledger_plain" })).toMatchObject({ content: [{ text: "plain" }] });
  });

  test("P10: that only wants to be asked again is asked again, in one call", async () => {
    expect(textOf(await of("v1").callTool({ name: "ledger_patient" }))).toBe("after 3");
    expect(news("call.intent")).toHaveLength(1);
  });
});

describe("a held call that nobody waits for any more", () => {
  const { world, client: of, news, effects } = shared({ server: LEGACY, serverMembers: RELAY, manifest: "wait: 0s" });

  test.each(BOTH)("P5: is run by kidoban_wait, whose caller %s answers what the server asks", async (kind) => {
    const client = of(kind);
    const held = await client.callTool({ name: "ledger_book", arguments: { id: kind } });
    expect(textOf(held)).toContain("NOT EXECUTED");
    const [request] = await world().waitFor(["pending"]);
    if (request !== undefined) await world().answer(request, "approve");
    const waited = await client.callTool({ name: "kidoban_wait", arguments: { id: request?.id } });
    expect(textOf(waited)).toBe("booked window");
    expect(effects().map(({ tool }) => tool)).toEqual(["asked", "book"]);
    expect(news("call.intent")).toHaveLength(1);
  });
});

describe("P12: what may be asked", () => {
  const { world, client: of, news } = shared({ server: LEGACY, serverMembers: "    asks: { elicitation: relay }" });
  const configure = async (asks: string): Promise<void> => {
    const text = readFileSync(world().config, "utf8");
    writeFileSync(world().config, text.replace(/\n {4}asks:.*/, `\n    asks: { ${asks} }`));
    // Each of the two gates has taken it up.
    while (news("config.proposed").length < 2) await new Promise((done) => setTimeout(done, 20));
  };

  test("waits for a human where it is more", async () => {
    await configure("elicitation: relay, sampling: relay");
    expect(await refused(of("v1").callTool({ name: "ledger_think" }))).toMatchObject(REFUSED);
    expect(of("v1").asked).toEqual([]);
    expect(world().kidoban("accept", "--json").out).toContain('"asks"');
  });

  test("holds at once where it is less, in gates that run", async () => {
    await configure("sampling: deny");
    expect(await refused(of("v1").callTool({ name: "ledger_visit" }))).toMatchObject(REFUSED);
    expect(of("v1").asked).toEqual([]);
  });
});
