/** People at their browsers, before a real gate and a real server: what they see, and what comes of their gestures. */

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { LONGEST_MS } from "../to-its-end.ts";
import { launch, missing, mustRun } from "./chromium.ts";
import { phrasesIn } from "./phrases.ts";
import * as shots from "./shots.ts";
import { logIn, makeWorld, sit, type Seat, type World } from "./world.ts";

test("there is a Chromium to test with, or this says that there is none", () => {
  if (missing !== undefined && !mustRun) process.stderr.write(`browser tests are skipped: ${missing}\n`);
  expect([mustRun, missing]).not.toEqual([true, missing ?? "missing"]);
});

const RULES = `
  - { id: writes, effect: ask, match: [files/write_file], approval: { allow_edit: [content] } }
  - { id: two, effect: ask, match: [files/move_file], approval: { from: [ops], need: 2 } }
  - id: staged
    effect: ask
    match: [files/edit_file]
    approval: { stages: [{ from: [ops] }, { from: [leads] }], break_glass: [leads], ticket: "OPS-*" }
  - id: at-night
    effect: ask
    match: [files/create_directory]
    when: "args.path.contains('night')"
    approval: { from: [night] }`;

/** Leaves in `deadMs` for how long nobody could press a page's answers, by the page's own clock: a busy machine is slow. */
const WATCH_DEAD = `addEventListener("readystatechange", () => {
  const button = document.querySelector("form.answer button");
  if (document.readyState !== "interactive" || button === null || !button.disabled) return;
  const start = performance.now();
  const watch = new MutationObserver(() => {
    if (button.disabled) return;
    globalThis.deadMs = performance.now() - start;
    watch.disconnect();
  });
  watch.observe(button, { attributes: true, attributeFilter: ["disabled"] });
}, { capture: true });`;

/** Leaves in `told` what the page has the system show: a headless browser shows nothing. Nobody looks at the page. */
const WATCH_TOLD = `globalThis.told = [];
globalThis.Notification = class extends EventTarget {
  static permission = "default";
  static requestPermission = async () => (Notification.permission = "granted");
  constructor(title, { body }) {
    super();
    told.push(title + ": " + body);
  }
};
document.hasFocus = () => false;`;

/** A page that does nothing by itself after some time, and hears of news from the test alone, by `stream`. */
const ONLY_TOLD = `const { setTimeout: later } = globalThis;
globalThis.setTimeout = (step, ms) => (ms > 5000 ? 0 : later(step, ms));
globalThis.setInterval = () => 0;
globalThis.EventSource = class extends EventTarget {
  constructor() {
    super();
    globalThis.stream = this;
  }
};`;

const press = async ({ page }: Seat, answer: string): Promise<string> => {
  const button = page.locator(`form.answer button[value="${answer}"]`);
  await button.click();
  const note = page.locator("[data-note]:not([hidden])");
  await note.waitFor();
  return (await note.textContent()) ?? "";
};

/** Both where pictures are made; the suite's five minutes have room for one. */
const LANGUAGES = process.env["KIDOBAN_SCREENSHOTS"] === undefined ? (["en"] as const) : (["en", "ja"] as const);

describe.skipIf(missing !== undefined).each(LANGUAGES)("people at their browsers, in %s", (language) => {
  const say = phrasesIn(language);
  const locale = language === "ja" ? "ja-JP" : "en-GB";
  const shoot: typeof shots.shoot = async (page, title) => {
    if (language === "en") await shots.shoot(page, title);
  };
  let browser: Browser;
  let world: World;
  let client: Client;
  let aiko: Seat;
  let ken: Seat;
  const seats: Seat[] = [];
  const seatOf = async (name: string, look?: Parameters<typeof sit>[2]): Promise<Seat> => {
    const seat = await sit(browser, world.passkeys.get(name), { locale, ...look });
    seats.push(seat);
    return seat;
  };

  beforeAll(async () => {
    [browser, world] = await Promise.all([
      launch(),
      makeWorld({
        people: {
          aiko: { groups: ["ops"] },
          ken: { groups: ["ops", "leads"] },
          yuki: { groups: ["night"], more: ", away: [{ from: 2025-01-01, until: 2055-01-01, deputy: sora }]" },
          sora: { groups: ["day"] },
        },
        rules: RULES,
        config: "approvals: { assurance: verified, break_glass: [leads] }",
      }),
    ]);
    client = await world.client();
    [aiko, ken] = [await seatOf("aiko"), await seatOf("ken")];
    await Promise.all([logIn(aiko, world.origin), logIn(ken, world.origin)]);
  });
  afterAll(async () => {
    const complaints = seats.flatMap((seat) => seat.complaints);
    await browser?.close();
    await world?.close();
    // A refused answer is a 4xx that Chromium reports; everything else is a fault of the page.
    expect(complaints.filter((each) => !each.includes("the server responded with a status of 4"))).toEqual([]);
  });

  // Each goes on where the one before left the world: after one that failed the others would fail for nothing of their own.
  let hasFailed = false;
  beforeEach(({ skip, onTestFailed }) => {
    skip(hasFailed, "one before it has failed");
    onTestFailed(() => {
      hasFailed = true;
    });
  });

  const path = (name: string): string => join(world.workspace, name);
  const call = async (name: string, args: Record<string, unknown>): Promise<string> => {
    const result = await client.callTool({ name: `files_${name}`, arguments: args }, undefined, {
      timeout: LONGEST_MS,
    });
    return (result.content as { text?: string }[]).map(({ text }) => text ?? "").join("\n");
  };
  /** A further page of the list, beside the first one. */
  const inbox = async ({ context }: Seat) => {
    const page = await context.newPage();
    await page.addInitScript(WATCH_TOLD);
    await page.goto(world.origin);
    return page;
  };
  const openFirst = async ({ page }: Seat): Promise<void> => {
    await page.goto(world.origin);
    await page.locator("a.row").first().click();
    await page.waitForURL(/\/requests\//);
  };

  test("a write is shown with what it changes, approved with a gesture, and happens once", async () => {
    world.put("notes.md", "# Notes\n\none\ntwo\nthree\nfour\nfive\nsix\nseven\n");
    await aiko.page.goto(world.origin);
    const asked = call("write_file", {
      path: path("notes.md"),
      content: "# Notes\n\none\ntwo\nthree\n4\nfive\nsix\nseven\n",
    });
    // The inbox shows it by itself; its title and the menu count it.
    await aiko.page.locator("a.row").waitFor();
    await expect.poll(() => aiko.page.title()).toBe(`(1) ${say.inbox} · Kidoban`);
    expect(await aiko.page.locator("[data-count]:visible").allTextContents()).toEqual(["1"]);
    await shoot(aiko.page, "inbox");
    await aiko.page.addInitScript(WATCH_DEAD);
    await openFirst(aiko);
    const { page } = aiko;
    expect(await page.locator(".diff del").allTextContents()).toEqual(["-four\n"]);
    expect(await page.locator(".diff ins").allTextContents()).toEqual(["+4\n"]);
    // Dead at first, whoever clicks, and nothing is focused.
    expect(await page.evaluate("document.activeElement.tagName")).toBe("BODY");
    await page.locator('button[value="approve"]:enabled').waitFor();
    expect(await page.evaluate("deadMs")).toBeGreaterThanOrEqual(800);
    // Dead again while another window is in front, and for a moment after.
    const deadAfter = (event: string): Promise<unknown> =>
      page.evaluate(
        `dispatchEvent(new Event("${event}")), document.querySelectorAll("form.answer button[disabled]").length`,
      );
    expect([await deadAfter("blur"), await deadAfter("focus")]).toEqual([3, 3]);
    await page.locator('button[value="approve"]:enabled').waitFor();
    await shoot(page, "request");
    expect(await press(aiko, "approve")).toContain(say.approved);
    expect(await asked).toContain("Successfully wrote");
    expect(world.file("notes.md")).toContain("three\n4\nfive");
    const written = await world.state.store.requests({ states: ["succeeded"] });
    expect(written).toHaveLength(1);
    await page.locator('[data-state="closed"]').waitFor();
    expect(await page.locator("form.answer").count()).toBe(0);
  });

  test("a denial reaches the agent with its comment, and nothing is written", async () => {
    const asked = call("write_file", { path: path("no.md"), content: "no" });
    await world.waitFor("pending");
    await openFirst(aiko);
    await aiko.page.locator("textarea[name=comment]").fill("Not in this folder, please.");
    expect(await press(aiko, "deny")).toContain(say.denied);
    expect(await asked).toContain("Not in this folder, please.");
    expect(world.file("no.md")).toBeUndefined();
  });

  test("a human who is there but does not verify approves nothing", async () => {
    const asked = call("write_file", { path: path("unverified.md"), content: "x" });
    const [request] = await world.waitFor("pending");
    await openFirst(aiko);
    await aiko.present(false);
    expect(await press(aiko, "approve")).toBe(say.cancelled);
    await aiko.present(true);
    expect(await world.state.store.statements(request?.id ?? "")).toEqual([]);
    await press(aiko, "deny");
    await asked;
  });

  test("a request is sent back with a question (差戻し): the agent reads it, answers, and is asked for anew", async () => {
    const asked = call("write_file", { path: path("which.md"), content: "x" });
    const [request] = await world.waitFor("pending");
    await openFirst(aiko);
    expect(await press(aiko, "return")).toBe(say.commentMissing);
    expect(await world.state.store.statements(request?.id ?? "")).toEqual([]);
    await openFirst(aiko);
    await aiko.page.locator("textarea[name=comment]").fill("Whose list is <b>this</b>?");
    expect(await press(aiko, "return")).toContain(say.returned);
    const told = await asked;
    expect(told).toContain("NOT EXECUTED: sent back by aiko with a question: Whose list is <b>this</b>?");
    await aiko.page.getByText(say.sentBackBy("aiko")).waitFor();
    await aiko.page.getByText("Whose list is <b>this</b>?").first().waitFor();
    await aiko.page.locator("form.answer").waitFor({ state: "detached" });
    await shoot(aiko.page, "returned");
    expect(world.file("which.md")).toBeUndefined();

    const again = call("write_file", { path: path("which.md"), content: "x", kidoban_reason: "It is the team's." });
    const [fresh] = await world.waitFor("pending");
    expect(fresh?.id).not.toBe(request?.id);
    await openFirst(aiko);
    await aiko.page.getByText("It is the team's.").waitFor();
    expect(await press(aiko, "approve")).toContain(say.approved);
    await again;
    expect(world.file("which.md")).toBe("x");
  });

  test("a deputy answers in the place of who is away, and says so in what is signed", async () => {
    const asked = call("create_directory", { path: path("night-1") });
    const [request] = await world.waitFor("pending");
    // The rules for all ask anybody; that of the night asks none of hers.
    await openFirst(aiko);
    expect(await aiko.page.locator("select[name=for]").count()).toBe(0);
    expect(await press(aiko, "approve")).toContain(say.notEnough);
    const sora = await seatOf("sora");
    await logIn(sora, world.origin);
    await openFirst(sora);
    const places = sora.page.locator("select[name=for]");
    expect(await places.locator("option").allTextContents()).toEqual(["yuki"]);
    await sora.page.locator('button[value="approve"]:enabled').waitFor();
    await shoot(sora.page, "deputy");
    expect(await press(sora, "approve")).toContain(say.approved);
    await asked;
    expect(existsSync(path("night-1"))).toBe(true);
    expect(await world.state.store.statements(request?.id ?? "")).toMatchObject([
      { body: { approver: "aiko", answer: "approve" } },
      { body: { approver: "sora", standsFor: "yuki", answer: "approve" } },
    ]);
  });

  test("two are needed: the first approval runs nothing, the second does", async () => {
    world.put("from.md", "moved");
    const asked = call("move_file", { source: path("from.md"), destination: path("to.md") });
    await world.waitFor("pending");
    await openFirst(aiko);
    await openFirst(ken);
    expect(await press(aiko, "approve")).toContain(say.notEnough);
    expect(world.file("to.md")).toBeUndefined();
    // The other page has heard of it by itself.
    await ken.page.getByText(say.approvedBy("aiko")).waitFor();
    expect(await press(ken, "approve")).toContain(say.approved);
    expect(await asked).toContain("Successfully moved");
    expect(world.file("to.md")).toBe("moved");
  });

  test("stages follow each other, with a ticket", async () => {
    world.put("staged.md", "old\n");
    const asked = call("edit_file", { path: path("staged.md"), edits: [{ oldText: "old", newText: "new" }] });
    await world.waitFor("pending");
    await openFirst(ken);
    await ken.page.getByText(say.stage).first().waitFor();
    await openFirst(aiko);
    await aiko.page.locator("input[name=ticket]").fill("OPS-12");
    expect(await press(aiko, "approve")).toContain(say.notEnough);
    await openFirst(ken);
    await shoot(ken.page, "stage");
    await ken.page.locator("input[name=ticket]").fill("OPS-12");
    expect(await press(ken, "approve")).toContain(say.approved);
    await asked;
    expect(world.file("staged.md")).toBe("new\n");
  });

  test("the glass is broken on a page of its own, with a reason", async () => {
    world.put("glass.md", "old\n");
    const asked = call("edit_file", { path: path("glass.md"), edits: [{ oldText: "old", newText: "new" }] });
    await world.waitFor("pending");
    await openFirst(ken);
    await ken.page.getByRole("link", { name: say.glass }).click();
    await ken.page.locator("textarea[name=comment]").fill("The site is down.");
    await ken.page.locator("input[name=ticket]").fill("OPS-13");
    await ken.page.locator('button[value="break-glass"]:enabled').waitFor();
    await shoot(ken.page, "glass");
    await press(ken, "break-glass");
    await asked;
    expect(world.file("glass.md")).toBe("new\n");
    const broken = (await world.state.store.requests({ states: ["succeeded"] }))[0];
    expect((await world.state.store.statements(broken?.id ?? "")).map(({ body }) => body.answer)).toEqual([
      "break-glass",
    ]);
  });

  test("arguments are changed before anybody approves; the agent is told", async () => {
    const asked = call("write_file", { path: path("mail.md"), content: "Dear all,\nbuy now!\n" });
    const [first] = await world.waitFor("pending");
    await openFirst(aiko);
    await aiko.page.getByRole("link", { name: say.edit.link }).click();
    await shoot(aiko.page, "edit");
    // As the agent wrote it, to the last line end: what is not touched must not change.
    expect(await aiko.page.locator('textarea[name="arg.content"]').inputValue()).toBe("Dear all,\nbuy now!\n");
    await aiko.page.locator('textarea[name="arg.content"]').fill("Dear all,\nplease have a look.\n");
    await aiko.page.getByRole("button", { name: say.edit.button }).click();
    await aiko.page.getByText(say.edit.done).waitFor();
    await aiko.page.waitForLoadState();
    expect(aiko.page.url()).not.toContain(first?.id);
    const changed = aiko.page.locator("section", { hasText: say.edit.by("aiko") });
    await shoot(aiko.page, "edited");
    // Line by line: what stayed is not said to have changed.
    expect(await changed.locator("del").allInnerTexts()).toEqual([expect.stringContaining("buy now!")]);
    expect(await changed.locator("ins").allInnerTexts()).toEqual([expect.stringContaining("please have a look.")]);
    const effect = aiko.page.locator("section", { has: aiko.page.getByRole("heading", { name: say.edit.change }) });
    expect((await effect.locator("ins").allInnerTexts()).join()).toContain("please have a look.");
    expect(await press(aiko, "approve")).toContain(say.approved);
    expect(await asked).toContain("aiko changed these of its arguments: content");
    expect(world.file("mail.md")).toBe("Dear all,\nplease have a look.\n");
  });

  test("a click counts although the list changes while the button is held; what has not changed stays as it is", async () => {
    const { page } = aiko;
    const asked = call("create_directory", { path: path("held-1") });
    await world.waitFor("pending");
    await page.goto(world.origin);
    const rows = page.locator("a.row");
    const marked = () => page.evaluate("document.querySelector('a.row').marked");
    const times = rows.locator(".times");
    const before = await times.innerText();
    await page.evaluate("document.querySelector('a.row').marked = true");
    // News that are not about it: all that changes is its age.
    const later = async () => {
      await world.state.store.setNote("any", String(Date.now()));
      return await times.innerText();
    };
    await expect.poll(later, { timeout: 10_000, interval: 200 }).not.toBe(before);
    expect(await marked()).toBe(true);
    // What the page asks for before the button is held comes while it is.
    let [isDown, asks] = [false, 0];
    await page.route("**/fragments/inbox", async (route) => {
      asks += 1;
      await vi.waitUntil(() => isDown, { timeout: 60_000 });
      await route.continue();
    });
    const asking = async () => {
      await world.state.store.setNote("any", String(Date.now()));
      return asks;
    };
    await expect.poll(asking, { interval: 200 }).toBeGreaterThan(0);
    const other = call("create_directory", { path: path("held-2") });
    await world.waitFor("pending", 2);
    const box = await rows.first().boundingBox();
    await page.mouse.move((box?.x ?? 0) + 20, (box?.y ?? 0) + 10);
    await page.mouse.down();
    const answered = page.waitForResponse("**/fragments/inbox");
    isDown = true;
    expect(await (await answered).text()).toContain('data-total="2"');
    // Time to put it there.
    await page.waitForTimeout(300);
    expect(await rows.count()).toBe(1);
    expect(await marked()).toBe(true);
    await page.mouse.up();
    await page.waitForURL(/\/requests\//);
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await press(aiko, "approve");
    await openFirst(aiko);
    await press(aiko, "approve");
    await Promise.all([asked, other]);
  });

  test("a list that changed while a button was held is put there when it is let go", async () => {
    const page = await aiko.context.newPage();
    await page.addInitScript(ONLY_TOLD);
    const asked = call("create_directory", { path: path("let-go-1") });
    await world.waitFor("pending");
    await page.goto(world.origin);
    const rows = page.locator("a.row");
    await rows.waitFor();
    await page.mouse.move(5, 5);
    await page.mouse.down();
    const other = call("create_directory", { path: path("let-go-2") });
    await world.waitFor("pending", 2);
    await page.evaluate('void stream.dispatchEvent(new Event("changed"))');
    await page.waitForTimeout(300);
    expect(await rows.count()).toBe(1);
    await page.mouse.up();
    await rows.nth(1).waitFor();
    await page.close();
    for (const _ of [1, 2]) {
      await openFirst(aiko);
      await press(aiko, "approve");
    }
    await Promise.all([asked, other]);
  });

  test("what waits grows older without news", async () => {
    // Whose clock is another stays apart.
    const watching = await seatOf("aiko");
    const { page, context } = watching;
    await logIn(watching, world.origin);
    await page.clock.install();
    const asked = call("create_directory", { path: path("older") });
    await world.waitFor("pending");
    await page.route("**/events", () => undefined);
    await page.goto(world.origin);
    const times = page.locator("a.row .times");
    const before = await times.innerText();
    const later = async () => {
      await page.clock.runFor(15_000);
      return await times.innerText();
    };
    await expect.poll(later, { interval: 200 }).not.toBe(before);
    await context.close();
    await openFirst(aiko);
    await press(aiko, "approve");
    await asked;
  });

  test("one gesture answers several of one tool, each shown in full; a browser that was asked to tells of them", async () => {
    const [telling, silent] = await Promise.all([inbox(aiko), inbox(aiko)]);
    await telling.locator("[data-notify]").click();
    await telling.getByText(say.notified).waitFor();
    const asked = ["a", "b", "c"].map((name) => call("create_directory", { path: path(name) }));
    await world.waitFor("pending", 3);
    await expect.poll(() => telling.title()).toContain("(3)");
    await expect.poll(() => silent.title()).toContain("(3)");
    // That something waits, never what; and only where somebody asked for it.
    const told = await telling.evaluate<string[]>("told");
    expect([...new Set(told)]).toEqual([`Kidoban: ${say.arrived}`]);
    expect(await silent.evaluate("told")).toEqual([]);
    await Promise.all([telling.close(), silent.close()]);
    await aiko.page.bringToFront();
    await openFirst(aiko);
    await aiko.page.getByRole("link", { name: say.batch.link }).click();
    await aiko.page.waitForURL(/\/batch$/);
    expect(await aiko.page.locator(".batch").count()).toBe(3);
    await aiko.page.locator(".batch").nth(1).locator("input[type=checkbox]").uncheck();
    await aiko.page.locator('button[value="approve"]:enabled').waitFor();
    await shoot(aiko.page, "batch");
    await aiko.page.locator('button[value="approve"]').click();
    await aiko.page.getByText(say.batch.answered).waitFor();
    await expect.poll(() => ["a", "b", "c"].filter((name) => existsSync(path(name))).length).toBe(2);
    await openFirst(aiko);
    await press(aiko, "deny");
    await Promise.all(asked);
  });

  test("a pass lets the same kind of call through without asking, until it is revoked", async () => {
    const first = call("create_directory", { path: path("day-1") });
    await world.waitFor("pending");
    await openFirst(aiko);
    await aiko.page.getByRole("link", { name: say.pass.link }).click();
    await aiko.page.getByLabel(say.pass.within).check();
    await aiko.page.locator("details summary").click();
    await aiko.page.locator('textarea[name="bound.path"]').fill(path("day-*"));
    await aiko.page.locator("input[name=reason]").fill("Folders for the week");
    await aiko.page.locator('button[data-answers="approve"]:enabled').waitFor();
    await shoot(aiko.page, "pass");
    await aiko.page.getByRole("button", { name: say.pass.button }).click();
    await aiko.page.getByText(say.pass.signed).waitFor();
    expect(await call("create_directory", { path: path("day-2") })).toContain("Successfully created");
    await shoot(aiko.page, "passes");
    await aiko.page.getByRole("button", { name: say.pass.revoke }).click();
    await aiko.page.getByText(say.pass.revoked).waitFor();
    const again = call("create_directory", { path: path("day-3") });
    await world.waitFor("pending", 2);
    for (const _ of [1, 2]) {
      await openFirst(aiko);
      await press(aiko, "deny");
    }
    await Promise.all([first, again]);
    expect(existsSync(path("day-3"))).toBe(false);
  });

  test("a long text must be scrolled to its end before it can be approved, not before it is denied", async () => {
    const content = Array.from({ length: 400 }, (_, line) => `line ${line}`).join("\n");
    const asked = call("write_file", { path: path("long.md"), content });
    await world.waitFor("pending");
    await openFirst(aiko);
    const { page } = aiko;
    await page.locator('button[value="deny"]:enabled').waitFor();
    expect(await page.locator('button[value="approve"]').isDisabled()).toBe(true);
    await page.getByText(say.toEnd).waitFor();
    for (const box of await page.locator("[data-to-end]").all())
      await box.evaluate((each) => each.scrollTo(0, each.scrollHeight));
    await page.locator('button[value="approve"]:enabled').waitFor();
    expect(await press(aiko, "approve")).toContain(say.approved);
    await asked;
    expect(world.file("long.md")).toBe(content);
  });

  test("by keyboard alone: from the inbox to the answer", async () => {
    const asked = call("write_file", { path: path("keys.md"), content: "by keyboard" });
    await world.waitFor("pending");
    const { page } = aiko;
    await page.goto(world.origin);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.className")).toBe("skip");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/requests\//);
    // Pressed too early, at once after the window came to the front, it does nothing; a letter in a field is a letter.
    await page.evaluate(
      `dispatchEvent(new Event("focus")), document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "a", bubbles: true }))`,
    );
    await page.locator('button[value="approve"]:enabled').waitFor();
    await page.locator("textarea[name=comment]").focus();
    await page.keyboard.type("a d fine");
    expect(await page.locator("textarea[name=comment]").inputValue()).toBe("a d fine");
    await page.locator("h1").first().click();
    await page.keyboard.press("a");
    await page.getByText(say.approved).waitFor();
    await asked;
    expect(world.file("keys.md")).toBe("by keyboard");
  });

  test("in Japanese, on a telephone: nothing is wider than its screen", async () => {
    const asked = call("write_file", { path: path("日報.md"), content: "# 日報\n\n今日の作業です。\n" });
    await world.waitFor("pending");
    const phone = await seatOf("aiko", { locale: "ja-JP", viewport: { width: 390, height: 844 }, hasTouch: true });
    const { page } = phone;
    await page.goto(world.origin);
    await page.getByRole("heading", { name: "ログイン" }).waitFor();
    await shoot(page, "login-phone");
    await logIn(phone, world.origin);
    await page.getByText("回答待ちの依頼 1 件").waitFor();
    await shoot(page, "inbox-phone");
    const isNarrow = () =>
      page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth");
    expect(await isNarrow()).toBe(true);
    await page.locator("a.row").first().click();
    await page.locator('button[value="approve"]:enabled').waitFor();
    await shoot(page, "request-phone");
    expect(await isNarrow()).toBe(true);
    expect(await page.locator("html").getAttribute("lang")).toBe("ja");
    expect(await press(phone, "approve")).toContain("承認されました");
    await asked;
    expect(readFileSync(path("日報.md"), "utf8")).toContain("今日の作業");
  });

  test("P7: a page on another port of this machine can neither frame, read, nor post, with the person logged in", async () => {
    const evil = createServer((_, answer) => {
      answer.setHeader("content-type", "text/html");
      answer.end(`<!doctype html><title>evil</title><iframe name="frame" src="${world.origin}/"></iframe>
        <form method="post" action="${world.origin}/logout" target="frame"><input name="csrf" value="x"></form>`);
    });
    await new Promise<void>((done) => evil.listen(0, "127.0.0.1", done));
    const { port } = evil.address() as AddressInfo;
    // A cookie knows no port: this one is sent along where its host is the same.
    const page = await aiko.context.newPage();
    try {
      await page.goto(`http://kidoban.localhost:${port}/`);
      await page.waitForLoadState("networkidle");
      const framed = page.frames().find((frame) => frame !== page.mainFrame());
      expect(framed?.url()).not.toBe(`${world.origin}/`);
      expect(
        await page.evaluate(
          `fetch("${world.origin}/", { credentials: "include" }).then((a) => a.text(), () => "refused")`,
        ),
      ).toBe("refused");
      await page.evaluate(
        `fetch("${world.origin}/logout", { method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams({ csrf: "x" }) }).catch(() => 0)`,
      );
      await page.evaluate("document.forms[0].submit()");
      await page.waitForLoadState("networkidle");
    } finally {
      await page.close();
      evil.close();
    }
    await aiko.page.goto(world.origin);
    await aiko.page.locator(".who", { hasText: "aiko" }).waitFor();
  });

  test("a link on another page leads to the request, logged in as before", async () => {
    const elsewhere = createServer((_, answer) => {
      answer.setHeader("content-type", "text/html");
      answer.end(`<!doctype html><title>chat</title><a href="${world.origin}/passes">a request waits</a>`);
    });
    await new Promise<void>((done) => elsewhere.listen(0, "127.0.0.1", done));
    const { port } = elsewhere.address() as AddressInfo;
    try {
      await aiko.page.goto(`http://127.0.0.1:${port}/`);
      await aiko.page.getByRole("link").click();
      await aiko.page.getByRole("heading", { name: say.pass.title }).waitFor();
    } finally {
      elsewhere.close();
    }
  });

  test("language and colours change with a button, stay, and change nothing else", async () => {
    const { page } = ken;
    await page.goto(`${world.origin}/passes`);
    await page.getByRole("button", { name: "日本語" }).click();
    await page.getByRole("heading", { name: "手形" }).waitFor();
    await shoot(page, "passes-chosen");
    await page.getByRole("button", { name: "ダーク" }).click();
    await expect.poll(() => page.locator("html").getAttribute("data-theme")).toBe("dark");
    expect(new URL(page.url()).pathname).toBe("/passes");
    await page.goto(world.origin);
    await page.getByRole("heading", { name: "受信箱" }).waitFor();
    await shoot(page, "inbox-chosen");
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("button", { name: "Auto" }).click();
  });

  test("a passkey is enrolled with a link and a code from the terminal, accepted, and logs in", async () => {
    const terminal = world.start("approver", "add", "mika", "--passkey", "--write", "--groups", "ops");
    let said = "";
    terminal.stdout?.on("data", (bytes: Buffer) => (said += bytes.toString()));
    const ended = new Promise<number | null>((done) => terminal.once("exit", done));
    await expect.poll(() => said, { timeout: 15_000 }).toMatch(/[0-9A-Z]{3}-[0-9A-Z]{3}/);
    const link = /http:\S+/.exec(said)?.[0] ?? "";
    const code = /: ([0-9A-Z]{3}-[0-9A-Z]{3})/.exec(said)?.[1] ?? "";
    const mika = await sit(browser, undefined, { locale });
    seats.push(mika);
    const { page } = mika;
    await page.goto(link);
    await page.getByRole("heading", { name: say.enrol.title("mika") }).waitFor();
    await page.locator("input[name=code]").fill("000-000");
    await page.getByRole("button", { name: say.enrol.button }).click();
    await page.getByText(say.enrol.wrong(4)).waitFor();
    await shoot(page, "enrol");
    await page.locator("input[name=code]").fill(code);
    await page.getByRole("button", { name: say.enrol.button }).click();
    await page.getByRole("heading", { name: say.enrol.done }).waitFor();
    await shoot(page, "enrolled");
    expect(await ended).toBe(0);
    expect(said).toContain("Written to");
    expect(readFileSync(world.config, "utf8")).toContain("mika:");
    // Not before it is accepted.
    await page.goto(world.origin);
    await page.locator("form[action='/login'] button").click();
    await page.getByText(say.refused).waitFor();
    await world.acceptNow();
    await logIn(mika, world.origin);
    await page.locator(".who", { hasText: "mika" }).waitFor();
  });
});
