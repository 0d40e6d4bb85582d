/** The log as the console reads it: a page at a time, and one call at a time, found through the index. */

import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import type { LogPort } from "../../console/page-ports.ts";
import { toolPattern, type Filter } from "../../log/filter.ts";
import type { LogIndex } from "../../log/index/open.ts";
import { readBodies, refsOf, type Body } from "../../log/related.ts";
import type { LogQuery } from "../../console/pages/log.ts";
import { keptIndex } from "../log-index.ts";

const PAGE_ENTRIES = 100;
/** Others wait for this process: so many lines take some twenty milliseconds. */
const BATCH = 1_000;
/** A page waits so long for what is new; the rest is read while people look. */
const WAIT_MS = 2_000;

function filterOf({ agent, server, tool, decision, kind, by, since, until }: LogQuery): Filter {
  return {
    ...(agent === undefined ? {} : { agent }),
    ...(server === undefined ? {} : { server }),
    ...(tool === undefined ? {} : { tool: toolPattern(tool) ?? (() => false) }),
    ...(decision === undefined ? {} : { decision }),
    ...(kind === undefined ? {} : { kind }),
    ...(by === undefined ? {} : { by }),
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    // The field names a minute, and all of it is meant.
    ...(until === undefined ? {} : { until: Date.parse(until) + 59_999 }),
  };
}

/** `key`: to the log's bodies, asked for each time, since it may have been destroyed. */
export function logPort(stateDir: string, key: () => Promise<Buffer | undefined>): LogPort {
  const dir = join(stateDir, "log");
  const kept = keptIndex(stateDir);
  let growing: Promise<void> | undefined;
  let percent = 0;

  const grow = (): Promise<void> =>
    kept.use(async (index) => {
      for await (const { done, total } of index.grow({ batch: BATCH })) {
        percent = Math.floor((100 * done) / Math.max(total, 1));
        await sleep(0);
      }
    });

  /** Percent, where it takes longer than a page can wait; undefined once all is there. */
  async function caughtUp(): Promise<number | undefined> {
    const mine = (growing ??= grow().finally(() => {
      growing = undefined;
    }));
    const late = new AbortController();
    const done = await Promise.race([
      mine.then(() => true),
      sleep(WAIT_MS, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    return done ? undefined : percent;
  }

  async function ask<T>(step: (index: LogIndex) => Promise<T>) {
    for (;;) {
      const building = await caughtUp();
      const { opened } = kept;
      const answer = await kept.use(step);
      // Otherwise it was thrown away, and a new one was asked before it had grown.
      if (kept.opened === opened) return { answer, building };
    }
  }

  return {
    async slice(query, before) {
      const { answer, building } = await ask((index) => index.page(filterOf(query), PAGE_ENTRIES, before));
      return { ...answer, building };
    },
    trail: async (id) => (await ask((index) => index.trail(id))).answer,
    async bodies(found) {
      const wanted = new Map<string, Set<string>>();
      for (const { stream, entry } of found)
        for (const { ref } of refsOf(entry.body)) wanted.set(stream, (wanted.get(stream) ?? new Set()).add(ref.digest));
      const own = await key();
      const bodies = new Map<string, ReadonlyMap<string, Body>>();
      for (const [stream, digests] of wanted) bodies.set(stream, await readBodies(dir, stream, digests, own));
      return bodies;
    },
  };
}
