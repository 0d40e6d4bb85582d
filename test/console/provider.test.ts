import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Request } from "../../src/approval/request.ts";
import { approversNow } from "../../src/compose/approvers-now.ts";
import { standingNote } from "../../src/compose/oidc/standing.ts";
import { CLIENT, company, type Company } from "./company.ts";
import { ORIGIN, pagesWorld, type Answer, type PagesWorld } from "./pages-world.ts";

const CALLBACK = `${ORIGIN}/login/provider/callback`;

let world: PagesWorld;
let provider: Company;
afterEach(async () => {
  expect(world.failures).toEqual([]);
  await Promise.all([world.close(), provider.close()]);
});

/** A console whose people are bound to the provider by their subject. */
async function bound(people: Readonly<Record<string, readonly string[]>>): Promise<void> {
  provider = await company([CALLBACK]);
  for (const [name, groups] of Object.entries(people)) provider.people.set(name, groups);
  world = await pagesWorld({
    subjects: true,
    prepare(folder) {
      mkdirSync(join(folder, "secrets"), { mode: 0o700 });
      writeFileSync(join(folder, "secrets", "client"), CLIENT.secret, { mode: 0o600 });
    },
    more: `secrets:
  CLIENT: { file: secrets/client }
console:
  oidc:
    issuer: ${provider.issuer}
    client_id: ${CLIENT.id}
    client_secret: "\${secret:CLIENT}"
    scopes: [groups]
    groups:
      kidoban-owners: { roles: [owner], groups: [ops] }
      kidoban-approvers: { roles: [approver, operator], groups: [ops] }
`,
  });
}

const target = ({ text }: Answer): string =>
  (/href="([^"]+)" data-onwards/.exec(text)?.[1] ?? "").replaceAll("&amp;", "&");

/** Up to the address with the code. */
async function leave(visitor: ReturnType<PagesWorld["browser"]>, who: string, next = "/"): Promise<string> {
  await visitor.ask("/login");
  return provider.visit(target(await visitor.ask("/login/provider", { next })), who);
}

const back = (url: string): string => url.slice(ORIGIN.length);

async function logIn(who: string) {
  const visitor = world.browser();
  const answer = await visitor.ask(back(await leave(visitor, who)));
  return { visitor, answer };
}

const what = async (name: string) => {
  const found = (await approversNow(world.state.store, world.now())).find((one) => one.name === name);
  return { roles: found?.roles, groups: found?.groups, keys: found?.passkeys?.length ?? 0 };
};
const confirm = (name: string) => world.ports.confirm([name]);

describe("logging in through the company's provider", () => {
  test("is by code, PKCE, state and nonce, bound to the subject, with what both sides give", async () => {
    await bound({ olga: ["kidoban-owners", "others"], aiko: ["others"] });
    const { visitor, answer } = await logIn("olga");
    expect([answer.status, answer.location]).toEqual([303, "/"]);
    expect((await visitor.ask("/log")).status).toBe(200);
    expect(await what("olga")).toEqual({ roles: ["owner"], groups: ["ops"], keys: 1 });
    // Known to the provider, in none of the groups that mean something: a plain page, and nothing else.
    const roleless = await logIn("aiko");
    expect(roleless.answer).toMatchObject({ status: 403, text: expect.stringContaining("You proved to be aiko.") });
    expect(await what("aiko")).toEqual({ roles: [], groups: [], keys: 1 });
    expect((await roleless.visitor.ask("/")).location).toBe("/login");
    // Nor by the passkey.
    await expect(world.logIn("aiko")).rejects.toThrow("403");
    expect(world.entries().filter(({ kind }) => kind === "auth.refused")).toMatchObject([
      { reason: "console: aiko has no role" },
      { reason: "console: aiko has no role" },
    ]);
    // Never there at all.
    expect(await what("otto")).toEqual({ roles: [], groups: [], keys: 0 });
    expect(
      world
        .entries()
        .filter(({ kind }) => kind === "console.entered")
        .map(({ by, key }) => [by, key]),
    ).toEqual([["olga", "oidc:olga"]]);
  });

  test("P7 lets nobody decide: a session without a passkey accepts, pins and resumes nothing", async () => {
    await bound({ olga: ["kidoban-owners"] });
    const { visitor } = await logIn("olga");
    // No form for what it would be refused.
    const { text } = await visitor.ask("/servers/ledger");
    expect([text.includes("/survey"), text.includes("needs a login with your passkey")]).toEqual([false, true]);
    await visitor.ask("/stops");
    expect((await visitor.ask("/stops", { agent: "", reason: "enough" })).location).toBe("/stops");
    expect((await visitor.ask("/servers/ledger/survey", {})).status).toBe(403);
    expect((await visitor.ask("/servers/ledger/pin", { survey: "x" })).status).toBe(403);
    const [stop] = await world.state.store.stops();
    const lift = await visitor.ask(`/stops/${stop?.id}/lift`, { gesture: "x", credential: "{}" });
    expect(lift.status).toBe(409);
    expect(await world.state.store.stops()).toHaveLength(1);
  });

  test("refuses a code, a state or a whole answer that comes twice, late or in another browser", async () => {
    await bound({ olga: ["kidoban-owners"] });
    const mine = world.browser();
    const url = back(await leave(mine, "olga"));
    // Sent to a browser that did not ask: login CSRF.
    const other = world.browser();
    await other.ask("/login");
    expect((await other.ask(url)).status).toBe(401);
    expect((await mine.ask(url)).status).toBe(303);
    expect((await mine.ask(url)).status).toBe(401);
    const late = world.browser();
    const lateUrl = back(await leave(late, "olga"));
    world.wait(11 * 60_000);
    expect((await late.ask(lateUrl)).status).toBe(401);
    // Another question's code under this question's state: the PKCE verifier and the nonce are not its own.
    const [one, two] = [world.browser(), world.browser()];
    const [first, second] = [new URL(await leave(one, "olga")), new URL(await leave(two, "olga"))];
    first.searchParams.set("code", second.searchParams.get("code") ?? "");
    expect((await one.ask(back(first.href))).status).toBe(401);
  });

  test("refuses an answer that names another issuer, an error, and somebody whom kidoban.yaml does not know", async () => {
    await bound({ olga: ["kidoban-owners"], stranger: ["kidoban-owners"] });
    const mixed = world.browser();
    const url = new URL(await leave(mixed, "olga"));
    expect(url.searchParams.get("iss")).toBe(provider.issuer);
    url.searchParams.set("iss", "https://evil.example");
    expect((await mixed.ask(back(url.href))).status).toBe(401);
    const denied = world.browser();
    const state = new URL(await leave(denied, "olga")).searchParams.get("state") ?? "";
    expect((await denied.ask(`/login/provider/callback?error=access_denied&state=${state}`)).status).toBe(401);
    expect((await logIn("stranger")).answer.status).toBe(401);
    expect(world.entries().filter(({ kind }) => kind === "auth.refused")).toHaveLength(3);
  });

  test("leads nowhere else afterwards", async () => {
    await bound({ olga: ["kidoban-owners"] });
    for (const next of ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]) {
      const visitor = world.browser();
      const answer = await visitor.ask(back(await leave(visitor, "olga", next)));
      expect([answer.status, answer.location], next).toEqual([303, "/"]);
    }
  });

  test("P9 keeps no token and no secret in the log, the store or a page", async () => {
    await bound({ olga: ["kidoban-owners"] });
    const { visitor } = await logIn("olga");
    const pages = await Promise.all(["/", "/config", "/log", "/agents/worker"].map((path) => visitor.ask(path)));
    const note = await world.state.store.note(standingNote(world.config, "olga"));
    const everything = `${pages.map(({ text }) => text).join("")}${note}${JSON.stringify(world.entries())}`;
    for (const secret of [CLIENT.secret, ...world.tokens("olga")]) expect(everything).not.toContain(secret);
    expect(world.tokens("olga").length).toBeGreaterThan(1);
  });
});

const asked = (): Promise<Request> => world.open({ path: "a.md", content: "x" });

describe("who left the company", () => {
  test("is no approver from the moment that anybody asks, and logged out with it", async () => {
    await bound({ olga: ["kidoban-owners"] });
    const { visitor } = await logIn("olga");
    provider.people.delete("olga");
    await confirm("olga");
    expect(await what("olga")).toEqual({ roles: [], groups: [], keys: 0 });
    expect((await visitor.ask("/config")).location).toMatch(/^\/login/);
    // Back again by nothing but a new login.
    provider.people.set("olga", ["kidoban-owners"]);
    await confirm("olga");
    expect((await what("olga")).keys).toBe(0);
    await logIn("olga");
    expect((await what("olga")).keys).toBe(1);
  });

  test("P7 answers no list and signs no pass, with a gesture that was asked for before", async () => {
    await bound({ aiko: ["kidoban-approvers"] });
    const { visitor: byProvider } = await logIn("aiko");
    const { id, shown } = await asked();
    // Who came by the provider changes no arguments either.
    await byProvider.ask("/stops");
    expect((await byProvider.ask(`/requests/${id}/edit`, { "arg.content": "y" })).status).toBe(403);
    const visitor = await world.logIn("aiko");
    const gestures = [
      [`/requests/${id}/batch`, { answer: "approve", request: `${id} ${shown}` }],
      [`/requests/${id}/pass`, { shown, how: "exact", minutes: "5", count: "1", reason: "x" }],
    ] as const;
    const ready: (readonly [string, Readonly<Record<string, string>>])[] = [];
    for (const [path, form] of gestures) {
      const offered = await visitor.ask(`${path}/challenge`, form);
      expect([path, offered.status]).toEqual([path, 200]);
      const { gesture, publicKey } = JSON.parse(offered.text) as {
        readonly gesture: string;
        readonly publicKey: Parameters<PagesWorld["passkeys"]["aiko"]["use"]>[0];
      };
      ready.push([path, { ...form, gesture, credential: world.passkeys.aiko.use(publicKey) }]);
    }
    provider.people.delete("aiko");
    for (const [path, form] of ready) await visitor.ask(path, form);
    expect(await world.state.store.statements(id)).toEqual([]);
    expect(await world.state.store.passes({})).toEqual([]);
  });

  test("whose groups were taken away has what is left, at once", async () => {
    await bound({ olga: ["kidoban-owners", "kidoban-approvers"] });
    const { visitor } = await logIn("olga");
    expect((await visitor.ask("/")).status).toBe(200);
    provider.people.set("olga", []);
    await confirm("olga");
    expect(await what("olga")).toMatchObject({ roles: [], groups: [] });
    expect((await visitor.ask("/")).location).toBe("/login");
  });

  test("while the provider is down the last word holds for a quarter of an hour and no longer", async () => {
    await bound({ olga: ["kidoban-owners"] });
    await logIn("olga");
    provider.down();
    await confirm("olga");
    world.wait(14 * 60_000);
    await confirm("olga");
    expect((await what("olga")).roles).toEqual(["owner"]);
    world.wait(2 * 60_000);
    expect((await what("olga")).roles).toEqual([]);
    provider.up();
    await confirm("olga");
    expect((await what("olga")).roles).toEqual(["owner"]);
  });

  test("P7 no standing, another subject's, another provider's or one from the future counts for nothing", async () => {
    await bound({ olga: ["kidoban-owners"] });
    await logIn("olga");
    const key = standingNote(world.config, "olga");
    const good = JSON.parse((await world.state.store.note(key)) ?? "{}") as object;
    for (const spoiled of [
      { ...good, subject: "someone" },
      { ...good, issuer: "https://evil.example" },
      { ...good, checkedAt: world.now() + 3_600_000 },
      { ...good, gone: true },
      { ...good, groups: null },
      { ...good, v: 2 },
      "nonsense",
    ]) {
      await world.state.store.setNote(key, JSON.stringify(spoiled));
      expect((await what("olga")).roles, JSON.stringify(spoiled)).toEqual([]);
    }
    await world.state.store.setNote(key, JSON.stringify(good));
    expect((await what("olga")).roles).toEqual(["owner"]);
  });
});
