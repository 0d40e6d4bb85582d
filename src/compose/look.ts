/** The state as commands see it that only report: nothing is made, registered or recorded. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";

/** Looks into the store of `dir` and closes it again; undefined where there is none yet. Throws StoreError. */
export async function lookIntoStore<T>(dir: string, look: (store: Store) => Promise<T>): Promise<T | undefined> {
  if (!existsSync(join(dir, "kidoban.db"))) return undefined;
  const store = await openStore(dir);
  try {
    return await look(store);
  } finally {
    await store.close();
  }
}
