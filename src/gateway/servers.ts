/**
 * The servers behind the gate and whether their definitions are still those of the lock.
 * A definition that differs is quarantined until a human pins it again; one that is gone is hidden.
 */

import { definitionDigest } from "../approval/definition.ts";
import type { AuditLog } from "../audit/log.ts";
import type { Call, Kind } from "../policy/call.ts";
import type { JsonObject } from "../policy/json.ts";
import { definitionName } from "../policy/definition.ts";
import type { Lock, LockedItem, LockedKind } from "../policy/manifest.ts";
import type { Live } from "../policy/decide.ts";
import type { DifferingItem } from "./differing.ts";
import { ServerError, type Server } from "./ports.ts";

/** How old a list may be when a claim rests on it. */
export const LIST_MAX_AGE_MS = 60_000;

/** Lists in a row that are out of date before they are read; then calls are refused until it rests. */
const MAX_LISTS = 10;

interface Watched {
  readonly server: Server;
  /** 0: not compared since the last (re)start. */
  comparedAt: number;
  comparing: Promise<void> | undefined;
  /** Counts what made a running comparison stale: a restart or a changed list. */
  epoch: number;
  readonly quarantined: Set<string>;
  /** What was last said to differ. */
  told: string | undefined;
}

const keyOf = (kind: Kind, name: string): string => `${kind}:${name}`;

function isQuarantined({ quarantined }: Watched, kind: Kind, name: string): boolean {
  // Asked several times a call, and mostly there is none: no key is put together then.
  if (quarantined.size === 0) return false;
  // A completion rests on the definition of what it completes.
  if (kind === "completion") return quarantined.has(keyOf("prompt", name)) || quarantined.has(keyOf("resource", name));
  return quarantined.has(keyOf(kind, name));
}

export interface ServerSet {
  readonly live: Live;
  /** Synchronous answer for the hot path: compared since its last start. */
  compared(server: string): boolean;
  /** Makes sure it is up and was compared within `maxAgeMs`; throws ServerError. */
  ensure(server: string, maxAgeMs: number): Promise<Server>;
  /** The server, where nothing has to be awaited before this call: compared since its last start, at this endpoint, not quarantined. */
  usable(call: Pick<Call, "server" | "kind" | "name">, endpoint: string): Server | undefined;
  /** Takes up the pool's servers. Called once, when whoever is told of them is there. */
  begin(): void;
  /** Follows a changed pool and compares all again, after the locks changed. */
  recompare(): void;
  cancelAll(): void;
  close(): Promise<void>;
}

export interface ServerSetParts {
  readonly servers: ReadonlyMap<string, Server>;
  readonly locks: () => ReadonlyMap<string, Lock>;
  readonly log: AuditLog;
  readonly now: () => number;
  /** What is visible has changed. */
  readonly changed: () => void;
  /** A server came, at the start or in place of another. */
  readonly adopted: (id: string, server: Server) => void;
  /** What differs from the lock is not what differed before. */
  readonly differing: (id: string, endpoint: string, items: readonly DifferingItem[]) => void;
}

const KINDS: readonly LockedKind[] = ["tool", "resource", "prompt"];

/** Null where it is gone, or is nothing that has a digest (a lone surrogate): either way not what was reviewed. */
function digestNow(definition: JsonObject | undefined, { volatile }: LockedItem): string | null {
  if (definition === undefined) return null;
  try {
    return definitionDigest(definition, volatile);
  } catch {
    return null;
  }
}

export function watchServers(parts: ServerSetParts): ServerSet {
  const watched = new Map<string, Watched>();

  const quarantine = (id: string, state: Watched, listed: ReadonlyMap<string, JsonObject>): void => {
    const before = new Set(state.quarantined);
    state.quarantined.clear();
    const items: DifferingItem[] = [];
    let told = "";
    for (const item of parts.locks().get(id)?.items ?? []) {
      const key = keyOf(item.kind, item.name);
      const was = definitionDigest(item.definition, item.volatile);
      const is = digestNow(listed.get(key), item);
      if (is === was) continue;
      state.quarantined.add(key);
      items.push({ kind: item.kind, name: item.name, now: listed.get(key) ?? null });
      told += `${key} ${is ?? ""}\n`;
      if (!before.has(key)) {
        parts.log.record({
          kind: "definition.quarantined",
          target: { server: id, kind: item.kind, name: item.name },
          locked: was,
          now: is,
        });
      }
    }
    if (told !== state.told) parts.differing(id, state.server.endpoint, items);
    state.told = told;
    if (before.size !== state.quarantined.size || [...before].some((key) => !state.quarantined.has(key)))
      parts.changed();
  };

  /** Only of the kinds that were reviewed: of others nothing is let through anyway. */
  const definitions = async (id: string, server: Server): Promise<ReadonlyMap<string, JsonObject>> => {
    const reviewed = new Set(
      parts
        .locks()
        .get(id)
        ?.items.map(({ kind }) => kind),
    );
    const lists = await Promise.all(
      KINDS.filter((kind) => reviewed.has(kind)).map(async (kind) =>
        (await server.list(kind)).map((one) => [keyOf(kind, definitionName(kind, one) ?? ""), one] as const),
      ),
    );
    return new Map(lists.flat());
  };

  const compare = async (id: string, state: Watched): Promise<void> => {
    for (let tries = 0; tries < MAX_LISTS; tries += 1) {
      const { epoch } = state;
      await state.server.ready();
      const listed = await definitions(id, state.server);
      // A restart in between: what was listed is of a process that is gone.
      if (state.epoch !== epoch) continue;
      quarantine(id, state, listed);
      state.comparedAt = parts.now();
      return;
    }
    throw new ServerError("protocol", id, `server ${id}: its lists change all the time`);
  };

  const compareOnce = (id: string, state: Watched): Promise<void> => {
    state.comparing ??= compare(id, state).finally(() => {
      state.comparing = undefined;
    });
    return state.comparing;
  };

  const state = (id: string): Watched => {
    const found = watched.get(id);
    if (found === undefined) throw new ServerError("down", id, "it is not configured any more");
    return found;
  };

  const adopt = (id: string, server: Server): void => {
    const entry: Watched = {
      server,
      comparedAt: 0,
      comparing: undefined,
      epoch: 0,
      quarantined: new Set(),
      told: undefined,
    };
    watched.set(id, entry);
    parts.adopted(id, server);
    server.onChanged(() => {
      if (watched.get(id) !== entry) return;
      entry.epoch += 1;
      entry.comparedAt = 0;
      // A failure shows at the next call, with its cause.
      compareOnce(id, entry).catch(() => undefined);
    });
    compareOnce(id, entry).catch(() => undefined);
  };
  /** Follows the pool: new servers are watched, replaced and closed ones forgotten. */
  const adoptAll = (): void => {
    for (const id of watched.keys()) if (!parts.servers.has(id)) watched.delete(id);
    for (const [id, server] of parts.servers) if (watched.get(id)?.server !== server) adopt(id, server);
  };

  return {
    live: {
      quarantined(server, kind, name) {
        const state = watched.get(server);
        return state === undefined || isQuarantined(state, kind, name);
      },
    },
    compared: (id) => (watched.get(id)?.comparedAt ?? 0) > 0,
    async ensure(id, maxAgeMs) {
      const entry = state(id);
      const ageMs = parts.now() - entry.comparedAt;
      // A clock that was set back proves no age.
      if (entry.comparedAt === 0 || ageMs > maxAgeMs || ageMs < 0) await compareOnce(id, entry);
      return entry.server;
    },
    usable({ server: id, kind, name }, endpoint) {
      const state = watched.get(id);
      if (state === undefined || state.comparedAt === 0 || state.server.endpoint !== endpoint) return undefined;
      return isQuarantined(state, kind, name) ? undefined : state.server;
    },
    begin: adoptAll,
    recompare() {
      adoptAll();
      for (const [id, entry] of watched) {
        entry.epoch += 1;
        entry.comparedAt = 0;
        compareOnce(id, entry).catch(() => undefined);
      }
    },
    cancelAll() {
      for (const entry of watched.values()) entry.server.cancelAll();
    },
    async close() {
      await Promise.all([...watched.values()].map((entry) => entry.server.close()));
    },
  };
}
