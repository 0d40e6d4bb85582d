// Pictures of every page of the console, in both languages and both colour schemes, into artefacts/screenshots.
import { spawnSync } from "node:child_process";

const folder = "artefacts/screenshots";
const { status } = spawnSync("npx", ["vitest", "run", "test/browser/screenshots.test.ts"], {
  stdio: "inherit",
  env: { ...process.env, KIDOBAN_SCREENSHOTS: folder },
});
if (status === 0) console.log(`pictures are in ${folder}`);
process.exitCode = status ?? 1;
