/** A short slice of the crash campaign (`npm run faults` runs all of it): real gates and terminals, killed at random. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test("P2 P4 P5: gates and terminals killed at random points lose nothing acknowledged and send nothing twice, without intent or without leave", async () => {
  expect(existsSync(here("../dist/kidoban.js")), "dist/ is missing: run `npm run build`").toBe(true);
  const campaign = [here("campaigns/crash.mjs"), "--kills", "7", "--stops", "1", "--seed", "4"];
  const { stdout } = await run(process.execPath, campaign);
  expect(stdout).toContain("no fault");
}, 120_000);
