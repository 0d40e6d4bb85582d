/** What all tests of one run share: a folder for what is made once, gone when the run ends, and a place for files. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { TestProject } from "vitest/node";
import { installChromium } from "./browser/chromium.ts";
import { endWhenOverdue } from "./overdue.ts";
import { bundled, SERVERS } from "./programs.ts";

const MEMORY = "/dev/shm";
/** Several times what tests keep at once. */
const ENOUGH_BYTES = 4 * 2 ** 30;

export default async function setup({ vitest }: TestProject): Promise<() => void> {
  const inTime = endWhenOverdue(vitest);
  // Before the files that look for it, several at once.
  installChromium();
  // In the project, so that programs there find its packages.
  const kept = mkdtempSync(fileURLToPath(new URL("../node_modules/.kidoban-test-", import.meta.url)));
  // Workers inherit it.
  process.env["KIDOBAN_TEST_KEPT"] = kept;
  // The birth of a store syncs a dozen times. What must survive a device is for the campaign of faults, which fails syncs itself.
  if (process.env["TMPDIR"] === undefined && hasMemory()) process.env["TMPDIR"] = MEMORY;
  // An SDK in a hundred pieces is half of what a server's start costs, and they are started some hundred times.
  const entryPoints = readdirSync(SERVERS)
    .filter((name) => name.endsWith(".mjs"))
    .map((name) => join(SERVERS, name))
    .filter((path) => {
      const text = readFileSync(path, "utf8");
      // The provider of logins is more than its modules.
      return /from "@modelcontextprotocol/.test(text) && !/from "oidc-provider/.test(text);
    });
  await build({ ...bundled, entryPoints, outdir: join(kept, "servers"), outExtension: { ".js": ".mjs" } });
  return () => {
    inTime();
    rmSync(kept, { recursive: true, force: true });
  };
}

/** Whether files may stand in memory, with room and as programs: containers often give 64 MB, where nothing may run. */
function hasMemory(): boolean {
  try {
    const mount = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" "))
      .findLast(([, place]) => place === MEMORY);
    const { bavail, bsize } = statfsSync(MEMORY);
    return mount?.[2] === "tmpfs" && !mount[3]?.split(",").includes("noexec") && bavail * bsize > ENOUGH_BYTES;
  } catch {
    return false;
  }
}
