/** This folder's program for real processes, with a folder for what one test file makes of it. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtOnce } from "../programs.ts";

/** A built program, and a folder of its own for what it writes. */
export interface Program {
  readonly path: string;
  readonly folder: string;
  /** Arguments for node that serve a tiny gate in front of a command. */
  gate(...command: string[]): string[];
  notes(): { readonly what: string; readonly reason?: string; readonly method?: string }[];
  remove(): void;
}

export async function buildProgram(): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), "kidoban-mcp-"));
  const path = await builtOnce("test/mcp/gate-main.ts");
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
