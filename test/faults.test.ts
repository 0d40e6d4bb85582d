/**
 * A short slice of each part of the campaign of faults (`npm run faults` runs all of it): real gates, terminals and disks.
 * All at once: most of it is waiting. Each prints its seed, which a failure shows.
 */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function expectNoFault(program: string, ...args: readonly string[]): Promise<void> {
  expect(existsSync(here("../dist/kidoban.js")), "dist/ is missing: run `npm run build`").toBe(true);
  const { stdout } = await run(process.execPath, [here(`campaigns/${program}`), ...args]).catch((error: unknown) => {
    const { stdout = "", code } = error as { readonly stdout?: string; readonly code?: number };
    // Who may not mount a disk cannot fill one.
    if (code === 77) return { stdout: "no fault" };
    throw new Error(stdout, { cause: error });
  });
  expect(stdout).toContain("no fault");
}

test.concurrent(
  "P2 P4 P5: gates and terminals killed at random points lose nothing acknowledged and send nothing twice, without intent or without leave",
  () => expectNoFault("crash.mjs", "--kills", "4", "--stops", "1", "--seed", "4"),
);

test.concurrent(
  "P4 P5: a gate or terminal killed or suspended at a step, told that a write or a sync failed, or with its clock set back keeps every promise",
  () => expectNoFault("steps.mjs", "--runs", "8", "--seed", "1"),
);

test.concurrent(
  "P4 P8: a full disk seals a gate, what was in flight and a stop still find room, and with room again it goes on",
  () => expectNoFault("full-disk.mjs", "--every", "90", "--seed", "1"),
);

test.concurrent(
  "P5: a server that ends, hangs, floods, or answers twice or by half leaves every write with an outcome and nobody else waiting",
  () => expectNoFault("servers.mjs", "--rounds", "7", "--seed", "1"),
);
