/** A short slice of the campaign of answers (`npm run answers` runs all of it). */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const campaign = fileURLToPath(new URL("campaigns/answers.mjs", import.meta.url));

test("P2 P5: of a hundred answers at once, from several processes, one settles the request, and it runs at most once", async () => {
  const { stdout } = await run(process.execPath, [campaign, "--rounds", "10", "--seed", "5"]);
  expect(stdout).toContain("no fault");
  expect(stdout).toContain("succeeded");
});
