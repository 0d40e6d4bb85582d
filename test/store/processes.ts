/** Folders for stores, and real processes that open one themselves. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtOnce } from "../programs.ts";
import { startTold, type Told } from "../told.ts";

/** A folder of its own for a store, gone at the end. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "kidoban-store-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** What it can be told are the methods of its store. */
export const startChild = async (folder: string): Promise<Told> =>
  startTold(await builtOnce("test/store/child.ts"), [folder]);
