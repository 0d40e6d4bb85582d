/** The locked item of a request's call, as the accepted configurations have it. For who edits a request outside its gate. */

import { dirname } from "node:path";
import { definitionDigest } from "../approval/definition.ts";
import type { LockedCall } from "../approval/edit.ts";
import type { Request } from "../approval/request.ts";
import { parseFiles } from "../config/load.ts";
import { sqlReader } from "../config/sql-readers.ts";
import type { Store } from "../store/store.ts";

/**
 * Undefined where its definition is not locked any more. Of several configurations any will do: what is shown because of
 * it is made and compared again by the gate, by its own.
 */
export async function lockedNow(
  store: Store,
  { server, kind, name, definition }: Pick<Request, "server" | "kind" | "name" | "definition">,
): Promise<LockedCall | undefined> {
  for (const { config, files } of await store.acceptedConfigs()) {
    const item = parseFiles(files, dirname(config))
      .locks.get(server)
      ?.items.find((one) => one.kind === kind && one.name === name);
    if (item === undefined || definitionDigest(item.definition, item.volatile) !== definition) continue;
    const dialect = item.preview?.kind === "sql" ? item.preview.dialect : undefined;
    return { item, sql: new Map(dialect === undefined ? [] : [[dialect, await sqlReader(dialect)]]) };
  }
  return undefined;
}
