/** A server that demands tokens behind the whole gate: a human logs in, the gate renews, and no token leaves the state. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { toItsEnd } from "../to-its-end.ts";
import { makeWorld, textOf, type World } from "./world.ts";
import { serverProgram } from "../programs.ts";
import { plainText } from "../plain.ts";

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");

interface Guarded {
  readonly url: string;
  readonly issuer: string;
  seen(): Promise<Seen>;
  post(path: string): Promise<unknown>;
}
interface Seen {
  readonly authorizations: readonly Readonly<Record<string, string>>[];
  readonly grants: readonly string[];
  readonly refused: readonly string[];
  /** Tokens of the requests that were let in. */
  readonly authorized: readonly string[];
  /** Texts of the calls that were carried out. */
  readonly echoed: readonly string[];
  readonly revoked: number;
}

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

// One process makes all of them: its library takes longer to load than most of these tests take.
const maker = spawn(process.execPath, [serverProgram("guarded.mjs")], { stdio: ["pipe", "pipe", "ignore"] });
afterAll(() => void maker.kill());

async function guarded(options: object = {}): Promise<Guarded> {
  maker.stdin.write(`${JSON.stringify(options)}\n`);
  const [line] = (await once(maker.stdout, "data")) as [Buffer];
  const { url, issuer } = JSON.parse(line.toString()) as { readonly url: string; readonly issuer: string };
  return {
    url,
    issuer,
    seen: async () => (await (await fetch(new URL("/seen", url))).json()) as Seen,
    post: async (path) => (await fetch(new URL(path, url), { method: "POST" })).text(),
  };
}

/** What `kidoban login` prints, with a human at the browser. */
function logIn(
  env: Readonly<Record<string, string>>,
  ...args: string[]
): { readonly status: number | null; readonly out: string } {
  const done = toItsEnd(process.execPath, [serverProgram("browser.mjs"), KIDOBAN, "login", ...args], {
    env,
  });
  return { status: done.status, out: done.stdout + done.stderr };
}

interface Wanted {
  readonly members?: string;
  readonly secrets?: string;
  /** Arguments of `kidoban login` before the tools are reviewed; none: nobody logs in. */
  readonly login?: readonly string[];
}

/** A world whose server `ledger` is the guarded one. */
function worldBefore({ url }: Guarded, { members = "", secrets = "", login = ["ledger"] }: Wanted = {}): World {
  return makeWorld({
    rules: "  - { id: free, effect: allow, match: [ledger/echo, ledger/leak] }",
    config: secrets,
    prepare(root) {
      const config = join(root, "config", "kidoban.yaml");
      const text = readFileSync(config, "utf8").replace(
        / {4}command: .*\n {4}args: .*\n/,
        `    url: ${url}\n${members}`,
      );
      writeFileSync(config, text);
      if (secrets.includes("secrets/client"))
        toItsEnd(
          "sh",
          ["-c", `mkdir -m 700 secrets && umask 077 && printf registered-secret-0123456789 > secrets/client`],
          {
            cwd: join(root, "config"),
          },
        );
      const env = {
        PATH: process.env["PATH"] ?? "",
        HOME: root,
        XDG_STATE_HOME: join(root, "state"),
        XDG_CONFIG_HOME: join(root, "approver"),
        KIDOBAN_CONFIG: config,
      };
      const done = logIn(env, ...login);
      if (done.status !== 0) throw new Error(done.out);
    },
  });
}

const echo = async (client: Awaited<ReturnType<World["client"]>>, text: string): Promise<string> =>
  textOf(await client.callTool({ name: "ledger_echo", arguments: { text } }));

/** Every file below a folder. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const loginsOf = ({ stateDir }: World): string[] =>
  readdirSync(join(stateDir, "logins")).filter((name) => name.endsWith(".json"));
interface Saved {
  readonly tokens: { readonly access: string; readonly refresh?: string };
}
const savedIn = (of: World): Saved =>
  JSON.parse(readFileSync(join(of.stateDir, "logins", loginsOf(of)[0] ?? ""), "utf8")) as Saved;

describe("a server that demands a login", () => {
  test("is let in to with PKCE, for its own resource, and answers through the gate (P10)", async () => {
    const server = await guarded();
    world = worldBefore(server);
    const client = await world.client();
    expect(await echo(client, "木戸番")).toBe("木戸番");
    const { authorizations, grants } = await server.seen();
    expect(authorizations).toMatchObject([
      {
        response_type: "code",
        code_challenge_method: "S256",
        resource: server.url,
        scope: "notes:read offline_access",
        redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/) as string,
      },
    ]);
    expect(grants).toEqual(["authorization_code"]);
    expect(world.entries().find((entry) => entry.kind === "login.added")).toMatchObject({
      server: "ledger",
      issuer: server.issuer,
      resource: server.url,
    });
  });

  test("P9: no token is in the log, in any other file of the state, in what is printed or in a result", async () => {
    const server = await guarded({ ttl: 3 });
    world = worldBefore(server);
    const client = await world.client();
    await echo(client, "one");
    const first = savedIn(world).tokens;
    await expect.poll(() => savedIn(world as World).tokens.access, { timeout: 15_000 }).not.toBe(first.access);
    const leaked = textOf(await client.callTool({ name: "ledger_leak", arguments: {} }));
    expect(leaked).toContain("[secret login-ledger]");
    const second = savedIn(world).tokens;
    const again = logIn(world.env, "ledger");
    expect(again.status).toBe(0);
    const third = savedIn(world).tokens;
    const secrets = [first, second, third].flatMap(({ access, refresh }) => [access, refresh ?? ""]);
    expect(new Set(secrets).size).toBe(6);
    // The address that the human opens is no secret; the code that came back is in no file and no output.
    const printed = again.out + client.said() + leaked;
    const own = join(world.stateDir, "logins");
    const texts = filesIn(world.root)
      .filter((path) => !path.startsWith(own))
      .map((path) => plainText(path));
    for (const secret of secrets) {
      expect(printed).not.toContain(secret);
      expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    }
    expect(statSync(own).mode & 0o777).toBe(0o700);
    for (const path of filesIn(own)) expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("P9: a token in the arguments of a call is refused", async () => {
    const server = await guarded();
    world = worldBefore(server);
    const client = await world.client();
    const { access } = savedIn(world).tokens;
    expect(await echo(client, `is it ${access}?`)).not.toContain(access);
    expect(JSON.stringify(world.entries())).not.toContain(access);
  });

  test("is reached by several gates that share one login: a refresh token is used once, by one of them", async () => {
    const server = await guarded({ ttl: 3 });
    const begun = Date.now();
    world = worldBefore(server);
    const clients = await Promise.all([world.client(), world.client(), world.client()]);
    const until = Date.now() + 7500;
    let calls = 0;
    while (Date.now() < until) {
      for (const client of clients) expect(await echo(client, String(++calls))).toBe(String(calls));
      await new Promise((done) => setTimeout(done, 300));
    }
    const { grants, refused } = await server.seen();
    const refreshes = grants.filter((grant) => grant === "refresh_token").length;
    expect(refreshes).toBeGreaterThanOrEqual(2);
    // A token is due after four fifths of its time.
    expect(refreshes).toBeLessThanOrEqual(Math.floor((Date.now() - begun) / 2400));
    // oidc-provider ends a login whose refresh token comes back.
    expect(refused.filter((why) => why !== "no token")).toEqual([]);
  });

  test("P5: turns a call away with a revoked token: it is not sent again, and the next one goes with a new token", async () => {
    const server = await guarded();
    world = worldBefore(server);
    const client = await world.client();
    await echo(client, "before");
    await server.post("/revoke");
    const away = await client
      .callTool({ name: "ledger_echo", arguments: { text: "away" } })
      .catch((error: unknown) => error);
    expect((away as Error).message).toContain("HTTP 401");
    await expect.poll(async () => (await server.seen()).grants.includes("refresh_token")).toBe(true);
    await expect.poll(() => echo(client, "after").catch(() => ""), { timeout: 15_000 }).toBe("after");
    expect((await server.seen()).echoed).toEqual(["before", "after"]);
  });

  test("that ended the login is named to the agent with what a person has to do; a new login is taken up", async () => {
    const server = await guarded({ ttl: 6 });
    world = worldBefore(server);
    const client = await world.client();
    await echo(client, "before");
    await server.post("/revoke-all");
    const failed = async (): Promise<string> => {
      const result = await client
        .callTool({ name: "ledger_echo", arguments: { text: "x" } })
        .catch((error: Error) => error);
      return result instanceof Error ? result.message : textOf(result);
    };
    await expect.poll(failed, { timeout: 15_000 }).toContain("kidoban login ledger");
    await expect.poll(() => savedIn(world as World).tokens.refresh).toBeUndefined();
    const asked = (await server.seen()).refused.filter((why) => why.startsWith("refresh_token")).length;
    expect(asked).toBe(1);
    expect(logIn(world.env, "ledger").status).toBe(0);
    await expect.poll(() => echo(client, "after").catch(() => ""), { timeout: 20_000, interval: 500 }).toBe("after");
  });
});

describe("a login", () => {
  test("of one agent is used for that agent alone", async () => {
    const server = await guarded();
    world = worldBefore(server);
    const shared = savedIn(world).tokens.access;
    expect(logIn(world.env, "ledger", "--agent", "worker").status).toBe(0);
    const own = loginsOf(world).find((name) => name.startsWith("ledger@worker-")) ?? "";
    const { access } = (JSON.parse(readFileSync(join(world.stateDir, "logins", own), "utf8")) as Saved).tokens;
    const before = (await server.seen()).authorized.length;
    const client = await world.client();
    await echo(client, "mine");
    const used = new Set((await server.seen()).authorized.slice(before));
    expect(used).toEqual(new Set([access]));
    expect(access).not.toBe(shared);
    expect(logIn(world.env, "ledger", "--agent", "nobody").out).toContain("worker");
  });

  test("is taken away by logout, here and at the authorization server, and running gates let go of it", async () => {
    const server = await guarded();
    world = worldBefore(server);
    const client = await world.client();
    await echo(client, "before");
    const done = world.kidoban("logout", "ledger");
    expect(done).toMatchObject({ status: 0, out: expect.stringContaining("revoked") as string });
    expect(loginsOf(world)).toEqual([]);
    expect(world.entries().some((entry) => entry.kind === "login.removed")).toBe(true);
    await expect
      .poll(() => echo(client, "after").catch((error: Error) => error.message), { timeout: 15_000 })
      .not.toBe("after");
    expect(world.kidoban("logout", "ledger").status).toBe(1);
  });

  test("with a registered client and its secret needs the issuer, and the secret goes nowhere else (P9)", async () => {
    const server = await guarded();
    world = worldBefore(server, {
      members: `    oauth: { client_id: registered, client_secret: "\${secret:CLIENT}", issuer: ${server.issuer}, scopes: [notes:write] }\n`,
      secrets: "secrets:\n  CLIENT: { file: secrets/client }",
    });
    const client = await world.client();
    expect(await echo(client, "registered")).toBe("registered");
    expect((await server.seen()).authorizations).toMatchObject([
      { client_id: "registered", scope: "notes:write offline_access" },
    ]);
    for (const path of filesIn(world.stateDir)) expect(plainText(path)).not.toContain("registered-secret-0123456789");
  });

  test("is not used behind another URL than the one that it was made for", async () => {
    const server = await guarded();
    const other = await guarded();
    world = worldBefore(server);
    const text = readFileSync(world.config, "utf8").replace(server.url, other.url);
    writeFileSync(world.config, text);
    expect(world.kidoban("pin", "--accept-hints").out).toContain("kidoban login ledger");
    expect(new Set((await other.seen()).refused)).toEqual(new Set(["no token"]));
  });

  test("is not made for a server that is started, has a header of its own, is not known, or while certificates count for nothing", async () => {
    world = makeWorld();
    expect(world.kidoban("login", "ledger")).toMatchObject({ status: 2 });
    expect(world.kidoban("login", "nothing")).toMatchObject({
      status: 2,
      out: expect.stringContaining("ledger") as string,
    });
    const own = `  web: { url: "https://x.example/mcp", headers: { authorization: "Bearer \${secret:T}" } }\n`;
    const text = readFileSync(world.config, "utf8").replace(
      "approvers:",
      `${own}secrets: { T: { env: T } }\napprovers:`,
    );
    writeFileSync(world.config, text);
    expect(world.kidoban("login", "web")).toMatchObject({
      status: 2,
      out: expect.stringContaining("Authorization") as string,
    });
    const careless = logIn({ ...world.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "ledger");
    expect(careless).toMatchObject({
      status: 2,
      out: expect.stringContaining("NODE_TLS_REJECT_UNAUTHORIZED") as string,
    });
    expect(existsSync(join(world.stateDir, "logins"))).toBe(false);
  });
});
