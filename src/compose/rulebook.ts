/**
 * The configuration in force for one agent (P12): the accepted bytes from the archive, and the files on disk beside them
 * until a human accepts those too. What is broken on disk changes nothing and is said loudly.
 */

import { dirname, join } from "node:path";
import type { AuditLog } from "../audit/log.ts";
import type { Approver } from "../approval/statement.ts";
import { ConfigError } from "../config/error.ts";
import { digestOf, loadConfig, parseFiles, type Loaded } from "../config/load.ts";
import { hasErrors } from "../config/problem.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { watchFiles } from "../config/watch.ts";
import type { InForce } from "../gateway/in-force.ts";
import type { Obligation } from "../policy/call.ts";
import type { Problem } from "../policy/manifest.ts";
import { compileAccepted, compilePolicy, type Policy } from "../policy/policy.ts";
import type { Store } from "../store/store.ts";
import { policySources } from "./policies.ts";

/** One configuration, read and compiled for one agent. */
interface Edition {
  readonly digest: string;
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

/** Compiles one agent's policy from loaded files. Throws RejectedConfig with all problems at once. */
export function compileFor(loaded: Loaded, agent: string, compile: typeof compilePolicy = compilePolicy): Policy {
  const problems = [...loaded.problems];
  const { config } = loaded;
  const manifest = loaded.manifests.get(agent);
  if (config === undefined || manifest === undefined) {
    if (hasErrors(problems)) throw new RejectedConfig(problems, loaded.sources);
    throw new ConfigError("no-agent", `there is no manifests/${agent}.yaml`);
  }
  const compiled = compile(policySources(config, manifest, loaded.locks));
  problems.push(...compiled.problems);
  if (hasErrors(problems)) throw new RejectedConfig(problems, loaded.sources);
  return compiled.policy;
}

/** `known`: the digest of a configuration that was accepted before, whose examples need not run again. */
function edition(loaded: Loaded, agent: string, known?: string): Edition {
  const digest = digestOf(loaded.sources);
  return { digest, loaded, policy: compileFor(loaded, agent, digest === known ? compileAccepted : compilePolicy) };
}

/** Approvers in all editions under the same key, with the groups that all give them. */
function commonApprovers(editions: readonly Edition[]): readonly Approver[] {
  const [first, ...others] = editions.map((one) => one.loaded.config?.approvers ?? []);
  return (first ?? []).flatMap(({ name, key, groups }) => {
    const twins = others.map((list) => list.find((other) => other.name === name && other.key === key));
    if (twins.includes(undefined)) return [];
    return [{ name, key, groups: groups.filter((group) => twins.every((twin) => twin?.groups.includes(group))) }];
  });
}

function inForceOf(accepted: Edition, proposed: Edition | undefined, agent: string): InForce {
  const editions = proposed === undefined ? [accepted] : [accepted, proposed];
  const { config, locks, manifests } = accepted.loaded;
  const server = (id: string): ServerConfig | undefined => config?.servers.get(id);
  const floor = editions.map((one): Obligation => ({
    rule: "approvals",
    ...(one.loaded.config?.floor ?? accepted.loaded.config!.floor),
  }));
  return {
    policies: proposed === undefined ? [accepted.policy] : [accepted.policy, proposed.policy],
    approvers: commonApprovers(editions),
    locks,
    floor,
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

  const known = await store.acceptedDigest(configPath);
  let onDisk = edition(await loadConfig(configPath), agent, known);
  if (known === undefined) {
    await store.accept({
      config: configPath,
      digest: onDisk.digest,
      files: onDisk.loaded.sources,
      acceptedAt: parts.now(),
      by: "first start",
    });
    log.record({ kind: "config.accepted", digest: onDisk.digest, by: "first start", first: true, config: configPath });
    await log.synced();
  }
  const readAccepted = async (): Promise<Edition> => {
    const found = await store.accepted(configPath);
    if (found === undefined) return onDisk;
    return found.digest === onDisk.digest ? onDisk : edition(parseFiles(found.files, folder), agent, found.digest);
  };
  let accepted = await readAccepted();
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

  const reload = async (): Promise<void> => {
    try {
      const next = edition(await loadConfig(configPath), agent);
      if (next.digest === onDisk.digest) return;
      onDisk = next;
      log.record({ kind: "config.proposed", digest: next.digest });
      settle();
    } catch (error) {
      log.record({ kind: "config.refused", reason: error instanceof Error ? error.message : String(error) });
      parts.broken(error);
    }
  };
  const unwatch = watchFiles(
    [configPath, join(folder, "manifests"), join(folder, "kidoban.lock")],
    () => void reload(),
  );

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
      if (digest === undefined || digest === accepted.digest) return;
      accepted = await readAccepted();
      settle();
    },
    close: unwatch,
  };
}
