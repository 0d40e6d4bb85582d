import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { pagesWorld, type PagesWorld, type Person, ROLES } from "./pages-world.ts";

let world: PagesWorld;
afterEach(async () => {
  expect(world.failures).toEqual([]);
  await world.close();
});

const hidden = (text: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? "";

describe("every page", () => {
  test("is there for whom it is meant, in both languages, and for nobody who is not logged in", async () => {
    world = await pagesWorld();
    const paths = ["/history", "/agents", "/agents/worker", "/servers", "/servers/ledger", "/config", "/log", "/stops"];
    const stranger = world.browser();
    for (const path of paths) expect((await stranger.ask(path)).location, path).toMatch(/^\/login/);
    for (const language of ["en", "ja"] as const) {
      for (const who of Object.keys(ROLES) as Person[]) {
        const person = await world.logIn(who, language);
        for (const path of paths) {
          const { status, text } = await person.ask(path);
          const isWatcher = who === "olga" || who === "audrey";
          expect(status, `${who} ${path}`).toBe(path === "/log" && !isWatcher ? 403 : 200);
          expect(text).toContain(`<html lang="${language}"`);
          expect(text).not.toContain("undefined");
          expect(text).not.toContain("[object");
        }
      }
    }
  });

  test("P9 an agent's page tells owner, rules with file and line, and tokens without their secrets", async () => {
    world = await pagesWorld();
    world.writeManifest("  - id: no-wipe\n    effect: deny\n    match: [ledger/delete_entry]\n    reason: never");
    const { text } = await (await world.logIn("aiko")).ask("/agents/worker");
    expect(text).toContain("owner: olga");
    expect(text).toContain("manifests/worker.yaml:7");
    // The whole rule, not its first line alone.
    expect(text).toContain("- id: no-wipe\n  effect: deny\n  match: [ledger/delete_entry]\n  reason: never<");
    expect(text).toContain("not accepted yet");
  });

  test("P4 reading the log is an entry before the page, and so is opening a past request", async () => {
    world = await pagesWorld();
    const audrey = await world.logIn("audrey");
    const reads = () => world.entries().filter(({ kind }) => kind === "log.read");
    expect(reads()).toEqual([]);
    await audrey.ask("/log");
    await audrey.ask("/history/nothing");
    await audrey.ask("/log/nothing");
    expect(reads().map(({ by, command }) => [by, command])).toEqual(
      Array.from({ length: 3 }, () => ["audrey", "console"]),
    );
    const aiko = await world.logIn("aiko");
    expect((await aiko.ask("/log/nothing")).status).toBe(403);
    expect(reads()).toHaveLength(3);
  });
});

describe("what agents and servers wrote", () => {
  test("stays text on the log's pages, in lists, in entries and in bodies, with nothing left unseen", async () => {
    world = await pagesWorld();
    const { log } = world.state;
    const hostile = [
      `<img src=x onerror=alert(1)>`,
      `"><script>alert(1)</script>`,
      `' onfocus=alert(1) x='`,
      "a\u202eb\u0000\u200bc",
    ];
    for (const [at, text] of hostile.entries()) {
      log.record({
        kind: "call.intent",
        call: `call-${at}`,
        agent: text,
        target: { server: text, kind: "tool", name: text },
        why: { effect: "allow", access: "read", cause: "rule", rules: [text], detail: text },
        args: log.body(JSON.stringify({ text, [text]: 1 }), "json"),
        claimed: { client: text, reason: text, meta: text },
      });
      log.record({
        kind: "call.outcome",
        call: `call-${at}`,
        status: "ok",
        result: log.body(text, true),
        detail: text,
      });
      log.record({ kind: "server.ended", server: text, reason: text });
    }
    await log.synced();
    const audrey = await world.logIn("audrey");
    const pages = [await audrey.ask("/log")];
    for (const [at] of hostile.entries()) pages.push(await audrey.ask(`/log/call-${at}`));
    // No NUL comes in by an address.
    for (const text of hostile.slice(0, 3))
      pages.push(await audrey.ask(`/log?agent=${encodeURIComponent(text)}&kind=call.intent`));
    for (const { status, text } of pages) {
      expect(status).toBe(200);
      expect(text).not.toMatch(/<img src=x|<script>|"><script|' onfocus/);
      // What a filter sends back is the name itself, and nobody reads it there.
      const seen = text.replaceAll(/ value="[^"]*"/g, "");
      for (const unseen of ["\u202e", "\u0000", "\u200b"]) expect(seen).not.toContain(unseen);
    }
    expect(pages[0]?.text).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(pages[4]?.text).toContain("\\u{202e}");
  });
});

describe("a stop", () => {
  test("P8 is placed without a passkey, by everybody but an auditor, and lifted by one that may", async () => {
    world = await pagesWorld();
    const [aiko, audrey, otto] = [await world.logIn("aiko"), await world.logIn("audrey"), await world.logIn("otto")];
    expect((await audrey.ask("/stops", { agent: "", reason: "no" })).status).toBe(403);
    expect((await aiko.ask("/stops", { agent: "nobody", reason: "x" })).status).toBe(400);
    expect((await aiko.ask("/stops", { agent: "worker", reason: "<b>odd</b>" })).location).toBe("/stops");
    const [stop] = await world.state.store.stops();
    expect(stop).toMatchObject({ agent: "worker", by: "aiko", reason: "<b>odd</b>" });
    const id = stop?.id ?? "";
    const page = await otto.ask("/stops");
    expect(page.text).toContain("&lt;b&gt;odd&lt;/b&gt;");
    expect(page.text).not.toContain("<b>odd</b>");
    const form = { reason: "checked" };
    expect((await aiko.sign("aiko", `/stops/${id}/challenge`, `/stops/${id}/lift`, form)).status).toBe(403);
    // Somebody else's passkey does not become theirs.
    expect((await otto.sign("aiko", `/stops/${id}/challenge`, `/stops/${id}/lift`, form)).status).toBe(409);
    expect(await world.state.store.stops()).toHaveLength(1);
    expect((await otto.sign("otto", `/stops/${id}/challenge`, `/stops/${id}/lift`, form)).location).toBe("/stops");
    expect(await world.state.store.stops()).toEqual([]);
    expect(world.entries().find(({ kind }) => kind === "stop.lifted")).toMatchObject({
      stop: id,
      approver: "otto",
      reason: "checked",
      key: world.passkeys.otto.passkey.key,
      passkey: { authenticatorData: expect.any(String) as string },
    });
  });

  test("P8 a lift that was signed for one stop lifts no other, and none twice", async () => {
    world = await pagesWorld();
    const otto = await world.logIn("otto");
    await otto.ask("/stops", { agent: "worker", reason: "one" });
    await otto.ask("/stops", { agent: "", reason: "two" });
    const [one, two] = await world.state.store.stops();
    const form = { reason: "checked" };
    const across = await otto.sign("otto", `/stops/${one?.id}/challenge`, `/stops/${two?.id}/lift`, form);
    expect(across.status).toBe(409);
    expect(await world.state.store.stops()).toHaveLength(2);
  });
});

describe("a changed configuration", () => {
  const more = 'rules:\n  - { id: careful, effect: ask, match: ["*/append"] }\n';

  test("P12 is shown and accepted by an owner's passkey, and the log proves it by the passkey", async () => {
    world = await pagesWorld();
    world.writeManifest(`  - { id: free, effect: allow, match: [ledger/append] }`);
    const olga = await world.logIn("olga");
    const page = await olga.ask("/config");
    expect(page.text).toContain("Waits for acceptance");
    expect(page.text).toContain("{ id: free, effect: allow, match: [ledger/append] }");
    const form = { digest: hidden(page.text, "digest"), previous: hidden(page.text, "previous") };
    const done = await olga.sign("olga", "/config/challenge", "/config/accept", form);
    expect(done.location).toBe("/config");
    expect(await world.state.store.acceptedDigest(world.config)).toBe(form.digest);
    expect(world.entries().find(({ kind, by }) => kind === "config.accepted" && by === "olga")).toMatchObject({
      by: "olga",
      digest: form.digest,
      previous: form.previous,
      key: world.passkeys.olga.passkey.key,
      passkey: { clientData: expect.any(String) as string },
    });
    expect((await olga.ask("/config")).text).toContain("Nothing waits.");
  });

  test("P12 another change between page and gesture, or between gesture and answer, is refused", async () => {
    world = await pagesWorld();
    world.writeConfig(more);
    const olga = await world.logIn("olga");
    const page = await olga.ask("/config");
    const form = { digest: hidden(page.text, "digest"), previous: hidden(page.text, "previous") };
    world.writeManifest(`  - { id: free, effect: allow, match: [ledger/append] }`);
    expect((await olga.sign("olga", "/config/challenge", "/config/accept", form)).status).toBe(409);

    const again = await olga.ask("/config");
    const second = { digest: hidden(again.text, "digest"), previous: hidden(again.text, "previous") };
    const offer = JSON.parse((await olga.ask("/config/challenge", second)).text) as {
      gesture: string;
      publicKey: { challenge: string; rpId: string; allowCredentials: string[] };
    };
    world.writeManifest(`  - { id: freer, effect: allow, match: ["ledger/*"] }`);
    const credential = world.passkeys.olga.use(offer.publicKey);
    expect((await olga.ask("/config/accept", { gesture: offer.gesture, credential })).status).toBe(409);
    // The same gesture once more is none.
    expect((await olga.ask("/config/accept", { gesture: offer.gesture, credential })).status).toBe(409);
    expect(await world.state.store.acceptedDigest(world.config)).toBe(form.previous);
  });

  test("P12 is accepted by nobody but an owner, whatever they send", async () => {
    world = await pagesWorld();
    world.writeConfig(more);
    for (const who of ["aiko", "otto", "audrey"] as const) {
      const person = await world.logIn(who);
      const page = await person.ask("/config");
      expect(page.text).not.toContain('action="/config/accept"');
      const view = await world.ports.pages.config.view();
      if (view.kind !== "differs") throw new Error(view.kind);
      const form = { digest: view.digest, previous: view.previous };
      expect((await person.sign(who, "/config/challenge", "/config/accept", form)).status).toBe(403);
    }
  });

  test("P11 files with mistakes are told with their lines, and nothing can be accepted", async () => {
    world = await pagesWorld();
    appendFileSync(join(world.folder, "manifests", "worker.yaml"), "  - { id: x, effekt: deny }\n");
    const { text } = await (await world.logIn("olga", "ja")).ask("/config");
    expect(text).toContain("manifests/worker.yaml:");
    expect(text).not.toContain('action="/config/accept"');
  });
});

describe("pinning", () => {
  test("P1 a survey is an owner's; what a human says of each row gets into the lock, which is then a change", async () => {
    world = await pagesWorld();
    expect((await (await world.logIn("aiko")).ask("/servers/ledger/survey", {})).status).toBe(403);
    const olga = await world.logIn("olga");
    const survey = await olga.ask("/servers/ledger/survey", {});
    expect(survey.status).toBe(200);
    const id = hidden(survey.text, "survey");
    const rows = [...survey.text.matchAll(/name="access-(\d+)"\s+value="read"/g)].length;
    expect(rows).toBeGreaterThan(2);
    const all = Object.fromEntries(Array.from({ length: rows }, (_, at) => [`access-${at}`, "write"]));
    // Half a form writes nothing.
    expect((await olga.ask("/servers/ledger/pin", { survey: id, "access-0": "read" })).status).toBe(400);
    // Nor does somebody else's survey.
    const otherOwner = await world.logIn("aiko");
    expect((await otherOwner.ask("/servers/ledger/pin", { survey: id, ...all })).status).toBe(403);
    const done = await olga.ask("/servers/ledger/pin", { survey: id, ...all, "destructive-0": "yes" });
    expect(done.location).toBe("/servers/ledger");
    const lock = readFileSync(join(world.folder, "kidoban.lock", "ledger.yaml"), "utf8");
    expect(lock).toContain("by: olga");
    expect(lock).not.toContain("access: read\n");
    expect(world.entries().filter(({ kind, by }) => kind === "lock.pinned" && by === "olga")).toHaveLength(1);
    expect((await olga.ask("/config")).text).toContain("kidoban.lock/ledger.yaml");
    expect((await olga.ask("/servers/ledger/pin", { survey: id, ...all })).status).toBe(409);
  });

  test("P12 nothing is started that nobody accepted, and a lock that changed meanwhile is not overwritten", async () => {
    world = await pagesWorld();
    const olga = await world.logIn("olga");
    const survey = await olga.ask("/servers/ledger/survey", {});
    const rows = [...survey.text.matchAll(/name="access-(\d+)"\s+value="read"/g)].length;
    const all = Object.fromEntries(Array.from({ length: rows }, (_, at) => [`access-${at}`, "read"]));
    const lock = join(world.folder, "kidoban.lock", "ledger.yaml");
    appendFileSync(lock, "# another hand\n");
    expect((await olga.ask("/servers/ledger/pin", { survey: hidden(survey.text, "survey"), ...all })).status).toBe(409);
    expect(readFileSync(lock, "utf8")).toContain("# another hand");

    const mark = join(world.root, "started");
    const text = readFileSync(world.config, "utf8").replace(
      /args: \[/,
      `args: ["-e", "require('fs').writeFileSync('${mark}','')", `,
    );
    writeFileSync(world.config, text);
    expect((await olga.ask("/servers/ledger/survey", {})).status).toBe(409);
    expect(() => readFileSync(mark)).toThrow();
  });
});
