/** The page as a target: what other pages, rebound names, other services of this machine and agents try. Over raw HTTP. */

import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consolePorts } from "../../src/compose/console/ports.ts";
import { readEnv } from "../../src/config/env.ts";
import { consoleApp } from "../../src/console/app.ts";
import { sampleRequest } from "../approval/sample.ts";
import { consoleWorld, type ConsoleWorld, type Raw } from "./world.ts";

let world: ConsoleWorld;
let aiko: ReturnType<ConsoleWorld["visitor"]>;
beforeAll(async () => {
  world = await consoleWorld({ aiko: "groups: [ops]" });
  aiko = world.visitor();
  expect((await aiko.logIn("aiko")).status).toBe(303);
});
afterAll(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const FORM = "application/x-www-form-urlencoded";

describe("whom a request names and where it comes from", () => {
  test("a name that was rebound to this machine is no console, nor is another port, nor no name at all", async () => {
    for (const host of [
      "evil.example",
      "localhost",
      `localhost:${world.port}`,
      `127.0.0.1:${world.port}`,
      "kidoban.localhost",
      `kidoban.localhost:${world.port + 1}`,
      `kidoban.localhost.evil.example:${world.port}`,
      `evil.kidoban.localhost:${world.port}`,
    ]) {
      const answer = await world.raw({ path: "/login", headers: { host } });
      expect([host, answer.status]).toEqual([host, 421]);
      expect(answer.headers["set-cookie"]).toBeUndefined();
    }
    // Refused by Node's own parser (RFC 9112 section 3.2), before any of this.
    expect((await world.raw({ path: "/login", headers: { host: undefined } })).status).toBe(400);
    expect((await world.raw({ path: "/login", headers: { host: world.host.toUpperCase() } })).status).toBe(200);
  });

  test("a form of another origin changes nothing, with the cookie and the token in its hands", async () => {
    for (const origin of [
      undefined,
      "null",
      "http://evil.example",
      `http://localhost:${world.port}`,
      `http://kidoban.localhost:${world.port + 1}`,
      "http://kidoban.localhost",
      `https://kidoban.localhost:${world.port}`,
      `http://kidoban.localhost:${world.port}.evil.example`,
    ]) {
      const answer = await aiko.post("/logout", {}, { origin });
      expect([origin, answer.status, answer.text]).toEqual([origin, 403, "refused: origin\n"]);
    }
    for (const site of ["cross-site", "same-site"])
      expect((await aiko.post("/logout", {}, { "sec-fetch-site": site })).text).toBe("refused: cross-site\n");
    expect((await aiko.get("/")).status).toBe(200);
  });

  test("a page of another origin can neither read nor embed a page, however it asks", async () => {
    const ways: readonly Raw["headers"][] = [
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
      {
        "sec-fetch-site": "same-site",
        "sec-fetch-mode": "cors",
        "sec-fetch-dest": "empty",
        origin: "http://localhost:3000",
      },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "embed" },
    ];
    for (const headers of ways) {
      const answer = await aiko.get("/", headers);
      expect(answer.status).toBe(403);
      expect(answer.headers["access-control-allow-origin"]).toBeUndefined();
    }
    expect((await world.raw({ method: "OPTIONS", path: "/", headers: { origin: "http://evil.example" } })).status).toBe(
      405,
    );
  });

  test("a followed link is asked for again by this origin itself, and shows nothing before", async () => {
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const answer = await aiko.get("/", headers);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('<!doctype html><meta http-equiv="refresh" content="0" />');
  });

  test("a token of another visit, an old one or none is refused on every POST", async () => {
    const other = world.visitor();
    await other.get("/login");
    for (const csrf of ["", "x", other.token()]) {
      const body = new URLSearchParams({ csrf }).toString();
      const cookie = [...aiko.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const headers = { cookie, origin: world.origin, "content-type": FORM };
      for (const path of [
        "/logout",
        "/preferences",
        "/login",
        "/login/challenge",
        "/requests/x/answer",
        "/requests/x/challenge",
      ])
        expect((await world.raw({ method: "POST", path, headers, body })).text).toBe("refused: token\n");
    }
    expect((await aiko.get("/")).status).toBe(200);
  });

  test("bodies that a page can send without being asked for, other than forms, are refused", async () => {
    for (const type of [undefined, "text/plain", "multipart/form-data; boundary=x", "application/json"])
      expect((await aiko.post("/logout", {}, { "content-type": type })).text).toBe("refused: content-type\n");
  });

  test("P7: a bearer token opens nothing here, whoever else is logged in", async () => {
    const answer = await aiko.get("/", { authorization: "Bearer kdb_0123456789ab_x" });
    expect([answer.status, answer.text]).toEqual([403, "refused: credential\n"]);
  });

  test("other methods do not exist", async () => {
    for (const method of ["PUT", "DELETE", "PATCH", "TRACE"])
      expect((await world.raw({ method, path: "/" })).status).toBe(405);
  });
});

describe("what a browser is told to do with every answer", () => {
  test("no script or style of anybody else, no frame around it, nothing kept", async () => {
    for (const [path, who] of [
      ["/", aiko],
      ["/login", world.visitor()],
      ["/nowhere", aiko],
      ["/assets/console.js", world.visitor()],
    ] as const) {
      const { headers } = await who.get(path);
      expect(headers["content-security-policy"]).toBe(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      expect(headers["x-frame-options"]).toBe("DENY");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("same-origin");
      expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
      expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
      if (path !== "/assets/console.js") expect(headers["cache-control"]).toBe("no-store");
    }
    const refused = await world.raw({ path: "/", headers: { host: "evil.example" } });
    expect(refused.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  });

  test("no page has a script, a style or a handler in it", async () => {
    const request = await world.open(sampleRequest({ expiresAt: world.now() + 900_000, openedAt: world.now() }));
    for (const path of ["/", `/requests/${request.id}`, "/passes", "/history", "/stops"]) {
      const { text, status } = await aiko.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).not.toMatch(/<script(?![^>]*src="\/assets\/console\.js")|<style|\sstyle=|\son[a-z]+=|javascript:/i);
    }
  });

  test("the cookie cannot be read by scripts, is sent along by no other site, and names no domain", async () => {
    const answer = await world.visitor().get("/login");
    const [cookie = ""] = answer.headers["set-cookie"] ?? [];
    expect(cookie).toMatch(/^kidoban=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  });
});

describe("over https", () => {
  test("the cookie is one that only this host over https can have set, and no other is listened to", async () => {
    const origin = "https://kidoban.example.com";
    const site = { origin, rp: "example.com", hosts: new Set(["kidoban.example.com"]) };
    const ports = consolePorts({
      state: world.state,
      configPath: world.config,
      site,
      language: "en",
      env: readEnv({ HOME: world.root }),
      refused: { refused: () => undefined, flush: () => undefined },
      now: world.now,
    });
    const app = consoleApp(ports, (error) => world.failures.push(error));
    const ask = (cookie: string) =>
      app.request(`${origin}/login`, { headers: { host: "kidoban.example.com", cookie } });
    const fresh = await ask("");
    const [set = ""] = fresh.headers.getSetCookie();
    expect(set).toMatch(/^__Host-kidoban=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    expect(fresh.headers.get("strict-transport-security")).toBe("max-age=31536000");
    const planted = await ask(`kidoban=${"A".repeat(43)}`);
    expect(planted.headers.getSetCookie()).toHaveLength(1);
    const known = await ask(set.split(";", 1)[0] ?? "");
    expect(known.headers.getSetCookie()).toEqual([]);
  });
});

describe("without a login", () => {
  test("there is only the login, whatever is asked for", async () => {
    const stranger = world.visitor();
    for (const path of [
      "/requests/x",
      "/history",
      "/agents",
      "/servers",
      "/config",
      "/log",
      "/stops",
      "/passes",
      "/nowhere",
    ]) {
      const answer = await stranger.get(path);
      expect([path, answer.status, answer.headers["location"]]).toEqual([
        path,
        303,
        `/login?next=${encodeURIComponent(path)}`,
      ]);
    }
    expect((await stranger.get("/")).headers["location"]).toBe("/login");
    for (const path of ["/fragments/inbox", "/events"])
      expect((await stranger.get(path, { "x-kidoban-refresh": "1" })).status).toBe(401);
    await stranger.get("/login");
    for (const path of ["/logout", "/requests/x/answer", "/requests/x/challenge", "/requests/x/edit", "/stops"])
      expect((await stranger.post(path, {})).status).toBe(401);
  });

  test("coming back after the login leads nowhere else", async () => {
    const stranger = world.visitor();
    for (const next of ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/%0a"]) {
      const { text } = await stranger.get(`/login?next=${encodeURIComponent(next)}`);
      expect(text).toMatch(/name="next" value="(?:\/|\/%0a)"/);
    }
  });
});

const ids = (text: string) => [...text.matchAll(/href="\/requests\/([^"]+)"/g)].map((match) => match[1]);

describe("limits", () => {
  test("a body or headers beyond them are refused", async () => {
    const large = await aiko.post("/preferences", { theme: "x".repeat(300_000) });
    expect(large.status).toBe(413);
    const answer = await aiko.get("/login", { "x-much": "x".repeat(20_000) });
    expect(answer.status).toBe(431);
  });

  test("a program that holds all connections keeps nobody out, and nobody who is logged in loses theirs", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const held: Socket[] = [];
    const ended: unknown[] = [];
    const visit = (path: string) =>
      new Promise<number>((done, fail) => {
        const headers = { host: world.host, cookie: [...aiko.cookies].map((each) => each.join("=")).join("; ") };
        const sent = request({ agent, host: "127.0.0.1", port: world.port, path, headers }, (answer) => {
          answer.resume().on("end", () => done(answer.statusCode ?? 0));
          answer.socket.once("close", () => ended.push(path));
        });
        sent.on("error", fail).end();
      });
    try {
      expect(await visit("/")).toBe(200);
      for (let count = 0; count < 300; count += 1) {
        const socket = connect(world.port, "127.0.0.1").on("error", () => undefined);
        held.push(socket);
        await new Promise<void>((done) => socket.once("connect", () => done()));
      }
      // Somebody else, and the same connection as before.
      expect((await world.raw({ path: "/login" })).status).toBe(200);
      expect(ended).toEqual([]);
      expect(await visit("/")).toBe(200);
    } finally {
      for (const socket of held) socket.destroy();
      agent.destroy();
    }
  });

  test("with ten thousand requests waiting the inbox shows fifty of them", async () => {
    const crowd = await consoleWorld({ aiko: "groups: [ops]" });
    try {
      const open = (n: number) =>
        crowd.open(sampleRequest({ openedAt: crowd.now() + n, expiresAt: crowd.now() + 900_000 }, { path: `f${n}` }));
      await Promise.all(Array.from({ length: 20 }, (_, n) => open(n)));
      // The other rows as the first ones, each with an id, a code and arguments of its own: opening them takes a minute.
      for (let n = 0; n < 9; n++) {
        await crowd.tamper(
          `INSERT INTO requests (id, code, agent, action, facts, opened_at, state, tool, expires_at)
           SELECT id || ?1, code, agent, action || ?1,
             json_set(facts, '$.id', id || ?1, '$.action', action || ?1), opened_at + 100, state, tool, expires_at
             FROM requests`,
          `x${n}`,
        );
      }
      const visitor = crowd.visitor();
      await visitor.logIn("aiko");
      const first = await visitor.get("/");
      expect(first.text).toContain("10240 requests wait");
      expect(first.text.match(/class="row"/g)).toHaveLength(50);
      const next = /href="(\/\?after=[^"]+)"/.exec(first.text)?.[1] ?? "";
      const second = await visitor.get(next);
      expect(second.text.match(/class="row"/g)).toHaveLength(50);
      expect(new Set([...ids(first.text), ...ids(second.text)]).size).toBe(100);
    } finally {
      await crowd.close();
    }
  });

  test("no GET changes anything: neither what is stored nor who is logged in", async () => {
    const request = await world.open(
      sampleRequest({ expiresAt: world.now() + 900_000, openedAt: world.now() }, { path: "get" }),
    );
    const before = JSON.stringify(await world.store.requests({}));
    const logged = world.entries().length;
    for (const path of [
      "/logout",
      "/preferences?theme=dark",
      `/requests/${request.id}/answer?answer=approve`,
      `/requests/${request.id}/challenge`,
      `/requests/${request.id}/edit`,
      "/stops?reason=x",
    ])
      await aiko.get(path);
    expect(JSON.stringify(await world.store.requests({}))).toBe(before);
    expect(world.entries().length).toBe(logged);
    expect((await aiko.get("/")).status).toBe(200);
  });

  test("two requests in one line of bytes are two requests, each checked for itself", async () => {
    const cookie = [...aiko.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const bytes =
      `GET /login HTTP/1.1\r\nHost: ${world.host}\r\nContent-Length: 0\r\n\r\n` +
      `GET / HTTP/1.1\r\nHost: evil.example\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
    const said = await new Promise<string>((done) => {
      let text = "";
      const socket = connect(world.port, "127.0.0.1", () => socket.write(bytes));
      socket.on("data", (part) => (text += part.toString()));
      socket.on("close", () => done(text));
    });
    expect([...said.matchAll(/HTTP\/1\.1 (\d+) /g)].map((match) => match[1])).toEqual(["200", "421"]);
  });
});
