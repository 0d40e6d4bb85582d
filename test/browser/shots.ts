/** Pictures of pages on the way through a test, in every look, where somebody asked for them: people look at them. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";

const FOLDER = process.env["KIDOBAN_SCREENSHOTS"];

/** The page as it is now, in both colour schemes, and as it comes in Japanese and on a telephone; `title` without an ending. */
export async function shoot(page: Page, title: string): Promise<void> {
  if (FOLDER === undefined) return;
  const folder = join(FOLDER, "answers");
  mkdirSync(folder, { recursive: true });
  const take = (of: Page, look: string): Promise<unknown> =>
    of.screenshot({ path: join(folder, `${title}.${look}.png`), fullPage: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await take(page, `en-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  // Loaded anew beside it: what was typed here stays.
  const context = page.context();
  const [name, url] = ["kidoban-language", new URL("/", page.url()).href];
  const before = (await context.cookies(url)).filter((cookie) => cookie.name === name);
  const other = await context.newPage();
  try {
    await context.addCookies([{ name, url, value: "ja" }]);
    await other.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await other.goto(page.url());
    await other.bringToFront();
    // With living buttons, where there are any.
    await other
      .locator("button[data-answers]:enabled")
      .first()
      .waitFor({ timeout: 1500 })
      .catch(() => undefined);
    await take(other, "ja-light");
    await other.setViewportSize({ width: 390, height: 844 });
    await other.emulateMedia({ colorScheme: "dark" });
    await take(other, "ja-dark-390");
  } finally {
    await other.close();
    await context.clearCookies({ name });
    await context.addCookies(before);
    await page.bringToFront();
  }
}
