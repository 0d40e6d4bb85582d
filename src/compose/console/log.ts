/** The log's files as the console reads them: a page at a time, and one call at a time. */

import type { LogPort } from "../../console/page-ports.ts";
import { readBodies, refsOf, type Body } from "../../log/related.ts";
import { recentEntries } from "../../log/recent.ts";
import { trailOf } from "../../log/trail.ts";

const PAGE_ENTRIES = 100;

/** `dir`: the live log. `key`: to its bodies, asked for each time, since it may have been destroyed. */
export const logPort = (dir: string, key: () => Promise<Buffer | undefined>): LogPort => ({
  slice({ agent, server, kind, since, until }, before) {
    return recentEntries(dir, {
      limit: PAGE_ENTRIES,
      ...(before === undefined ? {} : { before }),
      ...(since === undefined ? {} : { since: Date.parse(since) }),
      // The field names a minute, and all of it is meant.
      ...(until === undefined ? {} : { until: Date.parse(until) + 59_999 }),
      passes: ({ entry: { body }, about }) =>
        (agent === undefined || about.agent === agent) &&
        (server === undefined || about.target?.server === server || ("server" in body && body.server === server)) &&
        (kind === undefined || body.kind === kind),
    });
  },
  trail: (id) => trailOf(dir, id),
  async bodies(found) {
    const wanted = new Map<string, Set<string>>();
    for (const { stream, entry } of found)
      for (const { ref } of refsOf(entry.body)) wanted.set(stream, (wanted.get(stream) ?? new Set()).add(ref.digest));
    const own = await key();
    const bodies = new Map<string, ReadonlyMap<string, Body>>();
    for (const [stream, digests] of wanted) bodies.set(stream, await readBodies(dir, stream, digests, own));
    return bodies;
  },
});
