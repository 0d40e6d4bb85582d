/** Builds this folder's program for real processes (Node 20 runs no TypeScript) and finds the fixture servers. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

/** A built program, and a folder of its own for what it writes. */
export interface Program {
  readonly path: string;
  readonly folder: string;
  /** Arguments for node that serve a tiny gate in front of a command. */
  gate(...command: string[]): string[];
  notes(): { readonly what: string; readonly reason?: string; readonly method?: string }[];
  remove(): void;
}

export function buildProgram(): Program {
  // Inside the project, so that what is not bundled is found.
  const folder = mkdtempSync(join(tmpdir(), "kidoban-mcp-"));
  const path = join(folder, "gate-main.mjs");
  buildSync({
    entryPoints: [join(here, "gate-main.ts")],
    outfile: path,
    bundle: true,
    format: "esm",
    platform: "node",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return {
    path,
    folder,
    gate: (...command) => [path, folder, ...command],
    notes: () =>
      readFileSync(join(folder, "notes"), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { what: string }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
