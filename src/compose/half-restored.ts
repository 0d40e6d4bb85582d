/** Keeps a state closed while a restore into it is not finished. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../store/store.ts";

/** Stands in the state's folder meanwhile. */
export const MARK = "restoring";

/** @throws StoreError `open` while a restore is not finished */
export function refuseHalfRestored(stateDir: string): void {
  if (existsSync(join(stateDir, MARK)))
    throw new StoreError("open", "a restore was not finished here; run `kidoban restore` again");
}
