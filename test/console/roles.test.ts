/**
 * Every way into the console, walked by everybody: which status each role gets of each route, with a login session and a
 * token of the page in its hands and no passkey; and that nothing changes where nothing may.
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Request } from "../../src/approval/request.ts";
import { codeDigest, ENROL_MS, linkDigest, newEnrolment } from "../../src/console/enrolment.ts";
import { ORIGIN, pagesWorld, type PagesWorld, type Person } from "./pages-world.ts";

const WHO = ["nobody", "olga", "aiko", "otto", "audrey"] as const;
type Who = (typeof WHO)[number];

let world: PagesWorld;
const cookies = new Map<Who, string>();
const tokens = new Map<Who, string>();
beforeAll(async () => {
  world = await pagesWorld();
  for (const who of WHO) await enter(who);
});
afterAll(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

const ask = (who: Who, path: string, form?: Readonly<Record<string, string>>, method?: string) =>
  world.app.request(`${ORIGIN}${path}`, {
    method: method ?? (form === undefined ? "GET" : "POST"),
    headers: {
      host: new URL(ORIGIN).host,
      cookie: `kidoban=${cookies.get(who) ?? ""}`,
      ...(form === undefined ? {} : { origin: ORIGIN, "content-type": "application/x-www-form-urlencoded" }),
    },
    ...(form === undefined ? {} : { body: new URLSearchParams({ csrf: tokens.get(who) ?? "", ...form }).toString() }),
  });

async function page(who: Who, path: string): Promise<void> {
  const answer = await ask(who, path);
  for (const cookie of answer.headers.getSetCookie())
    if (cookie.startsWith("kidoban=")) cookies.set(who, /^kidoban=([^;]+)/.exec(cookie)?.[1] ?? "");
  tokens.set(who, /name="csrf" value="([^"]+)"/.exec(await answer.text())?.[1] ?? "");
}

async function signed(who: Person, challenge: string, form: Readonly<Record<string, string>>) {
  const { gesture, publicKey } = (await (await ask(who, challenge, form)).json()) as {
    readonly gesture: string;
    readonly publicKey: Parameters<PagesWorld["passkeys"][Person]["use"]>[0];
  };
  return { ...form, gesture, credential: world.passkeys[who].use(publicKey) };
}

async function enter(who: Who): Promise<void> {
  await page(who, "/login");
  if (who === "nobody") return;
  const answer = await ask(who, "/login", await signed(who, "/login/challenge", {}));
  cookies.set(who, /^kidoban=([^;]+)/.exec(answer.headers.getSetCookie()[0] ?? "")?.[1] ?? "");
  await page(who, "/stops");
}

let count = 0;
const request = (): Promise<Request> => world.open({ path: `file ${count++}`, content: "x" });

async function pass(): Promise<string> {
  const { id, shown } = await request();
  const form = { shown, how: "exact", minutes: "5", count: "1", reason: "x" };
  await ask("aiko", `/requests/${id}/pass`, await signed("aiko", `/requests/${id}/pass/challenge`, form));
  return (await world.ports.passes.list())[0]?.body.pass ?? "none";
}

async function token(): Promise<string> {
  const id = String(count++).padStart(12, "0");
  const digest = createHash("sha256").update(id).digest("hex");
  const issued = { config: world.config, agent: "worker", issuedAt: world.now(), expiresAt: world.now() + 900_000 };
  await world.state.store.addToken({ id, digest, ...issued });
  return id;
}

async function enrolment(): Promise<string> {
  const { link, code } = newEnrolment();
  const row = { link: linkDigest(link), approver: "aiko", code: codeDigest(link, code) };
  await world.state.store.addEnrolment({ ...row, expiresAt: world.now() + ENROL_MS }, world.now());
  return link;
}

/** The path with something there for each of its parameters, new for each attempt. */
async function filled(path: string, asked: Request): Promise<string> {
  const stop = { agent: "worker", reason: "x", by: "olga" };
  return path
    .replace(/^\/(requests|history|fragments\/requests|log)\/:id/, `/$1/${asked.id}`)
    .replace(":pass", path.includes(":pass") ? await pass() : "")
    .replace(
      "/stops/:id",
      `/stops/${path.startsWith("/stops/:id") ? await world.ports.pages.stops.place({ ...stop, placedAt: world.now() }) : ""}`,
    )
    .replace(":agent", "worker")
    .replace(":token", path.includes(":token") ? await token() : "")
    .replace("/servers/:id", "/servers/ledger")
    .replace(":link", path.includes(":link") ? await enrolment() : "");
}

/** Everything that somebody could want to change. */
async function everything(): Promise<string> {
  const { store } = world.state;
  const requests = await store.requests({});
  return JSON.stringify([
    requests,
    await Promise.all(requests.map(({ id }) => store.statements(id))),
    await world.ports.passes.list(),
    await store.stops(),
    await store.tokens(),
    await store.acceptedDigest(world.config),
    readFileSync(join(world.folder, "kidoban.lock", "ledger.yaml"), "utf8"),
    readFileSync(world.config, "utf8"),
  ]);
}

/**
 * Of nobody, owner, approver, operator, auditor. A star: it changed something, which a login alone may only where that takes
 * a right away, or asks everybody anew.
 */
const TABLE: Readonly<Record<string, string>> = {
  "GET /assets/console.css": "200 200 200 200 200",
  "GET /assets/console.js": "200 200 200 200 200",
  "GET /assets/mark.svg": "200 200 200 200 200",
  "POST /preferences": "303 303 303 303 303",
  "GET /login": "200 303 303 303 303",
  "POST /login/challenge": "200 200 200 200 200",
  "POST /login": "401 401 401 401 401",
  "POST /logout": "401 303 303 303 303",
  "POST /login/provider": "401 401 401 401 401",
  "GET /login/provider/callback": "401 401 401 401 401",
  "GET /enrol/:link": "200 200 200 200 200",
  "POST /enrol/:link/challenge": "403 403 403 403 403",
  "POST /enrol/:link": "410 410 410 410 410",
  "GET /events": "401 200 200 200 200",
  "GET /": "303 200 200 200 200",
  "GET /fragments/inbox": "303 200 200 200 200",
  "GET /requests/:id": "303 200 200 200 200",
  "GET /fragments/requests/:id": "303 200 200 200 200",
  "GET /requests/:id/break-glass": "303 403 403 403 403",
  "POST /requests/:id/challenge": "401 409 200 409 409",
  "POST /requests/:id/answer": "401 303 303 303 303",
  "GET /requests/:id/edit": "303 403 200 403 403",
  "POST /requests/:id/edit": "401 403 303* 403 403",
  "GET /requests/:id/batch": "303 403 200 403 403",
  "POST /requests/:id/batch/challenge": "401 409 409 409 409",
  "POST /requests/:id/batch": "401 303 303 303 303",
  "GET /passes": "303 200 200 200 200",
  "GET /requests/:id/pass": "303 403 200 403 403",
  "POST /requests/:id/pass/challenge": "401 403 200 403 403",
  "POST /requests/:id/pass": "401 303 303 303 303",
  "POST /passes/:pass/challenge": "401 403 200 403 403",
  "POST /passes/:pass/sign": "401 303 303 303 303",
  "POST /passes/:pass/revoke": "401 303* 303* 303* 403",
  "GET /history": "303 200 200 200 200",
  "GET /history/:id": "303 200 403 403 200",
  "GET /agents": "303 200 200 200 200",
  "GET /agents/:agent": "303 200 200 200 200",
  "POST /agents/:agent/tokens/:token/revoke": "401 303* 403 303* 403",
  "GET /servers": "303 200 200 200 200",
  "GET /servers/:id": "303 200 200 200 200",
  "POST /servers/:id/survey": "401 200 403 403 403",
  "POST /servers/:id/pin": "401 409 403 403 403",
  "GET /config": "303 200 200 200 200",
  "POST /config/challenge": "401 409 403 403 403",
  "POST /config/accept": "401 409 409 409 409",
  "GET /log": "303 200 403 403 200",
  "GET /log/:id": "303 404 403 403 404",
  "GET /stops": "303 200 200 200 200",
  "GET /fragments/stops": "303 200 200 200 200",
  "POST /stops": "401 303* 303* 303* 403",
  "POST /stops/:id/challenge": "401 200 403 200 403",
  "POST /stops/:id/lift": "401 409 409 409 409",
};

/** As good as a form can be without a passkey. */
const formFor = ({ shown }: Request) => ({
  shown,
  answer: "approve",
  reason: "x",
  comment: "x",
  "arg.content": `y${count}`,
  how: "exact",
  minutes: "5",
  count: "1",
  gesture: "x",
  credential: "{}",
});

describe("every route, for every role", () => {
  test("stands in the table", () => {
    const routes = world.app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(routes)].toSorted()).toEqual(Object.keys(TABLE).toSorted());
  });

  test("P7: a login and a token of the page open what the table says, and change nothing but by a star", async () => {
    const asked = await request();
    const got: Record<string, string> = {};
    for (const route of Object.keys(TABLE)) {
      const [method = "", path = ""] = route.split(" ");
      const answers: string[] = [];
      for (const who of WHO) {
        const isGet = method === "GET";
        const one = path.includes("/edit") ? await request() : asked;
        const full = await filled(path, one);
        const before = isGet ? "" : await everything();
        const answer = await ask(who, full, isGet ? undefined : formFor(one));
        await answer.body?.cancel();
        answers.push(`${answer.status}${isGet || (await everything()) === before ? "" : "*"}`);
        if (path === "/logout") await enter(who);
      }
      got[route] = answers.join(" ");
    }
    expect(got).toEqual(TABLE);
  });

  test("no page offers a link or a form that refuses whoever it is shown to", async () => {
    const asked = await request();
    await pass();
    await token();
    await world.ports.pages.stops.place({ agent: "worker", reason: "x", by: "olga", placedAt: world.now() });
    const routes = Object.entries(TABLE).map(([route, statuses]) => {
      const [method = "", path = ""] = route.split(" ");
      return { method, pattern: new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`), statuses: statuses.split(" ") };
    });
    const dead: string[] = [];
    const seen: Record<string, number> = {};
    const revokes: string[] = [];
    for (const [at, who] of WHO.entries()) {
      if (who === "nobody") continue;
      const pages = ["/", `/requests/${asked.id}`];
      for (const page of pages) {
        const answer = await ask(who, page);
        const text = await answer.text();
        if (answer.status === 403) dead.push(`${who} ${page}`);
        const offered = [
          ...[...text.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, path]) => ["GET", path] as const),
          ...[...text.matchAll(/(?:action|data-gesture)="([^"]+)"/g)].map(([, path]) => ["POST", path] as const),
        ];
        for (const [method, address = ""] of offered) {
          const path = (address.split(/[?#]/)[0] ?? "").replaceAll("&amp;", "&");
          if (!path.startsWith("/")) continue;
          const route = routes.find((one) => one.method === method && one.pattern.test(path));
          // One of each kind: they are made alike.
          if (method === "GET" && !pages.some((page) => route?.pattern.test(page))) pages.push(path);
          if (path.endsWith("/revoke") && path.startsWith("/passes/")) revokes.push(who);
          if (method === "POST" && route?.statuses[at] === "403") dead.push(`${who} ${page}: ${method} ${path}`);
        }
      }
      seen[who] = pages.length;
    }
    expect(dead).toEqual([]);
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(9);
    // To take a pass back needs no passkey, and no right to give one.
    expect([...new Set(revokes)]).toEqual(["olga", "aiko", "otto"]);
  });

  test("no GET and no HEAD changes anything, whoever asks, whatever stands behind the question mark", async () => {
    const asked = await request();
    const query = `?${new URLSearchParams({ csrf: tokens.get("olga") ?? "", ...formFor(asked) }).toString()}`;
    const paths = await Promise.all(
      [...new Set(Object.keys(TABLE).map((route) => route.split(" ")[1] ?? ""))].map((path) => filled(path, asked)),
    );
    const before = await everything();
    for (const path of paths)
      for (const method of ["GET", "HEAD"]) {
        const answer = await ask("olga", path + query, undefined, method);
        expect([path, method, answer.status < 500]).toEqual([path, method, true]);
        await answer.body?.cancel();
      }
    expect(await everything()).toBe(before);
    expect((await ask("olga", "/")).status).toBe(200);
  });

  test("what nobody has, or is no name at all, is not found, and breaks nothing", async () => {
    const odd = [
      "__proto__",
      "constructor",
      "%00",
      "%ff",
      "..%2f..%2fetc%2fpasswd",
      "%F0%9F%92%A9",
      "a".repeat(5000),
      "%252e",
      "-1",
      "{}",
    ];
    const paths = [...new Set(Object.keys(TABLE).map((route) => route.split(" ")[1] ?? ""))].filter((path) =>
      path.includes(":"),
    );
    const filledIn = formFor(await request());
    for (const path of paths)
      for (const name of odd)
        for (const form of [undefined, filledIn]) {
          const answer = await ask("olga", path.replaceAll(/:\w+/g, name), form);
          const text = await answer.text();
          expect(answer.status, `${path} ${name}`).toBeGreaterThanOrEqual(300);
          expect(answer.status, `${path} ${name}`).toBeLessThan(500);
          expect(text).not.toContain(world.root);
          expect(text).not.toMatch(/\bat .*\.[tj]s:\d/);
        }
    expect(world.failures).toEqual([]);
  });
});
