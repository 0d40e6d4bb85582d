/** A slice of `npm run fuzz`: what no client should send, at a door and at real gates. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test("P1 P2 P11: spoiled messages reach a server only as what they plainly say, and never without leave", async () => {
  expect(existsSync(here("../dist/kidoban.js")), "dist/ is missing: run `npm run build`").toBe(true);
  const campaign = [here("campaigns/fuzz.mjs"), "--door", "6000", "--lane", "4000", "--live", "600", "--seed", "1"];
  const { stdout } = await run(process.execPath, campaign);
  expect(stdout).toContain("no fault");
  // What is kept is replayed first.
  const [agents = 0, servers = 0] = [...stdout.matchAll(/(\d+) kept/g)].map(([, many]) => Number(many));
  expect(Math.min(agents, servers)).toBeGreaterThan(15);
  // A campaign that lets nothing through would find nothing.
  expect(Number(/(\d+) calls came through/.exec(stdout)?.[1])).toBeGreaterThan(300);
  const effects = [...stdout.matchAll(/(\d+) allowed effects/g)].map(([, many]) => Number(many));
  expect(effects.reduce((sum, many) => sum + many, 0)).toBeGreaterThan(0);
});
