/** What the log keeps of a call, as the accepted configurations say. For who edits a request outside its gate. */

import { basename, dirname } from "node:path";
import type { BodyPath } from "../audit/body-paths.ts";
import { readConfig } from "../config/config-file.ts";
import { hidingOf, keepsBodies } from "../audit/recording.ts";
import type { Kind } from "../policy/call.ts";
import type { Store } from "../store/store.ts";

interface Keeping {
  readonly keeps: boolean;
  /** What is taken out of its arguments. */
  readonly hidden: readonly BodyPath[] | undefined;
}

/**
 * Which of several configurations a request is of is known to its gate alone: any of them that keeps bodies decides, and
 * any that takes something out.
 */
export async function keepsNow(
  store: Store,
  { server, ...call }: { readonly server: string; readonly kind: Kind; readonly name: string },
): Promise<Keeping> {
  const recordings = (await store.acceptedConfigs()).flatMap(({ config, files }) => {
    const read = readConfig(basename(config), files.get(basename(config)) ?? "", dirname(config)).config;
    const recording = read?.servers.get(server)?.recording;
    return recording === undefined ? [] : [recording];
  });
  return {
    keeps: recordings.length === 0 || recordings.some((one) => keepsBodies(one, call)),
    hidden: hidingOf(recordings, call)?.args,
  };
}
