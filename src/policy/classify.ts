/** Says whether a call reads or writes: by the lock alone, never by the server's hints. Pure. */

import type { Access } from "./call.ts";
import type { Inputs } from "./cel.ts";
import type { Condition } from "./condition.ts";
import type { LockedItem } from "./manifest.ts";

export interface Classified {
  readonly access: Access;
  /** Set when `read_when` had no answer. */
  readonly failed?: string;
}

/** `readWhen` is the item's, compiled; a destructive item has none (that is a load error). */
export function classify(item: LockedItem, readWhen: Condition | undefined, inputs: Inputs): Classified {
  if (item.access === "read" || readWhen === undefined || item.destructive) return { access: item.access };
  const held = readWhen.holds(inputs);
  if (typeof held !== "boolean") return { access: "write", failed: held.failed };
  return { access: held ? "read" : "write" };
}
