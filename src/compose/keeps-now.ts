/** Whether the log keeps bodies of calls, as the accepted configurations say. For who edits a request outside its gate. */

import { basename, dirname } from "node:path";
import { readConfig } from "../config/config-file.ts";
import { keepsBodies } from "../config/server-config.ts";
import type { Kind } from "../policy/call.ts";
import type { Store } from "../store/store.ts";

/** Which of several configurations a request is of is known to its gate alone: any of them that keeps them decides. */
export async function keepsNow(
  store: Store,
  { server, ...call }: { readonly server: string; readonly kind: Kind; readonly name: string },
): Promise<boolean> {
  const records = (await store.acceptedConfigs()).flatMap(({ config, files }) => {
    const read = readConfig(basename(config), files.get(basename(config)) ?? "", dirname(config)).config;
    const record = read?.servers.get(server)?.record;
    return record === undefined ? [] : [record];
  });
  return records.length === 0 || records.some((record) => keepsBodies(record, call));
}
