/** What all tests of one run share: a folder for what is made once, gone when the run ends. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundled, SERVERS } from "./programs.ts";

export default async function setup(): Promise<() => void> {
  // In the project, so that programs there find its packages.
  const kept = mkdtempSync(fileURLToPath(new URL("../node_modules/.kidoban-test-", import.meta.url)));
  // Workers inherit it.
  process.env["KIDOBAN_TEST_KEPT"] = kept;
  // An SDK in a hundred pieces is half of what a server's start costs, and they are started some hundred times.
  const entryPoints = readdirSync(SERVERS)
    .map((name) => join(SERVERS, name))
    .filter((path) => path.endsWith(".mjs") && /from "@modelcontextprotocol/.test(readFileSync(path, "utf8")));
  await build({ ...bundled, entryPoints, outdir: join(kept, "servers"), outExtension: { ".js": ".mjs" } });
  return () => rmSync(kept, { recursive: true, force: true });
}
