/** Puts the log's folder in order: ended streams compressed, and, where it is asked for, what is kept no longer removed. */

import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseLedgerLine } from "../audit/leaf.ts";
import type { LedgerLeaf } from "../audit/log.ts";
import { findBodiesKey } from "../config/bodies-key.ts";
import { digestOf, type Files } from "../config/files.ts";
import type { Keeping } from "../audit/keeping.ts";
import { DEFAULT_RETENTION, longest, type Retention } from "../audit/retention.ts";
import { isBehind, writtenBefore } from "../log/age.ts";
import { isAbsent } from "../log/error-code.ts";
import { packBodies, packEntries, type PackParts } from "../log/pack.ts";
import { pruneBodies, pruneStreams, type Limits } from "../log/prune.ts";
import { clearDrafts } from "../log/replace.ts";
import { hasEnded, lastLeaves } from "../log/standing.ts";
import { unlessBusy } from "../store/exclusive.ts";
import type { AcceptedConfig, Store } from "../store/store.ts";
import { saysOf } from "./reading.ts";
import type { State } from "./state.ts";
import { succeed } from "./succession.ts";

export interface Tidied {
  /** Streams whose entries were compressed now. */
  readonly packed: number;
  /** Whose files are not what the ledger has signed: left as they are. */
  readonly damaged: readonly string[];
  /** Whose bodies nobody can look into. */
  readonly locked: readonly string[];
  readonly bodiesRemoved: number;
  readonly streamsRemoved: readonly string[];
  /** Requests in the store: how many lost what was asked, shown and answered, and how many are gone. */
  readonly requestsEmptied: number;
  readonly requestsRemoved: number;
  /** Streams that are beyond their time by the clock alone, and not by what was signed since: they stay. */
  readonly held: number;
  /** Times in the ledger that this clock has not reached: nothing is removed. */
  readonly isBehind: boolean;
  /** Configurations of which nobody can say how long they keep: nothing is removed. */
  readonly unclear: readonly string[];
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
 * What each configuration of this state keeps, as accepted and on disk; the paths of those of which it cannot be said, since
 * something of theirs cannot be read, or does not follow by its signatures from what was accepted before.
 */
async function retentionsOf(store: Store): Promise<readonly (Retention | { readonly unclear: string })[]> {
  const found: (Retention | { readonly unclear: string })[] = [];
  for (const { config } of await store.acceptedConfigs()) {
    const said = await believed(config, await store.acceptedHistory(config));
    const onDisk = await readFile(config, "utf8").then(
      (text) => saysOf(config, new Map([[basename(config), text]]), dirname(config)),
      (error: unknown) => (isAbsent(error) ? said : undefined),
    );
    found.push(...(said && onDisk ? [said.retention, onDisk.retention] : [{ unclear: config }]));
  }
  return found;
}

/**
 * What the last of these says, if every one of them is believed. Where one of the past cannot be read (a later program may
 * not know it), nobody can say who was to sign the one after it: then the longest counts that any of them ever said, and
 * never less than what holds where nothing is said. So things are kept too long, and not for ever.
 */
async function believed(
  config: string,
  history: readonly AcceptedConfig[],
): Promise<Pick<Keeping, "retention"> | undefined> {
  const [first, ...rows] = history;
  if (first === undefined || first.previous !== undefined || digestOf(first.files) !== first.digest) return undefined;
  const read = (files: Files) => saysOf(config, files, dirname(config));
  const all = await Promise.all(history.map(({ files }) => read(files)));
  if (all.at(-1) === undefined) return undefined;
  const known = all.filter((one) => one !== undefined);
  if (known.length < all.length)
    return { retention: longest([DEFAULT_RETENTION, ...known.map(({ retention }) => retention)]) };
  const [says] = known;
  if (says === undefined || rows.length === 0) return says;
  const { digest, acceptedAt } = first;
  const next = await succeed(config, { digest, acceptedAt, ...says }, rows, read);
  return next.kind === "follows" ? read(next.last.files) : undefined;
}

/** What the log is not to keep stays in the store as long as anything may still be asked back about it. */
const BRIEF_MS = 24 * 60 * 60_000;

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
export function tidy(parts: TidyParts): Promise<Tidied | undefined> {
  return unlessBusy(join(parts.stateDir, "locks", "tidy.db"), () => tidyAlone(parts));
}

/** Of all signed leaves, in order, ms. */
const signedTimes = async ({ store }: State): Promise<readonly number[]> =>
  (await store.readLedger()).lines.map((line) => Date.parse(parseLedgerLine(line)?.time ?? ""));

async function tidyAlone({ state, stateDir, now, pauseMs, byClock, signal, ...parts }: TidyParts): Promise<Tidied> {
  const dir = join(stateDir, "log");
  const key = await findBodiesKey(stateDir);
  const pack: PackParts = { dir, key, pauseMs, ...(signal === undefined ? {} : { signal }) };
  const each = await retentionsOf(state.store);
  const unclear = each.flatMap((one) => ("unclear" in one ? [one.unclear] : []));
  const prunes = parts.prunes && unclear.length === 0;
  const retention = longest(each.filter((one) => "entries" in one));
  const [times, started] = [await signedTimes(state), now()];
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
  const brief = started - BRIEF_MS;
  const requests = prunes ? await state.store.removeOld({ ...limits, brief }, started) : { emptied: 0, removed: 0 };
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
    requestsEmptied: requests.emptied,
    requestsRemoved: requests.removed,
    held: prunes ? held : 0,
    isBehind: prunes && isBehind(times, started),
    unclear: parts.prunes ? unclear : [],
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
