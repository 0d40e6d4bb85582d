/**
 * The configuration in force for one agent (P12): the accepted bytes from the archive, and the files on disk beside them
 * until a human accepts those too. What is broken on disk changes nothing and is said loudly.
 */

import { dirname, join } from "node:path";
import type { AuditLog } from "../audit/log.ts";
import type { Config } from "../config/config-file.ts";
import { ConfigError } from "../config/error.ts";
import { digestOf } from "../config/files.ts";
import type { Loaded } from "../config/load.ts";
import { hasErrors } from "../config/problem.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { watchFiles } from "../config/watch.ts";
import type { InForce } from "../gateway/in-force.ts";
import type { Manifest, Problem } from "../policy/manifest.ts";
import { compileAccepted, compilePolicy, type Policy } from "../policy/policy.ts";
import { StoreError, type Store } from "../store/store.ts";
import { commonApprovers } from "./approvers.ts";
import { policySources } from "./policies.ts";
import { readAccepted, readDisk } from "./reading.ts";

/** One configuration, read and compiled for one agent. */
interface Edition {
  readonly digest: string;
  readonly config: Config;
  readonly loaded: Loaded;
  readonly policy: Policy;
}

/** What is wrong in files that would come into force; carries everything that its message is made from. */
export class RejectedConfig extends Error {
  readonly code = "rejected";
  readonly problems: readonly Problem[];
  readonly sources: ReadonlyMap<string, string>;
  constructor(problems: readonly Problem[], sources: ReadonlyMap<string, string>) {
    super(`the configuration has ${problems.filter((one) => one.severity === "error").length} errors`);
    this.problems = problems;
    this.sources = sources;
  }
}

const noAgent = (agent: string): ConfigError => new ConfigError("no-agent", `there is no manifests/${agent}.yaml`);

/** Compiles one agent's policy from loaded files. Throws RejectedConfig with all problems at once. */
export function compileFor(loaded: Loaded, agent: string, compile: typeof compilePolicy = compilePolicy): Policy {
  const problems = [...loaded.problems];
  const { config } = loaded;
  const manifest = loaded.manifests.get(agent);
  if (config === undefined || manifest === undefined) {
    if (hasErrors(problems)) throw new RejectedConfig(problems, loaded.sources);
    throw noAgent(agent);
  }
  const compiled = compile(policySources(config, manifest, loaded.locks));
  problems.push(...compiled.problems);
  if (hasErrors(problems)) throw new RejectedConfig(problems, loaded.sources);
  return compiled.policy;
}

/** `known`: the digest of a configuration that was accepted before, whose examples need not run again. */
function edition(loaded: Loaded, agent: string, known?: string): Edition {
  const digest = digestOf(loaded.sources);
  const compile = digest === known ? compileAccepted : compilePolicy;
  const { config, manifests, problems } = loaded;
  // A manifest that is gone, and not merely broken, is the narrowest there is.
  const isGone = config !== undefined && !manifests.has(agent) && !hasErrors(problems);
  const here = isGone ? { ...loaded, manifests: new Map(manifests).set(agent, nothing(agent)) } : loaded;
  const policy = compileFor(here, agent, compile);
  if (config === undefined) throw new RejectedConfig(problems, loaded.sources);
  return { digest, config, loaded, policy };
}

const nothing = (agent: string): Manifest => ({
  agent,
  grants: [],
  rules: [],
  place: { file: `manifests/${agent}.yaml`, line: 1, column: 1 },
});

function inForceOf(accepted: Edition, proposed: Edition | undefined, agent: string): InForce {
  const editions = proposed === undefined ? [accepted] : [accepted, proposed];
  const { config } = accepted;
  const { locks, manifests } = accepted.loaded;
  const server = (id: string): ServerConfig | undefined => config.servers.get(id);
  return {
    policies: proposed === undefined ? [accepted.policy] : [accepted.policy, proposed.policy],
    approvers: commonApprovers(editions.map((one) => one.config.approvers)),
    locks,
    floor: editions.map((one) => ({ rule: "approvals", ...one.config.floor })),
    endpoint: (id) => server(id)?.endpoint ?? "",
    naming: (id) => server(id)?.naming ?? "prefixed",
    timeoutMs: (id) => server(id)?.timeoutMs ?? 0,
    holdMs: manifests.get(agent)?.holdMs,
    digest: accepted.digest,
  };
}

export interface Rulebook {
  readonly inForce: InForce;
  /** The accepted files; servers are started as they say. */
  readonly accepted: Loaded;
  onChanged(listener: () => void): void;
  /** Looks whether another process has accepted something. */
  refresh(): Promise<void>;
  close(): void;
}

export interface RulebookParts {
  readonly configPath: string;
  readonly agent: string;
  readonly store: Store;
  readonly log: AuditLog;
  readonly now: () => number;
  /** Told when files on disk are broken while the gate runs; the accepted ones stay in force. */
  readonly broken: (error: unknown) => void;
}

/** Accepts the configuration as found when there is none yet. Throws RejectedConfig or ConfigError where it must not start. */
export async function openRulebook(parts: RulebookParts): Promise<Rulebook> {
  const { configPath, agent, store, log } = parts;
  const folder = dirname(configPath);
  const listeners = new Set<() => void>();

  // Watched first, then read: no change falls in between.
  let open = false;
  let isStale = false;
  const unwatch = watchFiles([configPath, join(folder, "manifests"), join(folder, "kidoban.lock")], () => {
    if (open) void reload();
    else isStale = true;
  });

  const known = await store.acceptedDigest(configPath);
  let onDisk = edition(await readDisk(store, configPath, known), agent, known);
  // To start, the agent has to be there; to go on running, not.
  if (!onDisk.loaded.manifests.has(agent)) throw noAgent(agent);
  if (known === undefined) {
    log.record({ kind: "config.accepted", digest: onDisk.digest, by: "first start", first: true, config: configPath });
    await log.synced();

    await store.accept({
      config: configPath,
      digest: onDisk.digest,
      files: onDisk.loaded.sources,
      acceptedAt: parts.now(),
      by: "first start",
    });
  }
  const acceptedEdition = async (): Promise<Edition> => {
    const archived = await store.accepted(configPath);
    if (archived === undefined || digestOf(archived.files) !== archived.digest)
      throw new ConfigError("archive", `what was accepted of ${configPath} is not what the state holds of it`);
    const { digest, files } = archived;
    if (digest === onDisk.digest) return onDisk;
    return edition(await readAccepted(store, configPath, files, folder), agent, digest);
  };
  let accepted = await acceptedEdition();
  let inForce = inForceOf(accepted, undefined, agent);

  const settle = (): void => {
    const waiting = onDisk.digest === accepted.digest ? undefined : onDisk;
    inForce = inForceOf(accepted, waiting, agent);
    for (const listener of listeners) listener();
  };
  if (onDisk.digest !== accepted.digest) {
    log.record({ kind: "config.proposed", digest: onDisk.digest });
    await log.written();
    settle();
  }

  const refuse = (error: unknown): void => {
    log.record({ kind: "config.refused", reason: error instanceof Error ? error.message : String(error) });
  };
  let unusable: string | undefined;
  let reloads = 0;
  const reload = async (): Promise<void> => {
    const turn = ++reloads;
    const next = await readDisk(store, configPath)
      .then((loaded) => edition(loaded, agent))
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

  return {
    get inForce() {
      return inForce;
    },
    get accepted() {
      return accepted.loaded;
    },
    onChanged: (listener) => void listeners.add(listener),
    async refresh() {
      const digest = await store.acceptedDigest(configPath);
      if (digest === undefined || digest === accepted.digest || digest === unusable) return;
      try {
        accepted = await acceptedEdition();
      } catch (error) {
        // A store that is only busy is asked again; what cannot be used is said once.
        if (!(error instanceof StoreError)) {
          unusable = digest;
          refuse(error);
        }
        throw error;
      }
      settle();
    },
    close: unwatch,
  };
}
