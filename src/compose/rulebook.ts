/**
 * The configuration in force for the agents of one process (P12): the accepted bytes from the archive, and the files on
 * disk beside them until a human accepts those too. What is broken on disk changes nothing and is said loudly.
 */

import { dirname, join } from "node:path";
import type { AuditLog } from "../audit/log.ts";
import type { Config } from "../config/config-file.ts";
import { ConfigError } from "../config/error.ts";
import { digestOf } from "../config/files.ts";
import type { Loaded } from "../config/load.ts";
import { watchFiles } from "../config/watch.ts";
import type { InForce } from "../gateway/in-force.ts";
import { StoreError, type AcceptedConfig, type Store } from "../store/store.ts";
import { archiver } from "./archive.ts";
import { edition, inForceOf, type Edition } from "./edition.ts";
import { keepingOf } from "./keeping.ts";
import { saysOf, readAccepted, readAnew, readDisk } from "./reading.ts";
import { noAgent } from "./rejected.ts";
import { succeed } from "./succession.ts";

/** As one agent's gate sees it. */
export interface Rulebook {
  inForce(): InForce;
  /** The accepted files; servers are started as they say. */
  accepted(): Loaded;
  /** The accepted configuration and, while a change waits, the proposed one. */
  configs(): readonly Config[];
  onChanged(listener: () => void): void;
  /** Looks whether another process has accepted something. Throws where what it finds does not follow from what runs. */
  refresh(): Promise<void>;
  /** Ends its listeners; the whole, where it is one agent's alone. */
  close(): void;
}

export interface Rulebooks {
  /** Those that have a manifest, both accepted and on disk. */
  agents(): ReadonlySet<string>;
  /** The accepted configuration and, while a change waits, the proposed one. */
  configs(): readonly [Config, ...Config[]];
  /** One agent's; from now on it is compiled with every change. Throws RejectedConfig. */
  of(agent: string): Rulebook;
  onChanged(listener: () => void): void;
  refresh(): Promise<void>;
  close(): void;
}

export interface RulebooksParts {
  readonly configPath: string;
  /** Who is compiled from the start: this one, who then has to have a manifest; or, left out, everybody who has one. */
  readonly agent?: string;
  readonly store: Store;
  readonly log: AuditLog;
  readonly now: () => number;
  /** Told when files on disk are broken while the gate runs; the accepted ones stay in force. */
  readonly broken: (error: unknown) => void;
}

/** The rulebook of one agent alone. Throws as `openRulebooks`. */
export async function openRulebook(
  parts: RulebooksParts & { readonly agent: string },
): Promise<Rulebook & Pick<Rulebooks, "configs">> {
  const books = await openRulebooks(parts);
  return { ...books.of(parts.agent), configs: books.configs, close: books.close };
}

/** Accepts the configuration as found when there is none yet. Throws RejectedConfig or ConfigError where it must not start. */
export async function openRulebooks(parts: RulebooksParts): Promise<Rulebooks> {
  const { configPath, agent: only, store, log } = parts;
  const folder = dirname(configPath);
  const listeners = new Set<() => void>();
  const asked = new Set<string>(only === undefined ? [] : [only]);
  const wanted = ({ manifests }: Loaded): Iterable<string> =>
    only === undefined ? new Set([...asked, ...manifests.keys()]) : asked;

  // Watched first, then read: no change falls in between.
  let open = false;
  let isStale = false;
  const unwatch = watchFiles([configPath, join(folder, "manifests"), join(folder, "kidoban.lock")], () => {
    if (open) void reload();
    else isStale = true;
  });

  const known = await store.acceptedDigest(configPath);
  const found = await readDisk(store, configPath, known);
  let onDisk = edition(found, wanted(found), known);
  // To start, the agent has to be there; to go on running, not.
  if (only !== undefined && !found.manifests.has(only)) throw noAgent(only);
  const kept = archiver(log);
  if (known === undefined) {
    log.record({ kind: "config.accepted", ...kept(onDisk), by: "first start", first: true, config: configPath });
    await log.synced();
    // Where another process was faster, what it accepted is what is read below.
    await store.accept({
      config: configPath,
      digest: onDisk.digest,
      files: onDisk.loaded.sources,
      acceptedAt: parts.now(),
      by: "first start",
    });
  }
  const editionOf = async ({ digest, files }: AcceptedConfig, read: typeof readAccepted): Promise<Edition> => {
    if (digest === onDisk.digest) return onDisk;
    const loaded = await read(store, configPath, files, folder);
    return edition(loaded, wanted(loaded), digest);
  };
  const archived = await store.accepted(configPath);
  if (archived === undefined || digestOf(archived.files) !== archived.digest)
    throw new ConfigError("archive", `what was accepted of ${configPath} is not what the state holds of it`);
  let accepted = await editionOf(archived, readAccepted);
  let { acceptedAt } = archived;
  const waiting = (): Edition | undefined => (onDisk.digest === accepted.digest ? undefined : onDisk);

  let inForce = new Map<string, InForce>();
  let agents: ReadonlySet<string> | undefined;
  /** Before the first call is decided by it. */
  const recordApplied = (): void => {
    const proposed = waiting();
    log.record({
      kind: "config.applied",
      config: configPath,
      accepted: kept(accepted),
      ...(proposed === undefined ? {} : { proposed: kept(proposed) }),
    });
  };
  const settle = (): void => {
    inForce = new Map();
    agents = undefined;
    recordApplied();
    for (const listener of listeners) listener();
  };
  if (waiting() !== undefined) log.record({ kind: "config.proposed", digest: onDisk.digest });
  recordApplied();
  await log.written();

  const refuse = (error: unknown): void => {
    log.record({ kind: "config.refused", reason: error instanceof Error ? error.message : String(error) });
  };
  let unusable: string | undefined;
  let reloads = 0;
  const reload = async (): Promise<void> => {
    const turn = ++reloads;
    const next = await readDisk(store, configPath)
      .then((loaded) => edition(loaded, wanted(loaded)))
      .catch((error: unknown) => ({ error }));
    // Read before a later change: the later reading is the one that counts.
    if (turn !== reloads) return;
    if ("error" in next) {
      refuse(next.error);
      return parts.broken(next.error);
    }
    if (next.digest === onDisk.digest) return;
    onDisk = next;
    log.record({ kind: "config.proposed", digest: next.digest });
    settle();
  };
  open = true;
  if (isStale) await reload();

  /** From what runs, row by row: the store is every process's, so a row is believed for its signature alone (P12). */
  const follow = async (): Promise<void> => {
    const rows = await store.acceptedSince(configPath, accepted.digest);
    const from = { digest: accepted.digest, acceptedAt, ...keepingOf(accepted.config) };
    const next = await succeed(configPath, from, rows, (files) => saysOf(configPath, files, folder));
    if (next.kind === "refused") throw new ConfigError("archive", `${configPath}: ${next.why}`);
    accepted = await editionOf(next.last, readAnew);
    acceptedAt = next.acceptedAt;
  };
  const takeUp = async (): Promise<void> => {
    const digest = await store.acceptedDigest(configPath);
    if (digest === undefined || digest === accepted.digest || digest === unusable) return;
    try {
      await follow();
    } catch (error) {
      // A store that is only busy is asked again; what cannot be used is said once.
      if (!(error instanceof StoreError) || error.code === "corrupt") {
        unusable = digest;
        refuse(error);
      }
      throw error;
    }
    settle();
  };
  let refreshed: Promise<void> = Promise.resolve();
  /** One after the other, so that an earlier look never comes in later. */
  const refresh = (): Promise<void> => (refreshed = refreshed.catch(() => undefined).then(takeUp));

  const inForceFor = (agent: string): InForce => {
    const known = inForce.get(agent);
    if (known !== undefined) return known;
    const made = inForceOf(accepted, waiting(), agent);
    inForce.set(agent, made);
    return made;
  };

  const configs = (): readonly [Config, ...Config[]] => {
    const proposed = waiting();
    return proposed === undefined ? [accepted.config] : [accepted.config, proposed.config];
  };

  // No getters: V8 keeps an object that is written with one as a dictionary, and some of these are asked ten times a call.
  return {
    agents: () =>
      (agents ??= new Set([...accepted.loaded.manifests.keys()].filter((agent) => onDisk.loaded.manifests.has(agent)))),
    configs,
    of(agent) {
      inForceFor(agent);
      asked.add(agent);
      const own = new Set<() => void>();
      return {
        inForce: () => inForceFor(agent),
        accepted: () => accepted.loaded,
        configs,
        onChanged(listener) {
          own.add(listener);
          listeners.add(listener);
        },
        refresh,
        close() {
          for (const listener of own) listeners.delete(listener);
        },
      };
    },
    onChanged: (listener) => void listeners.add(listener),
    refresh,
    close: unwatch,
  };
}
