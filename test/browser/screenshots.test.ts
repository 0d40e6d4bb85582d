/** Pictures of every page in both languages and both colour schemes, wide and narrow: `npm run screenshots`. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, missing } from "./chromium.ts";
import { logIn, makeWorld, sit, type World } from "./world.ts";

const FOLDER = process.env["KIDOBAN_SCREENSHOTS"];

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
    approval: { from: [ops], need: 1, assurance: verified }`,
    });
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }, 60_000);
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
    await first;
    void write("plan.md", "Step one.\n".repeat(60), "The plan that was asked for; see ticket 12 — ご確認ください。");
    void write("../outside.md", "x\n", "<b>Please</b> approve quickly!");
    const [open] = await world.waitFor("pending", 2);

    // A tool that is not what was reviewed, and a change of the configuration that waits.
    const lock = readFileSync(world.lock, "utf8");
    writeFileSync(world.lock, lock.replace(/description: Create a new directory/, "description: Make a new directory"));
    await world.acceptNow();
    const manifest = join(world.folder, "manifests", "writer.yaml");
    const text = readFileSync(manifest, "utf8");
    await new Promise((done) => setTimeout(done, 2500));
    writeFileSync(manifest, `${text}  - { id: free-dirs, effect: allow, match: [files/create_directory] }\n`);

    const [done] = await world.state.store.requests({ states: ["succeeded"] });
    const pages: readonly (readonly [string, string])[] = [
      ["inbox", "/"],
      ["request", `/requests/${open?.id}`],
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
    for (const [at, look] of looks.entries()) {
      for (const width of at === 0 || at === 3 ? [1200, 390] : [1200]) {
        const seat = await sit(browser, world.passkeys.get("olga"), { ...look, viewport: { width, height: 900 } });
        const tag = `${look.locale.slice(0, 2)}-${look.colorScheme}${width === 1200 ? "" : `-${width}`}`;
        const shoot = async (name: string): Promise<void> => {
          const wanted = await seat.page.locator("html").evaluate((root) => root.scrollWidth);
          if (wanted > width) problems.push(`${name} ${tag}: ${wanted} wide`);
          await seat.page.screenshot({ path: join(folder, `${name}.${tag}.png`), fullPage: true });
        };
        await seat.page.goto(`${world.origin}/login`);
        await shoot("login");
        await logIn(seat, world.origin);
        for (const [name, path] of pages) {
          await seat.page.goto(world.origin + path);
          await shoot(name);
        }
        await seat.page.goto(`${world.origin}/servers/files`);
        await seat.page.locator("form[action$='/survey'] button").click();
        await seat.page.waitForSelector("input[name=survey]", { state: "attached" });
        await shoot("survey");
        problems.push(...seat.complaints.map((complaint) => `${tag}: ${complaint}`));
        await seat.context.close();
      }
    }
    // Last, since it ends what waits.
    await olga.page.goto(`${world.origin}/stops`);
    await olga.page.locator("form[action='/stops'] input[name=reason]").fill("Looking into odd writes");
    await olga.page.locator("form[action='/stops'] button").click();
    await olga.page.locator("[id^=resume-]").waitFor();
    for (const look of looks) {
      const seat = await sit(browser, world.passkeys.get("olga"), look);
      await logIn(seat, world.origin, "/stops");
      const path = join(folder, `stops-standing.${look.locale.slice(0, 2)}-${look.colorScheme}.png`);
      await seat.page.screenshot({ path, fullPage: true });
      await seat.context.close();
    }
    expect(problems).toEqual([]);
  }, 180_000);
});
