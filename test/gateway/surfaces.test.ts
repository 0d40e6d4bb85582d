/** Every surface of the protocol is governed: what the manifest does not name is neither listed, reached nor told apart. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { METHODS } from "../../src/mcp/methods.ts";
import { makeWorld, type World } from "./world.ts";
import { serverProgram } from "../programs.ts";

const SECRET = "surface-secret-0123456789";
const SERVER = serverProgram("surfaces.mjs");

type Client = Awaited<ReturnType<World["client"]>>;
let world: World;
let client: Client;
const told: { readonly method: string; readonly params?: unknown }[] = [];

/** Names what the agent may have of each kind, and gives the server a secret that it tells. */
function prepare(root: string): void {
  const manifest = join(root, "config", "manifests", "worker.yaml");
  const granted =
    '{ access: read-write, tools: [shown, "poke_*"], resources: ["notes://shown*", "notes://shown/*", "notes://pages/*"], prompts: [shown] }';
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace("{ access: read-write }", granted));
  mkdirSync(join(root, "config", "secrets"), { mode: 0o700 });
  writeFileSync(join(root, "config", "secrets", "token"), SECRET, { mode: 0o600 });
}
const options = {
  server: SERVER,
  config: "secrets:\n  TOKEN: { file: secrets/token }",
  serverMembers: '    env: { TOKEN: "${secret:TOKEN}" }',
  manifest: "wait: 1s",
  prepare,
};

beforeAll(async () => {
  world = makeWorld(options);
  client = await world.client({}, (fresh) => {
    fresh.fallbackNotificationHandler = async ({ method, params }) => void told.push({ method, params });
  });
});
afterAll(() => world.close());

const reached = (): { readonly method: string; readonly params?: unknown }[] =>
  readFileSync(join(world.root, "ledger.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly method: string; readonly params?: unknown });

/** The result, or the error's code and message. */
async function ask(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
  return client.request({ method, params }, z.unknown() as never).catch((error: unknown) => {
    const { code, message, data } = error as { code: number; message: string; data?: unknown };
    return { code, message: message.replace(/^MCP error -?\d+: /, ""), data };
  });
}

/** What an agent may have by each method, what it may not, and what never was: the last two are told apart by nothing. */
const GOVERNED: Readonly<
  Record<string, readonly { good: object; hidden?: object; unknown?: object; name?: RegExp }[]>
> = {
  "tools/call": [
    { good: { name: "ledger_shown" }, hidden: { name: "ledger_secret" }, unknown: { name: "ledger_absent" } },
  ],
  "resources/read": [
    { good: { uri: "notes://shown" }, hidden: { uri: "notes://secret" }, unknown: { uri: "notes://absent" } },
    { good: { uri: "notes://pages/7" }, hidden: { uri: "vault://x" }, unknown: { uri: "none://x" } },
    {
      good: { uri: "notes://pages/a%2Fb" },
      hidden: { uri: "notes://pages/../secret" },
      unknown: { uri: "notes://pages/%2e%2e" },
    },
  ],
  "resources/subscribe": [
    { good: { uri: "notes://shown" }, hidden: { uri: "notes://secret" }, unknown: { uri: "notes://absent" } },
  ],
  "prompts/get": [
    {
      good: { name: "ledger_shown", arguments: { topic: "t" } },
      hidden: { name: "ledger_secret" },
      unknown: { name: "ledger_absent" },
    },
  ],
  "completion/complete": [
    {
      good: { ref: { type: "ref/prompt", name: "ledger_shown" }, argument: { name: "topic", value: "" } },
      hidden: { ref: { type: "ref/prompt", name: "ledger_secret" }, argument: { name: "topic", value: "" } },
      unknown: { ref: { type: "ref/prompt", name: "ledger_absent" }, argument: { name: "topic", value: "" } },
    },
    {
      good: { ref: { type: "ref/resource", uri: "notes://pages/{page}" }, argument: { name: "page", value: "" } },
      hidden: { ref: { type: "ref/resource", uri: "vault://{key}" }, argument: { name: "key", value: "" } },
      unknown: { ref: { type: "ref/resource", uri: "none://{key}" }, argument: { name: "key", value: "" } },
    },
  ],
};

const LISTED: Readonly<Record<string, readonly string[]>> = {
  "tools/list": ["ledger_poke_lists", "ledger_poke_log", "ledger_poke_updated", "ledger_shown"],
  "resources/list": ["notes://shown", "notes://shown/below"],
  "resources/templates/list": ["notes://pages/{page}"],
  "prompts/list": ["ledger_shown"],
};

describe("P1: default deny for every method", () => {
  test.each(
    METHODS.filter(
      ({ sender, shape, fate, eras }) =>
        sender === "agent" && shape === "request" && fate === "governed" && eras.includes("legacy"),
    ).map(({ method }) => method),
  )("%s: what is not granted is as if it were not there, and never reaches the server", async (method) => {
    const listed = LISTED[method];
    if (listed !== undefined) {
      const [items] = Object.values((await ask(method)) as Record<string, Record<string, string>[]>);
      expect(items?.map((item) => item["uriTemplate"] ?? item["uri"] ?? item["name"])).toEqual(listed);
      return;
    }
    const cases = GOVERNED[method];
    if (cases === undefined) throw new Error(`nobody has decided what to expect of ${method}`);
    for (const { good, hidden, unknown } of cases) {
      expect(await ask(method, { ...good }), JSON.stringify(good)).not.toHaveProperty("code");
      const before = reached().length;
      const [left, right] = [await ask(method, { ...hidden }), await ask(method, { ...unknown })].map((error) =>
        JSON.stringify(error).replaceAll(
          /notes:\/\/[^"\s]*|vault:\/\/[^"\s]*|none:\/\/[^"\s]*|ledger_(?:secret|absent)/g,
          "NAME",
        ),
      );
      expect(left).toMatch(/^\{"code":-32/);
      expect(left).toBe(right);
      expect(reached().slice(before)).toEqual([]);
    }
  });

  test("declared is every kind that is granted, and no other (P1, P10)", async () => {
    expect(client.getServerCapabilities()).toEqual({
      tools: { listChanged: true },
      resources: { listChanged: true, subscribe: true },
      prompts: { listChanged: true },
      completions: {},
      logging: {},
    });
    const narrow = makeWorld({
      ...options,
      prepare(root) {
        prepare(root);
        const manifest = join(root, "config", "manifests", "worker.yaml");
        const text = readFileSync(manifest, "utf8").replace(/resources: \[.*?\], prompts: \[.*?\]/, "prompts: []");
        writeFileSync(manifest, text.replace("prompts: []", "resources: [], prompts: []"));
      },
    });
    try {
      const other = await narrow.client();
      expect(other.getServerCapabilities()).toEqual({ tools: { listChanged: true }, logging: {} });
    } finally {
      await narrow.close();
    }
  });

  test("every refusal, and every read, is on record", () => {
    const entries = world.entries();
    const denied = entries.filter(({ kind }) => kind === "call.denied");
    expect(denied.map(({ asked }) => asked)).toEqual(
      expect.arrayContaining(["ledger_secret", "notes://secret", "vault://x", "notes://pages/../secret"]),
    );
    const kinds = entries.flatMap(({ kind, target }) =>
      kind === "call.intent" ? [(target as { kind: string }).kind] : [],
    );
    expect(new Set(kinds)).toEqual(new Set(["tool", "resource", "prompt", "completion"]));
    expect(entries.filter(({ kind }) => kind === "resource.watched")).toHaveLength(1);
  });
});

/** What is told because of one call. */
const since = async (poke: string): Promise<typeof told> => {
  const before = told.length;
  await ask("tools/call", { name: poke });
  await new Promise((done) => setTimeout(done, 50));
  return told.slice(before);
};

describe("what a server says unasked", () => {
  test("P1: updates are told of what is watched, and of nothing else", async () => {
    const uris = (await since("ledger_poke_updated")).map(({ params }) => (params as { uri: string }).uri);
    // Below what is watched, and readable; `notes://secret` and the vault are neither.
    expect(uris).toEqual(["notes://shown", "notes://shown/below"]);
    await ask("resources/unsubscribe", { uri: "notes://shown" });
    expect(await since("ledger_poke_updated")).toEqual([]);
  });

  test("P9: log messages come from the level that was asked for, without the gate's secrets, and on record", async () => {
    expect(await since("ledger_poke_log")).toEqual([]);
    await ask("logging/setLevel", { level: "warning" });
    const said = await since("ledger_poke_log");
    expect(said.map(({ params }) => (params as { level: string }).level)).toEqual(["warning", "error"]);
    expect(JSON.stringify(said)).not.toContain(SECRET);
    expect(JSON.stringify(said)).toContain("[secret TOKEN]");
    expect(world.entries().filter(({ kind }) => kind === "message.relayed")).toHaveLength(2);
  });
});

test("P2: a prompt or resource that asks waits for a human; the same request is answered once, when it is approved", async () => {
  const asking = makeWorld({
    ...options,
    rules: '  - { id: ask, effect: ask, match: ["prompt:ledger/shown", "resource:ledger/notes://shown"] }',
  });
  try {
    const agent = await asking.client();
    const get = () => agent.getPrompt({ name: "ledger_shown", arguments: { topic: "t" } });
    const read = () => agent.readResource({ uri: "notes://shown" });
    for (const again of [get, read]) {
      await expect(again()).rejects.toThrow(/NOT EXECUTED.*human's approval/);
      const [request] = await asking.waitFor(["pending"]);
      if (request === undefined) throw new Error("nothing waits");
      await asking.answer(request, "approve");
      expect(JSON.stringify(await again())).toMatch(/shown/);
      await expect(again()).rejects.toThrow(/NOT EXECUTED/);
      const [second] = await asking.waitFor(["pending"]);
      if (second === undefined) throw new Error("nothing waits");
      await asking.answer(second, "deny");
      await expect(again()).rejects.toThrow(/DENIED by tester|NOT EXECUTED/);
    }
    await expect(
      agent.request({ method: "resources/subscribe", params: { uri: "notes://shown" } }, z.any()),
    ).rejects.toThrow(/waits for a human/);
    const completion = {
      ref: { type: "ref/prompt", name: "ledger_shown" },
      argument: { name: "topic", value: "" },
    } as const;
    await expect(agent.complete(completion)).rejects.toThrow(/Nothing to complete/);
  } finally {
    await asking.close();
  }
});
