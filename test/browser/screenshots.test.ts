/** Pictures of every page in both languages and both colour schemes, wide and narrow: `npm run screenshots`. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, missing } from "./chromium.ts";
import { logIn, makeWorld, sit, type Seat, type World } from "./world.ts";

const FOLDER = process.env["KIDOBAN_SCREENSHOTS"];

/** What an approver alone may not see is refused by 4xx, of which the browser tells. */
const faults = ({ complaints }: Seat): readonly string[] =>
  complaints.filter((each) => !each.includes("the server responded with a status of 4"));

describe.skipIf(FOLDER === undefined || missing !== undefined)("every page", () => {
  let browser: Browser;
  let world: World;
  const folder = resolve(FOLDER ?? "");
  beforeAll(async () => {
    browser = await launch();
    world = await makeWorld({
      people: {
        olga: { groups: ["ops"] },
        aiko: { groups: ["ops", "leads"], more: ", roles: [approver]" },
      },
      rules: `  - id: no-secrets
    effect: deny
    match: [files/read_text_file]
    when: "args.path.endsWith('.env')"
    reason: "Secrets are not for agents."
  - id: ops-decide
    effect: ask
    match: [files/write_file]
    approval: { from: [ops], need: 1, assurance: verified, allow_edit: [content, path], break_glass: [ops] }`,
      config: "approvals: { assurance: verified, break_glass: [ops] }",
    });
    mkdirSync(folder, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  test("is pictured", async () => {
    world.put("notes.md", "# Notes\n\nThe gate opens at six.\nThe gate closes at ten.\n");
    const client = await world.client();
    const write = (path: string, content: string, reason: string) =>
      client
        .callTool({
          name: "files_write_file",
          arguments: { path: join(world.workspace, path), content, kidoban_reason: reason },
        })
        .catch(() => undefined);
    await client.callTool({ name: "files_list_directory", arguments: { path: world.workspace } });
    await client.callTool({ name: "files_read_text_file", arguments: { path: join(world.workspace, "x.env") } });
    const first = write("notes.md", "# Notes\n\nThe gate opens at five.\nThe gate closes at ten.\n", "Summer hours.");
    const [request] = await world.waitFor("pending");
    const olga = await sit(browser, world.passkeys.get("olga"));
    await logIn(olga, world.origin, `/requests/${request?.id}`);
    await olga.page.locator("[data-answers=approve]:enabled").click();
    await olga.page.locator("[data-note]:not([hidden])").waitFor();
    await first;
    void write("plan.md", "Step one.\n".repeat(60), "The plan that was asked for; see ticket 12 — ご確認ください。");
    void write("../outside.md", "x\n", "<b>Please</b> approve quickly!");
    for (const name of ["drafts", "archive"])
      void client
        .callTool({ name: "files_create_directory", arguments: { path: join(world.workspace, name) } })
        .catch(() => undefined);
    const pending = await world.waitFor("pending", 4);
    const asks = (text: string) => pending.find(({ argsText }) => argsText.includes(text))?.id ?? "";
    // Of another file: what is there was not read, and the page says so.
    await olga.page.goto(`${world.origin}/requests/${asks("plan.md")}/edit`);
    await olga.page.locator('textarea[name="arg.path"]').fill(join(world.workspace, "plans.md"));
    await olga.page.locator("form.card button").click();
    await olga.page.waitForURL((url) => !url.pathname.endsWith("/edit"));
    const edited = new URL(olga.page.url()).pathname;

    // A tool that is not what was reviewed, and a change of the configuration that waits.
    const lock = readFileSync(world.lock, "utf8");
    writeFileSync(world.lock, lock.replace(/description: Returns the list of/, "description: Returns a list of"));
    await world.acceptNow();
    const manifest = join(world.folder, "manifests", "writer.yaml");
    const text = readFileSync(manifest, "utf8");
    await new Promise((done) => setTimeout(done, 2500));
    writeFileSync(manifest, `${text}  - { id: free-dirs, effect: allow, match: [files/create_directory] }\n`);

    const [done] = await world.state.store.requests({ states: ["succeeded"] });
    const pages: readonly (readonly [string, string])[] = [
      ["inbox", "/"],
      ["request", `/requests/${asks("outside.md")}`],
      ["edited", edited],
      ["edit", `/requests/${asks("outside.md")}/edit`],
      ["glass", `/requests/${asks("outside.md")}/break-glass`],
      ["batch", `/requests/${asks("drafts")}/batch`],
      ["pass", `/requests/${asks("drafts")}/pass`],
      ["pass-none", `/requests/${asks("outside.md")}/pass`],
      ["passes", "/passes"],
      ["history", "/history"],
      ["history-record", `/history/${done?.id}`],
      ["agents", "/agents"],
      ["agent", "/agents/writer"],
      ["servers", "/servers"],
      ["server", "/servers/files"],
      ["config", "/config"],
      ["log", "/log"],
      ["log-trail", `/log/${done?.id}`],
      ["stops", "/stops"],
    ];
    const looks = (["en-GB", "ja-JP"] as const).flatMap((locale) =>
      (["light", "dark"] as const).map((colorScheme) => ({ locale, colorScheme })),
    );
    const problems: string[] = [];
    const pictured = async (
      name: string,
      seat: Seat,
      look: (typeof looks)[number],
      widths: readonly number[] = [1200],
    ): Promise<void> => {
      for (const width of widths) {
        await seat.page.setViewportSize({ width, height: 900 });
        const wanted = await seat.page.locator("html").evaluate((root) => root.scrollWidth);
        const tag = `${look.locale.slice(0, 2)}-${look.colorScheme}${width === 1200 ? "" : `-${width}`}`;
        if (wanted > width) problems.push(`${name} ${tag}: ${wanted} wide`);
        await seat.page.screenshot({ path: join(folder, `${name}.${tag}.png`), fullPage: true });
      }
    };
    for (const [at, look] of looks.entries()) {
      const widths = at === 0 || at === 3 ? [1200, 390] : [1200];
      const seat = await sit(browser, world.passkeys.get("olga"), look);
      const { page } = seat;
      const shoot = (name: string) => pictured(name, seat, look, widths);
      await page.goto(`${world.origin}/login`);
      await shoot("login");
      const terminal = world.start("approver", "add", `mika${at}`, "--passkey", "--groups", "ops");
      let said = "";
      terminal.stdout?.on("data", (bytes: Buffer) => (said += bytes.toString()));
      await expect.poll(() => said, { timeout: 15_000 }).toMatch(/[0-9A-Z]{3}-[0-9A-Z]{3}/);
      const mika = await sit(browser, undefined, look);
      await mika.page.goto(/http:\S+/.exec(said)?.[0] ?? "");
      await mika.page.locator("input[name=code]").fill("000-000");
      await mika.page.locator("form button.primary").click();
      await mika.page.locator(".problem, [data-note]:not([hidden])").first().waitFor();
      await pictured("enrol", mika, look, widths);
      await mika.page.locator("input[name=code]").fill(/: ([0-9A-Z]{3}-[0-9A-Z]{3})/.exec(said)?.[1] ?? "");
      await mika.page.locator("form button.primary").click();
      await mika.page.locator("pre").waitFor();
      await pictured("enrolled", mika, look, widths);
      await mika.page.reload();
      await pictured("enrol-gone", mika, look, widths);
      await mika.context.close();
      await logIn(seat, world.origin);
      for (const [name, path] of pages) {
        await page.goto(world.origin + path);
        await page
          .locator("button[data-answers]:enabled")
          .first()
          .waitFor({ timeout: name === "request" || name === "glass" || name === "batch" ? 5000 : 1 })
          .catch(() => undefined);
        await shoot(name);
      }
      await page.goto(`${world.origin}/servers/files`);
      await page.locator("form[action$='/survey'] button").click();
      await page.waitForSelector("input[name=survey]", { state: "attached" });
      await shoot("survey");
      await page.goto(`${world.origin}/nowhere`);
      await shoot("missing");
      // By keyboard: where one is must be seen.
      await page.goto(world.origin);
      for (let tabs = 0; tabs < 4; tabs += 1) await page.keyboard.press("Tab");
      await shoot("focus");
      const aiko = await sit(browser, world.passkeys.get("aiko"), look);
      await logIn(aiko, world.origin, "/log");
      await pictured("forbidden", aiko, look);
      await aiko.page.goto(`${world.origin}/config`);
      await pictured("config-reader", aiko, look);
      problems.push(...[seat, aiko].flatMap(faults));
      await Promise.all([seat.context.close(), aiko.context.close()]);
    }
    // Last, since it ends what waits.
    await olga.page.goto(`${world.origin}/stops`);
    await olga.page.locator("form[action='/stops'] input[name=reason]").fill("Looking into odd writes");
    await olga.page.locator("form[action='/stops'] button").click();
    await olga.page.locator("[id^=resume-]").waitFor();
    for (const request of await world.state.store.requests({ states: ["pending"] }))
      await world.state.store.move(request.id, ["pending"], "withdrawn", Date.now());
    writeFileSync(manifest, text);
    const seats = await Promise.all(looks.map((look) => sit(browser, world.passkeys.get("olga"), look)));
    const everywhere = async (name: string, path: string): Promise<void> => {
      for (const [at, seat] of seats.entries()) {
        await seat.page.goto(world.origin + path);
        const look = looks[at];
        if (look !== undefined) await pictured(name, seat, look);
      }
    };
    await Promise.all(seats.map((seat) => logIn(seat, world.origin)));
    await everywhere("stops-standing", "/stops");
    await everywhere("inbox-empty", "/");
    await everywhere("config-same", "/config");
    writeFileSync(manifest, `${text}  - { id: wrong, efect: allow }\n`);
    await everywhere("config-broken", "/config");
    expect(problems).toEqual([]);
  }, 900_000);
});
