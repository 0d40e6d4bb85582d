import { rmSync } from "node:fs";
import { Agent, createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { legacy, modern, raw, session, stream } from "./raw-http.ts";
import { addAgent, giveToken, serve, type Serving } from "./serve-world.ts";
import { makeWorld, type World } from "./world.ts";

const ISSUER = "https://id.example.com";
const AUDIENCE = "https://gate.example.com/mcp";

let world: World;
let serving: Serving;
let url: string;
let keys: { readonly ours: CryptoKey; readonly theirs: CryptoKey };
let issuer: Server;

beforeAll(async () => {
  const [ours, theirs] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  keys = { ours: ours.privateKey, theirs: theirs.privateKey };
  const jwk = { ...(await exportJWK(ours.publicKey)), kid: "k1", alg: "ES256" };
  issuer = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((done) => issuer.listen(0, "127.0.0.1", done));
  const { port } = issuer.address() as AddressInfo;
  world = makeWorld({
    config: `serve:
  url: ${AUDIENCE}
  origins: [https://app.example.com]
  jwt: { issuer: ${ISSUER}, jwks: "http://127.0.0.1:${port}/keys", agent_claim: agent, algorithms: [ES256] }
`,
    rules: "  - { id: free, effect: allow, match: [ledger/append] }",
  });
  addAgent(world, "other");
  serving = await serve(world);
  ({ url } = serving);
});
afterAll(async () => {
  await serving.stop();
  issuer.close();
  await world.close();
});

const jwt = (claims: JWTPayload = {}, key = keys.ours, header: object = {}): Promise<string> =>
  new SignJWT({ iss: ISSUER, aud: AUDIENCE, agent: "worker", exp: Math.floor(Date.now() / 1000) + 60, ...claims })
    .setProtectedHeader({ alg: "ES256", kid: "k1", ...header })
    .sign(key);
const status = async (token: string): Promise<number> => (await raw(url, modern(token, "tools/list"))).status;
const seconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset;

const ask = async (headers: Record<string, string>) =>
  (await raw(url, modern(await jwt(), "tools/list", {}, headers))).status;
const listen = (token: string) =>
  stream(url, modern(token, "subscriptions/listen", { notifications: { toolsListChanged: true } }));
const withJwt = (agentClaim: string) => `serve:
  url: ${AUDIENCE}
  jwt: { issuer: ${ISSUER}, jwks: "http://127.0.0.1:${(issuer.address() as AddressInfo).port}/keys", agent_claim: ${agentClaim}, algorithms: [ES256] }
`;

describe("a JWT of the configured issuer", () => {
  test("lets in the agent that its claim names, and no other", async () => {
    const own = await session(url, await jwt());
    const ping = async (claims: JWTPayload) =>
      (await raw(url, legacy(await jwt(claims), { id: 1, method: "ping" }, own))).status;
    expect(await ping({})).toBe(200);
    expect(await ping({ agent: "other" })).toBe(404);
  });

  test.each<[string, () => Promise<string> | string]>([
    ["that has expired", () => jwt({ exp: seconds(-60) })],
    [
      "that never expires",
      async () => {
        const { exp: _, ...claims } = { iss: ISSUER, aud: AUDIENCE, agent: "worker", exp: 0 };
        return new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "k1" }).sign(keys.ours);
      },
    ],
    ["that is not good yet", () => jwt({ nbf: seconds(60) })],
    ["for another service (RFC 8707)", () => jwt({ aud: "https://other.example.com" })],
    ["of another issuer", () => jwt({ iss: "https://evil.example.com" })],
    ["signed by another key under the same id", () => jwt({}, keys.theirs)],
    [
      "signed by nobody",
      () => new UnsecuredJWT({ iss: ISSUER, aud: AUDIENCE, agent: "worker", exp: seconds(60) }).encode(),
    ],
    ["that names an agent nobody configured", () => jwt({ agent: "nobody" })],
    ["that names no agent", () => jwt({ agent: undefined })],
    ["whose agent is no text", () => jwt({ agent: ["worker"] })],
    [
      "signed with the public key as a shared secret",
      () =>
        new SignJWT({ iss: ISSUER, aud: AUDIENCE, agent: "worker", exp: seconds(60) })
          .setProtectedHeader({ alg: "HS256", kid: "k1" })
          .sign(new TextEncoder().encode("public")),
    ],
    [
      "that brings its own key",
      async () =>
        jwt({}, keys.theirs, {
          jwk: await exportJWK((await generateKeyPair("ES256")).publicKey),
          jku: "http://127.0.0.1:1/",
        }),
    ],
    ["that was cut", async () => (await jwt()).slice(0, -3)],
  ])("%s lets nobody in (P11)", async (_, make) => {
    expect(await status(await make())).toBe(401);
  });

  test("is told where to come from (RFC 9728), under the public address", async () => {
    const refused = await raw(url, modern("x", "tools/list"));
    const where = /resource_metadata="([^"]+)"/.exec(String(refused.headers["www-authenticate"]))?.[1] ?? "";
    expect(where).toBe("https://gate.example.com/.well-known/oauth-protected-resource/mcp");
    const metadata = await raw(url, {
      method: "GET",
      path: new URL(where).pathname,
      headers: { host: "gate.example.com" },
    });
    expect(JSON.parse(metadata.body)).toEqual({
      resource: AUDIENCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ["header"],
      resource_name: "Kidoban",
    });
  });

  test("the configured name and page may ask, others not", async () => {
    expect(await ask({ host: "gate.example.com", origin: "https://app.example.com" })).toBe(200);
    expect(await ask({ host: "gate.example.com", origin: "https://app.example.com.evil.example" })).toBe(403);
    expect(await ask({ host: "gate.example.org" })).toBe(403);
  });
});

describe("what is open ends with its login", () => {
  test("a revoked token's streams, sessions and calls end at once, another's of the same agent go on (P7)", async () => {
    const [gone, kept] = [await giveToken(world, "worker"), await giveToken(world, "worker")];
    const [ending, going] = [await listen(gone), await listen(kept)];
    const own = await session(url, gone);
    const headers = { ...legacy(gone, {}, own).headers, accept: "text/event-stream" };
    const events = await stream(url, { method: "GET", headers });
    const held = stream(
      url,
      modern(gone, "tools/call", {
        name: "ledger_slow_append",
        arguments: { id: "revoked", value: "x", before_ms: 0 },
      }),
    );
    await world.waitFor(["pending"]);
    const { status: code } = world.kidoban("token", "revoke", "worker", "--id", gone.slice(4, 16));
    expect(code).toBe(0);
    await Promise.all([ending.ended, events.ended, held.catch(() => undefined)]);
    expect((await raw(url, legacy(kept, { id: 1, method: "ping" }, own))).status).toBe(404);
    expect(await status(gone)).toBe(401);
    expect(await status(kept)).toBe(200);
    going.leave();
    expect(world.entries().filter((entry) => entry.kind === "token.revoked")).toHaveLength(1);
  });

  test("an agent whose manifest is taken away is out at once (P12)", async () => {
    const token = await giveToken(world, "other");
    const open = await listen(token);
    rmSync(join(world.folder, "manifests", "other.yaml"));
    await open.ended;
    expect(await status(token)).toBe(401);
    addAgent(world, "other");
    await expect.poll(() => status(token)).toBe(200);
  });
});

/** One connection for all that is asked of it. */
const kept = () => new Agent({ keepAlive: true, maxSockets: 1 });

describe("a connection that stays open", () => {
  test("lets in nobody any more once the token is revoked, however often it let it in before (P7)", async () => {
    const token = await giveToken(world, "worker");
    const agent = kept();
    for (let times = 0; times < 5; times += 1)
      expect((await raw(url, { ...modern(token, "tools/list"), agent })).status).toBe(200);
    expect(world.kidoban("token", "revoke", "worker", "--id", token.slice(4, 16)).status).toBe(0);
    for (let times = 0; times < 3; times += 1)
      expect((await raw(url, { ...modern(token, "tools/list"), agent })).status).toBe(401);
    agent.destroy();
  });

  test("is nobody's: each request is of the token that it carries", async () => {
    const [worker, other] = [await giveToken(world, "worker"), await giveToken(world, "other")];
    const agent = kept();
    const owned = await session(url, worker);
    const ping = (token: string) => raw(url, { ...legacy(token, { id: 1, method: "ping" }, owned), agent });
    expect((await ping(worker)).status).toBe(200);
    // Another agent's session is none, and a token with one letter changed is nobody's.
    expect((await ping(other)).status).toBe(404);
    expect((await ping(`${worker.slice(0, -1)}${worker.endsWith("A") ? "B" : "A"}`)).status).toBe(401);
    expect((await raw(url, { ...modern("", "tools/list"), agent })).status).toBe(401);
    expect((await ping(worker)).status).toBe(200);
    agent.destroy();
  });
});

describe("a change of `serve:` (P12)", () => {
  test("that names agents by another claim lets nobody in by it before it is accepted", async () => {
    world.writeConfig(withJwt("who"));
    const token = await jwt({ who: "other", jti: "a" });
    for (let tries = 0; tries < 100 && (await status(await jwt({ jti: `b${tries}` }))) === 200; tries += 1)
      await new Promise((done) => setTimeout(done, 30));
    // Neither as before, since that would no longer be so, nor as it would be.
    expect(await status(await jwt({ jti: "c" }))).toBe(401);
    expect(await status(token)).toBe(401);
    const shown = world.kidoban("accept", "--json");
    expect(shown.out).toContain("agent in who");
  });

  test("that takes the issuer away holds at once", async () => {
    world.writeConfig("");
    const token = await jwt({ jti: "d" });
    for (let tries = 0; tries < 100 && (await status(token)) === 200; tries += 1)
      await new Promise((done) => setTimeout(done, 30));
    expect(await status(token)).toBe(401);
  });
});
