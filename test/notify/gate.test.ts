/** Real gates that tell people, real listeners that are told. */

import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeWorld, textOf, type World } from "../gateway/world.ts";
import { listen, type Received } from "./sample.ts";

const KEY = "a signing secret of more than 24 bytes";
const closing: (() => Promise<void>)[] = [];
let world: World | undefined;
beforeEach(() => {
  world = undefined;
});
afterEach(async () => {
  await world?.close();
  for (const close of closing.splice(0)) await close();
});

type Answer = Parameters<typeof listen>[0];
const ok: Answer = (_, response) => void response.end("ok");

interface Listener {
  readonly url: string;
  readonly got: Received[];
  /** Resolves once so many came. */
  came(count: number): Promise<readonly Received[]>;
}

async function listener(answer: Answer = ok): Promise<Listener> {
  const got: Received[] = [];
  const { url, close } = await listen((received, response, request) => {
    got.push(received);
    answer(received, response, request);
  });
  closing.push(close);
  return {
    url,
    got,
    async came(count) {
      for (let tries = 0; got.length < count && tries < 600; tries += 1) await sleep(25);
      expect(got.length).toBeGreaterThanOrEqual(count);
      return got;
    },
  };
}

const SECRETS = "secrets:\n  HOOK: { file: secrets/hook }\n  CHAT: { file: secrets/chat }\n";
const prepare =
  (chat = "https://hooks.example.com/none") =>
  (root: string): void => {
    const folder = join(root, "config", "secrets");
    mkdirSync(folder, { recursive: true });
    for (const [name, value] of [
      ["hook", KEY],
      ["chat", chat],
    ] as const) {
      writeFileSync(join(folder, name), `${value}\n`);
      chmodSync(join(folder, name), 0o600);
    }
  };
const webhook = (url: string, more = ""): string =>
  `  - { webhook: ${JSON.stringify(url)}, secret: "\${secret:HOOK}"${more} }\n`;
const configOf = (...channels: readonly string[]): string => `${SECRETS}notify:\n${channels.join("")}`;

const made = (config: string, more: { readonly chat?: string; readonly manifest?: string } = {}): World =>
  (world = makeWorld({
    config,
    prepare: prepare(more.chat),
    ...(more.manifest === undefined ? {} : { manifest: more.manifest }),
  }));

const ARGUMENTS = {
  id: "name-of-the-entry",
  value: "value-that-nobody-is-told",
  kidoban_reason: "reason-of-the-agent",
};
const dataOf = ({ body }: Received) =>
  JSON.parse(body) as { readonly type: string; readonly data: Record<string, unknown> };

describe("a request that waits", () => {
  test("is told to every channel once, in its own format, and on record by their names", async () => {
    const [hook, slack] = [await listener(), await listener()];
    const config = configOf(webhook(hook.url), '  - { slack: "${secret:CHAT}", private: true, lang: ja }\n');
    const here = made(`${config}console: { listen: "127.0.0.1:7999", url: "https://kidoban.example.com" }\n`, {
      chat: `${slack.url}?secret-of-the-address`,
    });
    const client = await here.client();
    const call = client.callTool({ name: "ledger_append", arguments: ARGUMENTS });
    const [[message], [card]] = await Promise.all([hook.came(1), slack.came(1)]);
    const [request] = await here.waitFor(["pending"]);
    if (request === undefined || message === undefined || card === undefined) throw new Error("nothing came");
    expect(dataOf(message)).toMatchObject({
      type: "request.opened",
      data: { code: request.code, agent: "worker", server: "ledger", name: "append", access: "write", need: 1 },
    });
    expect(card.body).toContain(`承認が必要です: ${request.code}`);
    for (const { body } of [message, card]) {
      for (const secret of ["name-of-the-entry", "value-that-nobody", "reason-of-the-agent", request.nonce, KEY])
        expect(body).not.toContain(secret);
      expect(body).toContain(`https://kidoban.example.com/requests/${request.id}`);
    }
    await here.answer(request, "approve");
    expect((await call).isError).toBeFalsy();

    await client.close();
    const sent = here.entries().filter(({ kind }) => kind === "notification.sent");
    expect(new Set(sent.map(({ channel }) => channel))).toEqual(new Set(["slack", "webhook"]));
    expect(sent).toMatchObject([{ request: request.id, attempts: 1 }, { request: request.id }]);
    expect(hook.got).toHaveLength(1);
    expect(slack.got).toHaveLength(1);
    // P9: neither the key nor the address that is a secret, in the log, the store or what the client heard.
    for (const secret of [KEY, "secret-of-the-address"]) {
      expect(here.everything()).not.toContain(secret);
      expect(client.said()).not.toContain(secret);
    }
  });

  test("is told for as long as it takes: a receiver that is down at first hears of it under one id", async () => {
    let isDown = true;
    const hook = await listener((_, response) => void response.writeHead(isDown ? 503 : 200).end());
    const here = made(configOf(webhook(hook.url)));
    await here.state();
    const client = await here.client();
    const call = client.callTool({ name: "ledger_append", arguments: ARGUMENTS }).catch(() => undefined);
    await hook.came(1);
    isDown = false;
    await hook.came(2);
    expect(new Set(hook.got.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    const [request] = await here.waitFor(["pending"]);
    if (request !== undefined) await here.answer(request, "deny");
    await call;
  });

  test("of a gate that was killed while it told is told by another gate, under the same id", async () => {
    let isHanging = true;
    const hook = await listener((received, response, request) => {
      if (!isHanging) ok(received, response, request);
    });
    const here = made(configOf(webhook(hook.url)));
    await here.state();
    const client = await here.client();
    const call = client.callTool({ name: "ledger_append", arguments: ARGUMENTS }).catch(() => undefined);
    await hook.came(1);
    process.kill(client.pid(), "SIGKILL");
    await call;
    isHanging = false;
    await here.client();
    await hook.came(2);
    expect(new Set(hook.got.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  test("of a gate that died before it could write it down is told by the next one, under the same id", async () => {
    const hook = await listener();
    const here = made(configOf(webhook(hook.url)));
    const client = await here.client();
    const call = client.callTool({ name: "ledger_append", arguments: ARGUMENTS }).catch(() => undefined);
    await hook.came(1);
    process.kill(client.pid(), "SIGKILL");
    await call;
    await here.tamper("DELETE FROM outbox");
    await here.client();
    await hook.came(2);
    expect(new Set(hook.got.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });
});

/** Nobody listens there. */
const DEAD = "http://127.0.0.1:1/hook";

describe("P9: a channel's secrets", () => {
  test("are searched for in what passes, as those of servers are", async () => {
    const here = made(configOf(webhook("https://hooks.example.com/x"), '  - { slack: "${secret:CHAT}" }\n'), {
      chat: "https://hooks.example.com/services/secret-of-the-address",
      manifest: "wait: 1s",
    });
    const client = await here.client();
    for (const value of [KEY, "see https://hooks.example.com/services/secret-of-the-address"]) {
      const result = await client.callTool({ name: "ledger_append", arguments: { id: "a", value } });
      expect(textOf(result)).toContain("credential of the gate's own configuration");
    }
    expect(here.everything()).not.toContain("secret-of-the-address");
  });

  test("that cannot be read keep no gate from its work", async () => {
    const here = made(configOf(webhook("https://hooks.example.com/x")));
    rmSync(join(here.folder, "secrets"), { recursive: true });
    const client = await here.client();
    expect((await client.callTool({ name: "ledger_read", arguments: { id: "a" } })).isError).toBeFalsy();
  });
});

describe("broken glass", () => {
  test("is told to everybody, with who broke it, also to channels for other groups", async () => {
    const hook = await listener();
    const rules = `  - { id: two, effect: ask, match: [ledger/append], approval: { from: [db], need: 2, break_glass: [ops] } }`;
    const here = (world = makeWorld({
      config: `${configOf(webhook(hook.url, ", for: [security]"))}approvals: { break_glass: [ops] }\n`,
      rules,
      prepare: prepare(),
    }));
    await here.state();
    const client = await here.client();
    const call = client.callTool({ name: "ledger_append", arguments: ARGUMENTS });
    const [request] = await here.waitFor(["pending"]);
    if (request === undefined) throw new Error("no request");
    const answered = await here.answer(request, "break-glass", undefined, undefined, "the disk is full");
    expect(answered.kind).toBe("counted");
    expect((await call).isError).toBeFalsy();
    const [message] = await hook.came(1);
    if (message === undefined) throw new Error("nothing came");
    expect(dataOf(message)).toMatchObject({ type: "glass.broken", data: { code: request.code, by: "tester" } });
    expect(message.body).not.toContain("the disk is full");
    expect(hook.got).toHaveLength(1);
  });
});

describe("a console", () => {
  test("tells what a dead gate left, and P12: to accepted channels only, as far as they still stand in the files", async () => {
    let isHanging = true;
    const [hook, added] = [
      await listener((got, response, request) => void (isHanging || ok(got, response, request))),
      await listener(),
    ];
    const here = made(`${configOf(webhook(hook.url))}console: { listen: "127.0.0.1:0" }\n`);
    const client = await here.client();
    const call = client.callTool({ name: "ledger_append", arguments: ARGUMENTS }).catch(() => undefined);
    await hook.came(1);
    process.kill(client.pid(), "SIGKILL");
    await call;
    here.writeConfig(
      `${configOf(webhook(hook.url), webhook(added.url, ", name: added"))}console: { listen: "127.0.0.1:0" }\n`,
    );
    isHanging = false;
    const [node = "", program = ""] = here.command("worker");
    const console = spawn(node, [program, "console"], { env: here.env, cwd: here.root, stdio: "ignore" });
    try {
      await hook.came(2);
      expect(new Set(hook.got.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
      expect(added.got).toEqual([]);
      await here.accept();
      await added.came(1);
    } finally {
      console.kill("SIGTERM");
      await new Promise((resolve) => console.once("close", resolve));
    }
  });
});

describe("where nobody can be told", () => {
  test("the agent is told so at once, and what it asked for waits all the same", async () => {
    const here = made(configOf(webhook(DEAD), webhook(DEAD, ", name: other")), {
      manifest: "wait: 10m",
    });
    const client = await here.client();
    const result = await client.callTool({ name: "ledger_append", arguments: ARGUMENTS });
    expect(textOf(result)).toContain("NOBODY COULD BE TOLD");
    expect(textOf(result)).toContain("kidoban approve");
    const [request] = await here.waitFor(["pending"]);
    if (request === undefined) throw new Error("no request");
    // Told once, it may wait: this does not come back at once.
    const waiting = client.callTool({ name: "kidoban_wait", arguments: { id: request.id } });
    await here.answer(request, "approve");
    expect((await waiting).isError).toBeFalsy();
    expect(here.effects()).toHaveLength(1);
    const failed = here.entries().filter(({ kind }) => kind === "notification.failed");
    expect(failed).toMatchObject([
      { problem: "ECONNREFUSED", final: false },
      { problem: "ECONNREFUSED", final: false },
    ]);
    expect(JSON.stringify(failed)).not.toContain("127.0.0.1");

    const { out } = here.kidoban("check");
    expect(out).toContain("channel webhook did not take a message (it cannot be reached (ECONNREFUSED))");
  });

  test("it is not, while one channel takes it, or somebody sits before a list of requests", async () => {
    const hook = await listener();
    const here = made(configOf(webhook(DEAD), webhook(hook.url, ", name: other")), { manifest: "wait: 1s" });
    const client = await here.client();
    expect(textOf(await client.callTool({ name: "ledger_append", arguments: ARGUMENTS }))).not.toContain("NOBODY");
    await client.close();

    here.writeConfig(configOf(webhook(DEAD, ", name: third")));
    await here.accept();
    const attended = await here.client();
    const more = { ...ARGUMENTS, id: "another" };
    expect(textOf(await attended.callTool({ name: "ledger_append", arguments: more }))).not.toContain("NOBODY");
  });

  test("nor while a console runs beside kidoban serve", async () => {
    const here = made(`${configOf(webhook(DEAD))}console: { listen: "127.0.0.1:0" }\n`, {
      manifest: "wait: 1s",
    });
    const [node = "", program = ""] = here.command("worker");
    const serve = spawn(node, [program, "serve", "--listen", "127.0.0.1:0"], { env: here.env, cwd: here.root });
    try {
      let out = "";
      await new Promise<void>((resolve) =>
        serve.stdout.on("data", (chunk: Buffer) => {
          out += chunk.toString();
          if (out.includes("/mcp")) resolve();
        }),
      );
      const client = await here.client();
      expect(textOf(await client.callTool({ name: "ledger_append", arguments: ARGUMENTS }))).not.toContain("NOBODY");
    } finally {
      serve.kill("SIGKILL");
      await new Promise((resolve) => serve.once("close", resolve));
    }
    // Its note stays, and it is dead.
    const client = await here.client();
    const more = { ...ARGUMENTS, id: "another" };
    // One second may be too short for an attempt to fail; the same call joins its request again.
    const again = async () => textOf(await client.callTool({ name: "ledger_append", arguments: more }));
    await expect.poll(again, { timeout: 60_000 }).toContain("NOBODY");
  });

  test("without any channel the answer is as it ever was", async () => {
    const here = made("", { manifest: "wait: 1s" });
    const client = await here.client();
    expect(textOf(await client.callTool({ name: "ledger_append", arguments: ARGUMENTS }))).not.toContain("NOBODY");
  });
});

describe("P12: who is told is part of the configuration", () => {
  test("a channel that was added is told nothing before it is accepted, and then of what still waits", async () => {
    const [old, added] = [await listener(), await listener()];
    const here = made(configOf(webhook(old.url)));
    await here.state();
    const client = await here.client();
    await client.listTools();
    const both = configOf(webhook(old.url), webhook(added.url, ", name: added"));
    here.writeConfig(both);
    const proposed = async () => here.entries().some(({ kind }) => kind === "config.proposed");
    for (let tries = 0; tries < 800 && !(await proposed()); tries += 1) await sleep(25);
    const call = client.callTool({ name: "ledger_append", arguments: ARGUMENTS }).catch(() => undefined);
    await old.came(1);
    expect(here.kidoban("accept").out).toContain(`told by channel added\n    + webhook ${added.url}`);
    expect(added.got).toEqual([]);
    expect(await here.accept()).toEqual({ kind: "accepted" });
    await added.came(1);
    expect(old.got).toHaveLength(1);
    const [request] = await here.waitFor(["pending"]);
    if (request !== undefined) await here.answer(request, "deny");
    await call;
  });

  test("one that was taken out or changed is told nothing at once, accepted or not", async () => {
    const [kept, gone] = [await listener(), await listener()];
    const here = made(configOf(webhook(kept.url), webhook(gone.url, ", name: gone")));
    await here.state();
    const client = await here.client();
    await client.listTools();
    here.writeConfig(configOf(webhook(kept.url), webhook(`${gone.url}?changed`, ", name: gone")));
    const proposed = () => here.entries().some(({ kind }) => kind === "config.proposed");
    for (let tries = 0; tries < 800 && !proposed(); tries += 1) await sleep(25);
    const call = client.callTool({ name: "ledger_append", arguments: ARGUMENTS }).catch(() => undefined);
    await kept.came(1);
    const [request] = await here.waitFor(["pending"]);
    if (request !== undefined) await here.answer(request, "deny");
    await call;
    expect(gone.got).toEqual([]);
  });
});

/** Not by `kidoban`, which blocks this process and with it the listeners. */
async function beside(
  here: World,
  ...args: readonly string[]
): Promise<{ readonly code: unknown; readonly out: string }> {
  const [node = "", program = ""] = here.command("worker");
  const child = spawn(node, [program, ...args], { env: here.env, cwd: here.root });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  return { code: await new Promise((done) => child.on("close", done)), out };
}

describe("a stop", () => {
  test("is told once, however many gates hear of it", async () => {
    const hook = await listener();
    const here = made(configOf(webhook(hook.url)));
    await here.client();
    await here.client();
    expect((await beside(here, "stop", "--reason", "something is wrong")).code).toBe(0);
    const [message] = await hook.came(1);
    if (message === undefined) throw new Error("nothing came");
    expect(dataOf(message)).toMatchObject({ type: "stop.placed", data: {} });
    // Anybody with a shell can write a reason; it stands in the log.
    expect(message.body).not.toContain("something is wrong");
    await sleep(500);
    expect(hook.got).toHaveLength(1);
  });

  test("is told by whoever places it where no gate runs, and what cannot be delivered is said and kept", async () => {
    const [hook, ill] = [await listener(), await listener((_, response) => void response.writeHead(503).end())];
    const here = made(configOf(webhook(hook.url), webhook(ill.url, ", name: ill")));
    await (await here.client()).close();
    const { code, out } = await beside(here, "stop", "--reason", "drill", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ acknowledged: 0, told: ["webhook"], waiting: ["ill"] });
    expect(hook.got.map((each) => dataOf(each).type)).toEqual(["stop.placed"]);
    expect(ill.got).toHaveLength(1);
  });
});

describe("kidoban notify test", () => {
  test("sends a message to each accepted channel, tells which took it, and shows no secret to another", async () => {
    const [well, ill, added] = [
      await listener(),
      await listener((_, response) => void response.writeHead(500).end()),
      await listener(),
    ];
    const here = made(configOf(webhook(well.url), webhook(ill.url, ", name: ill")));
    expect(here.kidoban("notify", "test")).toMatchObject({
      status: 1,
      out: expect.stringContaining("Nothing is accepted"),
    });
    await (await here.client()).close();
    here.writeConfig(configOf(webhook(well.url), webhook(ill.url, ", name: ill"), webhook(added.url, ", name: added")));
    const { code, out } = await beside(here, "notify", "test");
    expect(code).toBe(1);
    expect(out).toMatch(/webhook\s+taken/);
    expect(out).toMatch(/ill\s+failed: HTTP 500/);
    expect(out).toMatch(/added\s+not tried: it is not accepted yet/);
    expect([well.got.length, ill.got.length, added.got.length]).toEqual([1, 1, 0]);
    expect(dataOf(well.got[0] ?? { headers: {}, body: "{}" }).type).toBe("test");
  });
});

describe("a gate's start", () => {
  test("loads nothing of this: neither mail nor senders are in what a start reads", () => {
    const dist = resolve(import.meta.dirname, "../../dist");
    const files = new Map(
      readdirSync(dist)
        .filter((name) => name.endsWith(".js"))
        .map((name) => [name, readFileSync(join(dist, name), "utf8")]),
    );
    if (!files.has("gate.js")) throw new Error("dist/ is missing: run `npm run build`");
    const reached = new Set<string>();
    const follow = (name: string): void => {
      if (reached.has(name)) return;
      reached.add(name);
      const text = files.get(name) ?? "";
      for (const [, next] of text.matchAll(/(?:from|import)"\.\/([\w-]+\.js)"/g)) follow(next ?? "");
    };
    follow("gate.js");
    follow("kidoban.js");
    expect(reached.size).toBeGreaterThan(3);
    const all = [...reached].map((name) => files.get(name)).join("\n");
    expect(all).not.toContain("SMTPConnection");
    expect(all).not.toContain("webhook-signature");
    expect(all).not.toContain("AdaptiveCard");
    expect(all).not.toContain("ZodError");
    expect([...files.values()].join("\n")).toContain("SMTPConnection");
  });
});
