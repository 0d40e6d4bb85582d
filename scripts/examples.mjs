// Runs every program in examples/; each checks itself and ends with a code other than 0 when something differs.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = resolve(import.meta.dirname, "../examples");
for (const name of readdirSync(folder).filter((file) => file.endsWith(".mjs"))) {
  const { status } = spawnSync(process.execPath, [join(folder, name), "--unattended"], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}
