/** Servers as the console shows them: their locks, and what running gates found to differ from these. */

import type { ServerView, Quarantined } from "../../console/pages/servers.ts";
import type { ServerConfig } from "../../config/server-config.ts";
import { differingNote, type Differing } from "../../gateway/differing.ts";
import { isObject } from "../../policy/json.ts";
import type { Lock } from "../../policy/manifest.ts";
import type { Store } from "../../store/store.ts";
import { agentNames, type Editions } from "./editions.ts";

function read(text: string): Differing | undefined {
  const value: unknown = JSON.parse(text);
  return isObject(value) && value["v"] === 1 ? (value as unknown as Differing) : undefined;
}

/** What the gates of all agents found, each definition once, as far as it still is of this endpoint and this lock. */
async function quarantinedOf(
  store: Store,
  { id, endpoint }: ServerConfig,
  lock: Lock | undefined,
  agents: readonly string[],
): Promise<readonly Quarantined[]> {
  const found = new Map<string, Quarantined>();
  for (const agent of agents) {
    const text = await store.note(differingNote(agent, id));
    const differing = text === undefined ? undefined : read(text);
    if (differing === undefined || differing.endpoint !== endpoint) continue;
    for (const { kind, name, now } of differing.items) {
      const item = lock?.items.find((one) => one.kind === kind && one.name === name);
      const key = `${kind} ${name}`;
      if (item !== undefined && !found.has(key))
        found.set(key, { agent, kind, name, at: differing.at, locked: item.definition, now });
    }
  }
  return [...found.values()];
}

export async function serverViews(store: Store, configPath: string, all: Editions): Promise<readonly ServerView[]> {
  const { accepted, disk } = all;
  const ids = [accepted, disk].flatMap((each) => [...(each?.loaded.config?.servers.keys() ?? [])]);
  const views = await Promise.all(
    [...new Set(ids)].toSorted().map(async (id): Promise<ServerView | undefined> => {
      const [old, now] = [accepted, disk].map((each) => each?.loaded.config?.servers.get(id));
      const server = old ?? now;
      if (server === undefined) return undefined;
      const { endpoint } = server;
      const lock = (old === undefined ? disk : accepted)?.loaded.locks.get(id);
      return {
        id,
        endpoint,
        state: lock === undefined ? "no-lock" : lock.endpoint === endpoint ? "locked" : "other-endpoint",
        where: old === undefined ? "disk" : disk !== undefined && now === undefined ? "accepted" : "both",
        items: lock?.items ?? [],
        command: `kidoban pin ${id} --config ${configPath}`,
        quarantined: await quarantinedOf(store, server, lock, agentNames(all)),
      };
    }),
  );
  return views.filter((view) => view !== undefined);
}
