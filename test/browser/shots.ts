/** Pictures of pages on the way through a test, in both colour schemes, where somebody asked for them: people look at them. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";

const FOLDER = process.env["KIDOBAN_SCREENSHOTS"];

/** The whole page as it is now; `name` without an ending. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (FOLDER === undefined) return;
  const folder = join(FOLDER, "answers");
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
