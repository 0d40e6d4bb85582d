/**
 * Pictures of every page of the console and of the report, in both languages and both colour schemes, into
 * artefacts/screenshots: pages as they come, and (under answers/) as people meet them on the way through the browser tests.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { resolve } from "node:path";

const folder = resolve("artefacts/screenshots");
rmSync(folder, { recursive: true, force: true });
const tests = ["screenshots", "answers", "report"].map((name) => `test/browser/${name}.test.ts`);
const { status } = spawnSync("npx", ["vitest", "run", "--no-file-parallelism", ...tests], {
  stdio: "inherit",
  env: { ...process.env, KIDOBAN_SCREENSHOTS: folder },
});
if (status === 0) console.log(`pictures are in ${folder}`);
process.exitCode = status ?? 1;
