/** A slice of `npm run agents`: many agents over HTTP on one process, all at once. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test("P4 P10: of many agents on one process each gets its own answers, over connections of its own, under its own name in the log", async () => {
  expect(existsSync(here("../dist/kidoban.js")), "dist/ is missing: run `npm run build`").toBe(true);
  const campaign = [here("campaigns/many-agents.mjs"), "--agents", "12", "--calls", "20"];
  const { stdout } = await run(process.execPath, campaign);
  expect(stdout).toContain("240 calls made");
  expect(stdout).toContain("no fault");
});
