/** Puts the log's folder in order: ended streams compressed, and, where it is asked for, what is kept no longer removed. */

import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseLedgerLine } from "../audit/leaf.ts";
import type { LedgerLeaf } from "../audit/log.ts";
import { findBodiesKey } from "../config/bodies-key.ts";
import { readConfig } from "../config/config-file.ts";
import { DEFAULT_LOG, longest, type Retention } from "../config/retention.ts";
import { isBehind, writtenBefore } from "../log/age.ts";
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
  /** Streams that are beyond their time by the clock alone, and not by what was signed since: they stay. */
  readonly held: number;
  /** Times in the ledger that this clock has not reached: nothing is removed. */
  readonly isBehind: boolean;
}

export interface TidyParts {
  readonly state: State;
  readonly stateDir: string;
  readonly now: () => number;
  /** Between two blocks of a file. */
  readonly pauseMs: number;
  /** Whether what is kept no longer is removed, too. */
  readonly prunes: boolean;
  /** A person has said at the terminal that the clock is right. */
  readonly byClock?: true;
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

/** `before`: when that was written which is so old now. */
function limitsOf({ entries, bodies, servers }: Retention, before: (ageMs: number) => number): Limits {
  const most = before(Math.max(bodies, ...Object.values(servers)));
  const all = before(bodies);
  const limitOf = new Map(Object.entries(servers).map(([server, ms]) => [server, before(ms)]));
  const each = Object.entries(servers).map(([server, ms]) => `, ${server} ${days(ms)}`);
  return {
    entries: before(entries),
    bodies: (server) => (server === undefined ? most : (limitOf.get(server) ?? all)),
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

/** Of all signed leaves, in order, ms. */
const signedTimes = async ({ store }: State): Promise<readonly number[]> =>
  (await store.readLedger()).lines.map((line) => Date.parse(parseLedgerLine(line)?.time ?? ""));

async function tidyAlone({ state, stateDir, now, pauseMs, prunes, byClock, signal }: TidyParts): Promise<Tidied> {
  const dir = join(stateDir, "log");
  const key = await findBodiesKey(stateDir);
  const pack: PackParts = { dir, key, pauseMs, ...(signal === undefined ? {} : { signal }) };
  const [retention, times, started] = [await retentionNow(state.store), await signedTimes(state), now()];
  const alone = limitsOf(retention, (ageMs) => started - ageMs);
  const limits = byClock ? alone : limitsOf(retention, (ageMs) => writtenBefore(times, started, ageMs));
  const prune = { ...pack, log: state.log, limits };
  const isHeld = ({ time }: LedgerLeaf): boolean => {
    const at = Date.parse(time);
    return at < alone.entries && at >= limits.entries;
  };
  const held = [...(await lastLeaves(dir)).values()].filter((leaf) => hasEnded(leaf) && isHeld(leaf)).length;
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
  return {
    packed,
    damaged,
    locked,
    bodiesRemoved,
    streamsRemoved,
    held: prunes ? held : 0,
    isBehind: prunes && isBehind(times, started),
  };
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
