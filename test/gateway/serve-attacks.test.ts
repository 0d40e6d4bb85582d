import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { legacy, modern, raw, session, stream, type Raw } from "./raw-http.ts";
import { addAgent, giveToken, serve, type Serving } from "./serve-world.ts";
import { makeWorld, type World } from "./world.ts";
import { plainText } from "../plain.ts";

let world: World;
let serving: Serving;
let url: string;
let token: string;
let others: string;
beforeAll(async () => {
  world = makeWorld({ rules: "  - { id: free, effect: allow, match: [ledger/append] }" });
  addAgent(world, "other");
  serving = await serve(world);
  ({ url } = serving);
  token = await giveToken(world, "worker");
  others = await giveToken(world, "other");
});
afterAll(async () => {
  await serving.stop();
  await world.close();
});

const list = (headers: Record<string, string | undefined> = {}, path?: string) =>
  raw(url, { ...modern(token, "tools/list", {}, headers), ...(path === undefined ? {} : { path }) });
const append = (id: string) => ({ name: "ledger_append", arguments: { id, value: "x" } });
const codeOf = ({ body }: Raw): unknown => (JSON.parse(body) as { error?: { code: number } }).error?.code;
const everything = (): string =>
  ["log", "."]
    .map((folder) => join(world.stateDir, folder))
    .flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true })
        .filter((one) => one.isFile())
        .map((one) => join(folder, one.name)),
    )
    .map((path) => plainText(path))
    .join("\n");

describe("who may ask", () => {
  test.each([
    ["another name", "evil.example.com"],
    ["a name that only begins like ours", "localhost.evil.example.com"],
    ["a name with ours before it", "127.0.0.1@evil.example.com"],
    ["no name at all", "[::2]:80:80"],
    ["several", "localhost, evil.example.com"],
  ])("a page whose Host is %s is told nothing", async (_, host) => {
    const answer = await list({ host });
    expect([400, 403]).toContain(answer.status);
    expect(answer.body).not.toContain("ledger");
  });

  test.each([
    "http://evil.example.com",
    "https://localhost.evil.example.com",
    "null",
    "file://",
    "http://localhost:80@evil",
  ])("a page of %s is told nothing, token or not", async (origin) => {
    expect((await list({ origin })).status).toBe(403);
  });

  test.each(["http://localhost:7310", "http://127.0.0.1", "https://[::1]:8443", undefined])(
    "a page of this machine may ask: %s",
    async (origin) => {
      expect((await list({ origin })).status).toBe(200);
    },
  );

  test("no browser is invited: no CORS header, no preflight", async () => {
    const answers = [await list({ origin: "http://localhost:1" }), await raw(url, { method: "OPTIONS" })];
    for (const { headers } of answers)
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    expect(answers[1]?.status).toBe(405);
  });

  test("a missing, wrong, unknown, expired, revoked or foreign token is told one and the same thing (P7)", async () => {
    const revoked = await giveToken(world, "worker");
    await (await world.state()).store.revokeToken(revoked.slice(4, 16), Date.now());
    const cases: Record<string, string | undefined> = {
      missing: undefined,
      empty: "Bearer ",
      basic: "Basic d29ya2VyOng=",
      stranger: "Bearer abc",
      unknown: `Bearer kdb_000000000000_${"A".repeat(43)}`,
      "right id, wrong secret": `Bearer ${token.slice(0, 17)}${"A".repeat(43)}`,
      "right secret, another's id": `Bearer ${others.slice(0, 17)}${token.slice(17)}`,
      expired: `Bearer ${await giveToken(world, "worker", -1)}`,
      revoked: `Bearer ${revoked}`,
      "another configuration's": `Bearer ${await giveToken(world, "worker", 60_000, "/elsewhere/kidoban.yaml")}`,
      "an agent's that is gone": `Bearer ${await giveToken(world, "nobody")}`,
    };
    const told = new Set<string>();
    for (const [name, authorization] of Object.entries(cases)) {
      const { status, body, headers } = await list({ authorization });
      expect([name, status]).toEqual([name, 401]);
      told.add(`${body} ${headers["www-authenticate"]}`);
    }
    expect(told.size).toBe(1);
    expect([...told][0]).toMatch(/ Bearer realm="kidoban"$/);
    // Recorded as what it was, by the public part of the token alone.
    const reasons = world.entries().filter((entry) => entry.kind === "auth.refused");
    expect(reasons.map((entry) => entry["reason"])).toEqual(
      expect.arrayContaining(["no token", "no token of ours", "unknown", "wrong", "expired", "revoked", "foreign"]),
    );
  });

  test.each(["", "/mcp"])(
    "nobody is sent to an issuer where none is configured: there is no metadata at %j",
    async (suffix) => {
      const path = `/.well-known/oauth-protected-resource${suffix}`;
      expect((await raw(url, { method: "GET", path })).status).toBe(404);
    },
  );

  test("strangers cannot fill the log", async () => {
    const before = world.entries().length;
    for (let n = 0; n < 200; n += 1) await raw(url, { body: "{}" });
    expect(world.entries().length - before).toBeLessThan(20);
  });

  test.each(["access_token", "token", "x"])("a query is refused, whatever is in it: %s (P9)", async (name) => {
    const answer = await list({ authorization: undefined }, `/mcp?${name}=${token}`);
    expect([answer.status, answer.body.includes(token)]).toEqual([400, false]);
  });

  test("no token's secret ever stands in the log, the state or on stderr (P9)", async () => {
    await list();
    await list({}, `/mcp?token=${token}`);
    const secret = token.slice(17);
    expect(everything()).not.toContain(secret);
    expect(serving.said()).not.toContain(secret);
  });
});

describe("sessions", () => {
  test("an agent's session answers another agent like one that never was (P1)", async () => {
    const own = await session(url, token);
    const ask = (who: string, id: string) => raw(url, legacy(who, { id: 1, method: "tools/list" }, id));
    expect((await ask(token, own)).status).toBe(200);
    const [foreign, unknown] = [await ask(others, own), await ask(others, "never-was")];
    expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
    for (const method of ["GET", "DELETE"]) {
      const headers = { ...legacy(others, {}, own).headers, accept: "text/event-stream" };
      expect((await raw(url, { method, headers })).status).toBe(404);
    }
    // Nothing of it was ended.
    expect((await ask(token, own)).status).toBe(200);
  });

  test("without a session nothing but initialize is taken", async () => {
    expect((await raw(url, legacy(token, { id: 1, method: "tools/list" }))).status).toBe(400);
  });

  test("a session that its client ended is gone", async () => {
    const own = await session(url, token);
    const headers = legacy(token, {}, own).headers ?? {};
    expect((await raw(url, { method: "DELETE", headers })).status).toBe(204);
    expect((await raw(url, legacy(token, { id: 1, method: "tools/list" }, own))).status).toBe(404);
  });

  test("of one agent are capped, and the unused ones make place", async () => {
    const first = await session(url, others);
    for (let n = 0; n < 40; n += 1) await session(url, others);
    expect((await raw(url, legacy(others, { id: 1, method: "ping" }, first))).status).toBe(404);
    expect((await list()).status).toBe(200);
  });

  test("an id that is in use is not taken again", async () => {
    const own = await session(url, token);
    const slow = { name: "ledger_slow_append", arguments: { id: "twice", value: "x", before_ms: 0 } };
    const held = stream(url, legacy(token, { id: 7, method: "tools/call", params: slow }, own));
    await world.waitFor(["pending"]);
    const second = await raw(url, legacy(token, { id: 7, method: "ping" }, own));
    expect([second.status, codeOf(second)]).toEqual([400, -32600]);
    await raw(
      url,
      legacy(token, { method: "notifications/cancelled", params: { requestId: 7, reason: "enough" } }, own),
    );
    (await held).leave();
  });
});

describe("bodies", () => {
  test("one that is too large is refused, announced or not, and costs nobody else", async () => {
    const big = Buffer.alloc(17 * 1024 * 1024, "x");
    const headers = modern(token, "tools/list").headers ?? {};
    expect((await raw(url, { headers, body: big })).status).toBe(413);
    expect((await raw(url, { headers: { ...headers, "transfer-encoding": "chunked" }, body: big })).status).toBe(413);
    expect((await list()).status).toBe(200);
  });

  test.each([
    ["text", "text/plain", 415],
    ["a form, which a page may send without asking", "application/x-www-form-urlencoded", 415],
    ["another charset", "application/json; charset=utf-16", 415],
    ["JSON in UTF-8", "application/json; charset=utf-8", 200],
  ])("of type %s: %s", async (_, type, status) => {
    expect((await list({ "content-type": type })).status).toBe(status);
  });

  test("a compressed one is refused, and no answer is compressed", async () => {
    expect((await list({ "content-encoding": "gzip" })).status).toBe(415);
    expect((await list({ "accept-encoding": "gzip" })).headers["content-encoding"]).toBeUndefined();
  });

  test.each([
    ["no JSON", "{", -32700],
    ["a key twice", '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}', -32600],
    ["a batch", '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
    ["no UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), -32700],
    ["two messages", '{"jsonrpc":"2.0","id":1,"method":"ping"}\n{"jsonrpc":"2.0","id":2,"method":"ping"}', -32700],
  ])("%s is told so and goes no further (P11)", async (_, body, code) => {
    const answer = await raw(url, { headers: modern(token, "tools/list").headers ?? {}, body });
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
  });

  test("headers without end are refused", async () => {
    const answer = await list({ "x-long": "x".repeat(20_000) });
    expect(answer.status).toBe(431);
  });
});

const call = (headers: Record<string, string | undefined>, id: string) =>
  raw(url, modern(token, "tools/call", append(id), headers));

describe("headers and body of 2026-07-28", () => {
  test.each<[string, Record<string, string | undefined>]>([
    ["no version", { "mcp-protocol-version": undefined }],
    ["another version", { "mcp-protocol-version": "2025-11-25" }],
    ["no method", { "mcp-method": undefined }],
    ["another method", { "mcp-method": "tools/list" }],
    ["a method in another case", { "mcp-method": "Tools/Call" }],
    ["no name", { "mcp-name": undefined }],
    ["another name", { "mcp-name": "ledger_read" }],
    ["a name that is no Base64", { "mcp-name": "=?base64?%%%?=" }],
  ])("%s is refused and nothing is called (-32020)", async (name, headers) => {
    const id = `mismatch-${name.replaceAll(" ", "-")}`;
    const answer = await call(headers, id);
    expect([answer.status, codeOf(answer)]).toEqual([400, -32020]);
    expect(world.effects().filter((effect) => effect.id === id)).toEqual([]);
  });

  test("a name in Base64 is the name", async () => {
    const encoded = `=?base64?${Buffer.from("ledger_append").toString("base64")}?=`;
    expect((await call({ "mcp-name": encoded }, "base64")).status).toBe(200);
    expect(world.effects().filter((effect) => effect.id === "base64")).toHaveLength(1);
  });

  test("an unknown version, an unknown method and missing metadata are told as the spec has it", async () => {
    const unknown = modern(token, "tools/list", {}, { "mcp-protocol-version": "2099-01-01" });
    const answers = [
      await raw(url, { ...unknown, body: String(unknown.body).replace("2026-07-28", "2099-01-01") }),
      await raw(url, modern(token, "tools/destroy")),
      await raw(url, {
        ...modern(token, "tools/list"),
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}',
      }),
    ];
    expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual([
      [400, -32022],
      [404, -32601],
      [400, -32602],
    ]);
  });

  test("answers to nothing are not taken", async () => {
    const answer = await raw(url, { ...modern(token, "tools/list"), body: '{"jsonrpc":"2.0","id":1,"result":{}}' });
    expect(answer.status).toBe(400);
  });
});

describe("what leaves", () => {
  test("nothing of a client's Authorization reaches a server (P9)", async () => {
    await raw(url, modern(token, "tools/call", append("private")));
    const effect = world.effects().find(({ id }) => id === "private");
    expect(JSON.stringify(effect)).not.toContain("kdb_");
  });

  test("health tells one bit and no name", async () => {
    const answers = await Promise.all(
      ["/healthz", "/readyz"].map((path) => raw(url, { method: "GET", path, headers: { host: "10.0.0.7" } })),
    );
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, '{"status":"ok"}'],
      [200, '{"status":"ready"}'],
    ]);
  });

  test.each(["/", "/mcp/", "/mcp/x", "/../mcp", "//mcp", "/console"])("%s is not there", async (path) => {
    expect((await list({}, path)).status).toBe(404);
  });
});
