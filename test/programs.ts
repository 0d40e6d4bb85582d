/** Programs of the tests for real processes: Node 20 runs no TypeScript, so each is built, once in a run. */

import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";

const project = fileURLToPath(new URL("..", import.meta.url));
export const SERVERS = join(project, "test/servers");

/** As in scripts/build.mjs. */
export const bundled = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  mainFields: ["module", "main"],
  minifyWhitespace: true,
  minifySyntax: true,
  external: ["@photostructure/sqlite", "pino", "libpg-query"],
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
} as const satisfies BuildOptions;

/** The path of one of our servers; those on an SDK were bundled by test/run.ts. */
export function serverProgram(name: string): string {
  const made = join(keptFolder(), "servers", name);
  return existsSync(made) ? made : join(SERVERS, name);
}

/** What one run shares. */
export function keptFolder(): string {
  const kept = process.env["KIDOBAN_TEST_KEPT"];
  if (kept === undefined) throw new Error("test/run.ts did not run before the tests");
  return kept;
}

/** The path of what was built. `entry`: a path in the project. */
export async function builtOnce(entry: string): Promise<string> {
  const folder = join(keptFolder(), entry.replaceAll("/", "-"));
  const path = join(folder, "main.mjs");
  if (existsSync(path)) return path;
  const made = `${folder}.${process.pid}`;
  await build({
    ...bundled,
    entryPoints: { main: join(project, entry) },
    outdir: made,
    outExtension: { ".js": ".mjs" },
    // What a command loads when it needs it stays apart.
    splitting: true,
  });
  try {
    renameSync(made, folder);
  } catch {
    // Another worker was first, with the same.
  }
  return path;
}
