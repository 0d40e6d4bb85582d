/** Programs of the tests for real processes: Node 20 runs no TypeScript, so each is built, once in a run. */

import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const project = fileURLToPath(new URL("..", import.meta.url));

/** The path of what was built. `entry`: a path in the project. */
export async function builtOnce(entry: string): Promise<string> {
  const kept = process.env["KIDOBAN_TEST_KEPT"];
  if (kept === undefined) throw new Error("test/run.ts did not run before the tests");
  const path = join(kept, `${entry.replaceAll("/", "-")}.mjs`);
  if (existsSync(path)) return path;
  // Another worker may be at it, too; whoever is last puts the same there.
  const made = `${path}.${process.pid}`;
  await build({
    entryPoints: [join(project, entry)],
    outfile: made,
    bundle: true,
    format: "esm",
    platform: "node",
    // As in scripts/build.mjs.
    mainFields: ["module", "main"],
    external: ["@photostructure/sqlite", "pino", "libpg-query"],
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
  renameSync(made, path);
  return path;
}
