/** Puts the log's folder in order: ended streams compressed, and, where it is asked for, what is kept no longer removed. */

import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findBodiesKey } from "../config/bodies-key.ts";
import { readConfig } from "../config/config-file.ts";
import { DEFAULT_LOG, longest, type Retention } from "../config/retention.ts";
import { packBodies, packEntries, type PackParts } from "../log/pack.ts";
import { pruneBodies, pruneStreams, type Limits } from "../log/prune.ts";
import { clearDrafts } from "../log/replace.ts";
import { hasEnded, lastLeaves } from "../log/standing.ts";
import { exclusively } from "../store/exclusive.ts";
import { StoreError, type Store } from "../store/store.ts";
import type { State } from "./state.ts";

export interface Tidied {
  /** Streams whose entries were compressed now. */
  readonly packed: number;
  /** Whose files are not what the ledger has signed: left as they are. */
  readonly damaged: readonly string[];
  /** Whose bodies nobody can look into. */
  readonly locked: readonly string[];
  readonly bodiesRemoved: number;
  readonly streamsRemoved: readonly string[];
}

export interface TidyParts {
  readonly state: State;
  readonly stateDir: string;
  readonly now: () => number;
  /** Between two blocks of a file. */
  readonly pauseMs: number;
  /** Whether what is kept no longer is removed, too. */
  readonly prunes: boolean;
  readonly signal?: AbortSignal;
}

/**
 * As the accepted configurations of this state say, each as long as any of them keeps it, and no shorter than the files on
 * disk: a longer time holds at once, a shorter one once it is accepted.
 */
async function retentionNow(store: Store): Promise<Retention> {
  const found: Retention[] = [];
  for (const { config, files } of await store.acceptedConfigs()) {
    const read = (text: string) => readConfig(basename(config), text, dirname(config)).config;
    const onDisk = await readFile(config, "utf8").then(read, () => undefined);
    for (const one of [read(files.get(basename(config)) ?? ""), onDisk])
      if (one !== undefined) found.push((one.log ?? DEFAULT_LOG).retention);
  }
  return longest(found);
}

const days = (ms: number): string => `${Math.floor(ms / 86_400_000)}d`;

function limitsOf({ entries, bodies, servers }: Retention, now: number): Limits {
  const most = Math.max(bodies, ...Object.values(servers));
  const each = Object.entries(servers).map(([server, ms]) => `, ${server} ${days(ms)}`);
  return {
    entries: now - entries,
    bodies: (server) => now - (server === undefined ? most : (servers[server] ?? bodies)),
    rule: { entries: `entries ${days(entries)}`, bodies: `bodies ${days(bodies)}${each.join("")}` },
  };
}

/** Undefined where another process is at it. */
export async function tidy(parts: TidyParts): Promise<Tidied | undefined> {
  const path = join(parts.stateDir, "locks", "tidy.db");
  try {
    return await exclusively(path, 0, () => tidyAlone(parts));
  } catch (error) {
    if (error instanceof StoreError && error.code === "busy") return undefined;
    throw error;
  }
}

async function tidyAlone({ state, stateDir, now, pauseMs, prunes, signal }: TidyParts): Promise<Tidied> {
  const dir = join(stateDir, "log");
  const key = await findBodiesKey(stateDir);
  const pack: PackParts = { dir, key, pauseMs, ...(signal === undefined ? {} : { signal }) };
  const prune = { ...pack, log: state.log, limits: limitsOf(await retentionNow(state.store), now()) };
  await clearDrafts(dir);
  const streamsRemoved = prunes ? await pruneStreams(prune) : [];
  let [packed, bodiesRemoved] = [0, 0];
  const [damaged, locked]: [string[], string[]] = [[], []];
  for (const leaf of (await lastLeaves(dir)).values()) {
    if (signal?.aborted === true) break;
    if (!hasEnded(leaf)) continue;
    const entries = await packEntries(pack, leaf);
    if (entries === "packed") packed++;
    if (entries === "damaged") damaged.push(leaf.stream);
    if (entries === "damaged" || entries === "none") continue;
    if (prunes) bodiesRemoved += (await pruneBodies(prune, leaf.stream)).count;
    if ((await packBodies(pack, leaf.stream)).kind === "locked") locked.push(leaf.stream);
  }
  return { packed, damaged, locked, bodiesRemoved, streamsRemoved };
}

const FIRST_MS = 60_000;
const EVERY_MS = 60 * 60_000;
/** About 8 MB of entries a second: who waits for an answer waits no longer for it. */
const BACKGROUND_PAUSE_MS = 8;

/** Compresses what ends, an hour after the other, until `signal` aborts; removes nothing. What fails is tried again. */
export async function keepTidy(
  parts: Pick<TidyParts, "state" | "stateDir" | "now"> & { readonly signal: AbortSignal },
): Promise<void> {
  for (let waitMs = FIRST_MS; !parts.signal.aborted; waitMs = EVERY_MS) {
    await sleep(waitMs, undefined, { ref: false, signal: parts.signal }).catch(() => undefined);
    if (parts.signal.aborted) return;
    await tidy({ ...parts, pauseMs: BACKGROUND_PAUSE_MS, prunes: false }).catch(() => undefined);
  }
}
