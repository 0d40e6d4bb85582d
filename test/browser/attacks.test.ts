/** Scripts and markup through everything that an agent or a server says, and pages of other origins, in a real browser. */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestCode } from "../../src/approval/action.ts";
import type { Request } from "../../src/approval/request.ts";
import { buildView, viewDigest, visiblePreview, type View } from "../../src/approval/show.ts";
import { ENROL_MS, linkDigest } from "../../src/console/enrolment.ts";
import { facts, obligation, sampleRequest } from "../approval/sample.ts";
import { assertion } from "../console/authenticator.ts";
import { launch, missing, mustRun } from "./chromium.ts";
import { MARK, PAYLOADS, some } from "./payloads.ts";
import { logIn, makeWorld, sit, type Seat, type World } from "./world.ts";

if (missing !== undefined && mustRun) throw new Error(missing);

const ALL = PAYLOADS.join("\n");
/** Columns of the store take no NUL. */
const NO_NUL = ALL.replaceAll("\0", "");
const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");
const HOSTILE = resolve(import.meta.dirname, "hostile-server.mjs");
const INSPECT = resolve(import.meta.dirname, "inspect.js");

/** Found in a page; empty where it is as the console made it. */
const faultsOf = (page: Page, text?: string): Promise<readonly string[]> =>
  page.evaluate(`__faults(${text === undefined ? "undefined" : JSON.stringify(text)}, ${JSON.stringify(MARK)})`);
const seenOn = (page: Page): Promise<number> => page.evaluate(`__seen(${JSON.stringify(MARK)})`);

describe.skipIf(missing !== undefined)("attacks on the console in a browser", () => {
  let browser: Browser;
  let world: World;
  let seat: Seat;
  let page: Page;
  let folder: string;
  const agents: Client[] = [];

  beforeAll(async () => {
    browser = await launch();
    folder = mkdtempSync(join(tmpdir(), "kidoban-words-"));
    const words = join(folder, "words.json");
    const say = (about: string, names: readonly string[]): void =>
      writeFileSync(words, JSON.stringify({ about, names, uris: PAYLOADS.map((one) => `note:${one}`), says: ALL }));
    say("Reviewed.", []);
    world = await makeWorld({
      people: { olga: { groups: ["ops"] } },
      servers: { hostile: [process.execPath, HOSTILE, words] },
    });
    // As a person does who reviewed it before it turned: what it says is shown before a write.
    const lock = join(world.folder, "kidoban.lock", "hostile.yaml");
    const preview = "    preview: { read: peek, with: { id: args.id }, becomes: args.id }\n";
    writeFileSync(
      lock,
      readFileSync(lock, "utf8").replace(/^( {2}note:\n(?: {4}.*\n)*?)( {4}definition:)/m, `$1${preview}$2`),
    );
    await world.acceptNow();
    seat = await sit(browser, world.passkeys.get("olga"));
    ({ page } = seat);
    await seat.context.addInitScript({ path: INSPECT });
    await logIn(seat, world.origin);
    await hostileAgent(() => say(ALL, PAYLOADS));
  });
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.close()));
    await browser?.close();
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Asks for a write with a payload in all that an agent may choose, then its server turns. */
  async function hostileAgent(turn: () => void): Promise<void> {
    const agent = new Client({ name: some(900), version: some(300), title: some(900, 40) });
    agents.push(agent);
    const args = [KIDOBAN, "stdio", "--agent", "writer"];
    await agent.connect(
      new StdioClientTransport({ command: process.execPath, args, env: world.env, stderr: "ignore" }),
    );
    const call = (name: string, given: Record<string, unknown>) =>
      agent.callTool({ name, arguments: given }).catch(() => undefined);
    await call(some(200, 80), {});
    const named = Object.fromEntries(PAYLOADS.map((payload) => [payload, payload]));
    void call("hostile_note", { id: ALL, ...named, kidoban_reason: some(499, 120) });
    await world.waitFor("pending");
    turn();
    // Whatever is not known any more is found to differ at the next list.
    await agent.transport?.send({ jsonrpc: "2.0", method: some(120, 160) });
    await call("hostile_peek", { id: "x" });
  }

  /** As it would stand in a store that somebody wrote into: every string of a request, and answers to it. */
  async function hostileRequest(isSecond: boolean): Promise<Request> {
    const args = {
      isSecond,
      content: ALL,
      [ALL]: [ALL, { isEscaped: true, callbacks: [], toString: "<script>__hit()</script>" }],
    };
    const more = { agent: NO_NUL, server: NO_NUL, endpoint: ALL, name: NO_NUL, rules: [ALL] };
    const base = sampleRequest({ agent: NO_NUL }, args);
    const view: View = {
      ...buildView({
        ...facts({ ...more, args, reason: ALL, changeFailed: ALL, destructive: false }),
        ...(isSecond ? {} : { earlier: { call: ALL, at: Date.now() } }),
        question: { by: ALL, text: ALL, at: Date.now() },
      }),
      ...visiblePreview({
        change: { before: ALL, after: `${ALL}\n${ALL}` },
        dryRun: ALL,
        sql: {
          dialect: "postgresql",
          facts: { statements: [{ kind: ALL, where: false }], writes: [ALL], reads: [ALL], calls: [ALL] },
        },
      }),
    };
    const { endpoint: _shown, ...own } = more;
    const opened = await world.state.store.openRequest(
      {
        ...base,
        ...own,
        id: createHash("sha256").update(base.id).digest("hex").slice(0, 32),
        code: requestCode(base.action, base.nonce),
        destructive: false,
        view,
        shown: viewDigest(view),
        obligations: [obligation({ rule: ALL, ticket: ALL, from: ["ops"], assurance: "verified", edit: ["content"] })],
        openedAt: Date.now(),
        expiresAt: Date.now() + 900_000,
      },
      1000,
    );
    if (opened.kind !== "opened") throw new Error(opened.kind);
    const { request } = opened;
    const answer = {
      v: 1,
      request: request.id,
      nonce: request.nonce,
      action: request.action,
      shown: request.shown,
    } as const;
    await world.state.store.addStatement({
      body: {
        ...answer,
        answer: "return",
        expiresAt: request.expiresAt,
        approver: NO_NUL,
        answeredAt: Date.now(),
        comment: ALL,
        ticket: ALL,
        standsFor: ALL,
      },
      assurance: "verified",
      key: NO_NUL,
      signature: NO_NUL,
    });
    return request;
  }

  /** Opens a page as a person does; nothing may have run, nothing may stand there that is not the console's. */
  async function open(path: string): Promise<number> {
    await page.goto(world.origin + path);
    expect(await faultsOf(page), path.slice(0, 80)).toEqual([]);
    expect(await page.evaluate("[__hits, __stopped]"), path.slice(0, 80)).toEqual([0, []]);
    return seenOn(page);
  }

  test("the eye that looks for faults is not blind", async () => {
    expect(PAYLOADS.length).toBeGreaterThanOrEqual(500);
    const bare = createServer((_, response) => {
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.end(
        PAYLOADS.slice(0, 40)
          .map((each) => `<p>${each}</p>`)
          .join("\n"),
      );
    });
    const port = await listening(bare);
    const other = await seat.context.newPage();
    try {
      await other.goto(`http://localhost:${port}/`);
      await expect.poll(() => other.evaluate("__hits")).toBeGreaterThan(0);
      const found = await Promise.all(
        PAYLOADS.slice(0, 475).map((each) =>
          faultsOf(other, `<p>${each}</p><p title="${each}"><p title='${each}'><p title=${each}>`),
        ),
      );
      // All but what would break out of a title and then say nothing there.
      expect(found.filter((faults) => faults.length === 0).length).toBeLessThan(2);
    } finally {
      await other.close();
      bare.close();
    }
  });

  test(`${PAYLOADS.length} payloads through all that agents, servers and approvers write stay text on every page`, async () => {
    const [request, other] = [await hostileRequest(false), await hostileRequest(true)];
    const { store, log } = world.state;
    const real = (await store.requests({ states: ["pending"] })).find(({ server }) => server === "hostile");
    const link = "A".repeat(22);
    await store.addEnrolment(
      { link: linkDigest(link), approver: NO_NUL, code: "x", expiresAt: Date.now() + ENROL_MS },
      Date.now(),
    );
    await store.placeStop({ id: "s1", agent: NO_NUL, reason: NO_NUL, by: NO_NUL, placedAt: Date.now() });
    log.record({ kind: "console.entered", by: ALL, key: ALL });
    await log.synced();
    // A changed configuration with payloads in what people write there.
    const manifest = join(world.folder, "manifests", "writer.yaml");
    const lines = PAYLOADS.map((each) => `# ${JSON.stringify(each)}`).join("\n");
    writeFileSync(manifest, `${readFileSync(manifest, "utf8")}\n${lines}\n`);

    const count = PAYLOADS.length;
    const seen: Record<string, number> = {};
    const paths = {
      inbox: "/",
      request: `/requests/${request.id}`,
      batch: `/requests/${request.id}/batch`,
      edit: `/requests/${request.id}/edit`,
      pass: `/requests/${other.id}/pass`,
      asked: `/requests/${real?.id}`,
      history: "/history",
      record: `/history/${request.id}`,
      server: "/servers/hostile",
      servers: "/servers",
      agents: "/agents",
      agent: "/agents/writer",
      config: "/config",
      newest: "/log",
      log: "/log?kind=console.entered",
      trail: `/log/${real?.call}`,
      stops: "/stops",
      passes: "/passes",
      enrol: `/enrol/${link}`,
    };
    for (const [name, path] of Object.entries(paths)) seen[name] = await open(path);
    const whole = [
      "inbox",
      "request",
      "batch",
      "edit",
      "pass",
      "asked",
      "server",
      "history",
      "record",
      "config",
      "log",
      "trail",
      "stops",
      "enrol",
    ];
    expect(Object.fromEntries(whole.map((name) => [name, seen[name]]))).toEqual(
      Object.fromEntries(whole.map((name) => [name, count])),
    );
    // The turned server's words, against those that were reviewed, and all that it offers now.
    await page.goto(`${world.origin}/servers/hostile`);
    await page.locator("form[action$='/survey'] button").click();
    await page.locator("input[name=survey]").waitFor({ state: "attached" });
    await page.waitForLoadState();
    expect(await faultsOf(page)).toEqual([]);
    expect(await seenOn(page)).toBe(count);
    expect(await page.evaluate("[__hits, __stopped]")).toEqual([0, []]);
    // What an approver types goes to others. By now the turned server may have voided what was really asked for.
    await open(`/requests/${request.id}`);
    await page.locator("textarea[name=comment]").fill(some(1900, 200));
    await page.locator("button[value=deny]:enabled").click();
    await page.locator("[data-note]:not([hidden])").waitFor();
    expect(await faultsOf(page)).toEqual([]);
    for (const path of [`/requests/${request.id}`, `/history/${request.id}`, `/log/${request.id}`]) await open(path);
    expect(seat.complaints).toEqual([]);
  });

  test("payloads in addresses, names of paths and parameters stay text too", async () => {
    await page.goto(`${world.origin}/stops`);
    const chunks: string[] = [];
    for (const payload of PAYLOADS) {
      const last = chunks.at(-1);
      const next = encodeURIComponent(payload.replaceAll("\u0000", ""));
      if (last === undefined || last.length + next.length > 5000) chunks.push(next);
      else chunks[chunks.length - 1] = last + next;
    }
    const texts: string[] = [];
    for (const chunk of chunks)
      for (const path of [
        `/log/${chunk}`,
        `/servers/${chunk}`,
        `/agents/${chunk}`,
        `/requests/${chunk}`,
        `/nowhere/${chunk}`,
        `/history?agent=${chunk}&server=${chunk}&state=${chunk.slice(0, 60).replace(/%.?$/, "")}`,
        `/log?agent=${chunk}&kind=x`,
        `/?after=${chunk}`,
      ])
        texts.push(await page.evaluate(`fetch(${JSON.stringify(path)}).then((answer) => answer.text())`));
    for (const text of texts) expect(await faultsOf(page, text)).toEqual([]);
    expect(texts.join("")).toContain(MARK);
    await open(`/log/${chunks[0]}`);
    await open(`/history?agent=${chunks[1]}`);
  });

  const cookie = async (): Promise<string> => {
    const all = await seat.context.cookies(world.origin);
    return all.map(({ name, value }) => `${name}=${value}`).join("; ");
  };
  async function asking(): Promise<Request> {
    const base = sampleRequest({}, { path: `asked ${Date.now()}` });
    const opened = await world.state.store.openRequest(
      {
        ...base,
        id: createHash("sha256").update(`${base.id}${Date.now()}`).digest("hex").slice(0, 32),
        obligations: [obligation({ assurance: "verified" })],
        openedAt: Date.now(),
        expiresAt: Date.now() + 900_000,
      },
      1000,
    );
    if (opened.kind !== "opened") throw new Error(opened.kind);
    return opened.request;
  }

  /** Whoever has the cookie and no browser: every header as it should be. */
  async function stolen(path: string, form?: Readonly<Record<string, string>>) {
    const { host, port: at } = new URL(world.origin);
    const type = { origin: world.origin, "content-type": "application/x-www-form-urlencoded" };
    const headers = { host, cookie: await cookie(), connection: "close", ...(form === undefined ? {} : type) };
    const method = form === undefined ? "GET" : "POST";
    const sent = httpRequest({ host: "127.0.0.1", port: at, path, method, headers });
    sent.end(form === undefined ? undefined : new URLSearchParams(form).toString());
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    let text = "";
    for await (const part of answer) text += String(part);
    return { status: answer.statusCode ?? 0, text };
  }

  describe("a page of another origin", () => {
    let evil: Server;
    let port = 0;
    let html = "";
    const asked: string[] = [];
    beforeAll(async () => {
      evil = createServer((request, response) => {
        asked.push(request.headers.cookie ?? "");
        response.setHeader("content-type", "text/html; charset=utf-8");
        response.end(html);
      });
      port = await listening(evil);
    });
    afterAll(() => evil.close());

    test("changes nothing by forms, fetches, beacons and frames, whatever name of this machine it has", async () => {
      const { csrf, stops } = {
        csrf: field((await stolen("/stops")).text, "csrf"),
        stops: await world.state.store.stops(),
      };
      for (const name of ["localhost", "kidoban.localhost", "evil.kidoban.localhost"]) {
        const at = `http://${name}:${port}`;
        const fields = `<input name="csrf" value="${csrf}"><input name="reason" value="x">`;
        html = `<form method="post" action="${world.origin}/stops">${fields}</form>
          <form method="post" enctype="text/plain" action="${world.origin}/stops">${fields}</form>
          <form method="post" action="${world.origin}/logout">${fields}</form>
          <iframe src="${world.origin}/stops"></iframe><object data="${world.origin}/stops"></object>`;
        const attacker = await seat.context.newPage();
        await attacker.goto(`${at}/`);
        const said = await attacker.evaluate(
          `(async () => {
            const body = new URLSearchParams({ csrf: ${JSON.stringify(csrf)}, reason: "x" });
            const tries = [
              ["/stops", { method: "POST", mode: "no-cors", credentials: "include", body }],
              ["/stops", { method: "POST", mode: "no-cors", credentials: "include", body: '{"reason":"x"}', headers: { "content-type": "text/plain" } }],
              ["/stops", { method: "POST", credentials: "include", body }],
              ["/logout", { method: "POST", mode: "no-cors", credentials: "include", body }],
              ["/log", { credentials: "include" }],
              ["/log", { credentials: "include", mode: "no-cors" }],
            ];
            const read = [];
            for (const [path, how] of tries)
              read.push(await fetch(${JSON.stringify(world.origin)} + path, how).then((answer) => answer.text()).catch(() => ""));
            navigator.sendBeacon(${JSON.stringify(world.origin)} + "/logout", body);
            return read.join("");
          })()`,
        );
        expect(said).toBe("");
        // Chromium shows its own error page, into which nobody sees.
        expect(
          attacker
            .frames()
            .slice(1)
            .map((frame) => frame.url()),
        ).toEqual(expect.not.arrayContaining([`${world.origin}/stops`]));
        for (const nth of [0, 1, 2]) {
          await attacker.goto(`${at}/`);
          await attacker.evaluate(`document.forms[${nth}].submit()`);
          await attacker.waitForURL(/\/(?:stops|logout)$/);
          expect(await attacker.innerText("body")).toMatch(/^refused: /);
        }
        await attacker.close();
      }
      expect(await world.state.store.stops()).toEqual(stops);
      expect((await stolen("/stops")).status).toBe(200);
    });

    test("holds no window of the console that it opened, and learns nothing from its address", async () => {
      html = "<title>evil</title>";
      const attacker = await seat.context.newPage();
      await attacker.goto(`http://kidoban.localhost:${port}/`);
      const [opened] = await Promise.all([
        seat.context.waitForEvent("page"),
        attacker.evaluate(`void (window.held = open(${JSON.stringify(`${world.origin}/stops`)}))`),
      ]);
      await opened.waitForURL(`${world.origin}/stops`);
      await opened.locator("main h1").first().waitFor();
      expect(await opened.evaluate("opener")).toBeNull();
      expect(await attacker.evaluate("held.closed")).toBe(true);
      await Promise.all([opened.close(), attacker.close()]);
    });

    test("P7: with the cookie stolen and a human's gesture phished on another port, nothing is answered", async () => {
      const request = await asking();
      html = "<h1>Please confirm</h1>";
      await page.goto(`http://kidoban.localhost:${port}/`);
      // Cookies know no ports: it was handed over by the visit alone.
      expect(asked.at(-1)).toContain("kidoban=");
      const shown = await stolen(`/requests/${request.id}`);
      const fields = { csrf: field(shown.text, "csrf"), shown: request.shown, answer: "approve" };
      const offered = JSON.parse((await stolen(`/requests/${request.id}/challenge`, fields)).text) as {
        readonly gesture: string;
        readonly publicKey: { readonly challenge: string; readonly allowCredentials: readonly string[] };
      };
      // The passkey is the relying party's, whatever the port; the browser writes the port into what it signs.
      const phished = await page.evaluate(
        `(async ({ challenge, allowCredentials }) => {
          const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
          const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
          const { id, response } = await navigator.credentials.get({ publicKey: {
            challenge: bytes(challenge), rpId: "kidoban.localhost", userVerification: "required",
            allowCredentials: allowCredentials.map((id) => ({ type: "public-key", id: bytes(id) })),
          } });
          return JSON.stringify({ id, authenticatorData: text(response.authenticatorData), clientData: text(response.clientDataJSON), signature: text(response.signature) });
        })(${JSON.stringify(offered.publicKey)})`,
      );
      await stolen(`/requests/${request.id}/answer`, {
        ...fields,
        gesture: offered.gesture,
        credential: String(phished),
      });
      expect(await world.state.store.statements(request.id)).toEqual([]);
      expect((await world.state.store.request(request.id))?.state).toBe("pending");
      // The same path with a gesture at the console itself counts, so that it was the port.
      const again = JSON.parse((await stolen(`/requests/${request.id}/challenge`, fields)).text) as typeof offered;
      const passkey = world.passkeys.get("olga");
      if (passkey === undefined) throw new Error("nobody");
      const credential = assertion(passkey, { challenge: again.publicKey.challenge });
      await stolen(`/requests/${request.id}/answer`, { ...fields, gesture: again.gesture, credential });
      expect(await world.state.store.statements(request.id)).toHaveLength(1);
    });
  });
});

const listening = (server: Server): Promise<number> =>
  new Promise((done) => server.listen(0, "127.0.0.1", () => done((server.address() as AddressInfo).port)));

const field = (text: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]+)"`).exec(text)?.[1] ?? "";
