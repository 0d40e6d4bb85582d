/** One configuration, read and compiled, and what two of them put in force together (P12). Reads no file. */

import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import type { Config } from "../config/config-file.ts";
import { digestOf } from "../config/files.ts";
import type { Loaded } from "../config/load.ts";
import { hasErrors } from "../config/problem.ts";
import { DEFAULT_IN_FLIGHT } from "../policy/limits.ts";
import { hidingOf, keepsBodies, type Recording } from "../audit/recording.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { InForce } from "../gateway/in-force.ts";
import type { AskKind, Manifest } from "../policy/manifest.ts";
import { compileAccepted, compilePolicy, type Policy } from "../policy/policy.ts";
import { commonApprovers } from "../approval/common.ts";
import { policySources } from "./policies.ts";
import { noAgent, RejectedConfig } from "./rejected.ts";

export interface Edition {
  readonly digest: string;
  readonly config: Config;
  readonly loaded: Loaded;
  /** Compiled once; of an agent without a manifest, the narrowest there is. Throws RejectedConfig. */
  policy(agent: string): Policy;
}

/** Compiles one agent's policy from loaded files. Throws RejectedConfig with all problems at once. */
export function compileFor(loaded: Loaded, agent: string, compile: typeof compilePolicy = compilePolicy): Policy {
  const problems = [...loaded.problems];
  const { config } = loaded;
  const manifest = loaded.manifests.get(agent);
  if (config === undefined || manifest === undefined) {
    if (hasErrors(problems)) throw new RejectedConfig(problems, loaded.sources);
    throw noAgent(agent);
  }
  const compiled = compile(policySources(loaded, config, manifest));
  problems.push(...compiled.problems);
  if (hasErrors(problems)) throw new RejectedConfig(problems, loaded.sources);
  return compiled.policy;
}

const nothing = (agent: string): Manifest => ({
  agent,
  grants: [],
  rules: [],
  inFlight: DEFAULT_IN_FLIGHT,
  place: { file: `manifests/${agent}.yaml`, line: 1, column: 1 },
});

/**
 * Compiled for these agents at once, so that what is wrong for one of them keeps the whole out. `known`: the digest of a
 * configuration that was accepted before, whose examples need not run again. Throws RejectedConfig.
 */
export function edition(loaded: Loaded, agents: Iterable<string>, known?: string): Edition {
  const digest = digestOf(loaded.sources);
  const compile = digest === known ? compileAccepted : compilePolicy;
  const { config, manifests, problems } = loaded;
  const policies = new Map<string, Policy>();
  const policy = (agent: string): Policy => {
    const compiled = policies.get(agent);
    if (compiled !== undefined) return compiled;
    // A manifest that is gone, and not merely broken.
    const isGone = config !== undefined && !manifests.has(agent) && !hasErrors(problems);
    const here = isGone ? { ...loaded, manifests: new Map(manifests).set(agent, nothing(agent)) } : loaded;
    const fresh = compileFor(here, agent, compile);
    policies.set(agent, fresh);
    return fresh;
  };
  for (const agent of agents) policy(agent);
  if (config === undefined || hasErrors(problems)) throw new RejectedConfig(problems, loaded.sources);
  return { digest, config, loaded, policy };
}

/** What all of them hold. */
const common = <T>([first = [], ...others]: readonly (readonly T[])[]): readonly T[] =>
  first.filter((each) => others.every((other) => other.includes(each)));

const asksOf =
  ({ config }: Edition) =>
  (server: string): readonly AskKind[] =>
    config.servers.get(server)?.asks ?? [];

/** The roots that a manifest gives a server, as URIs; undefined where it gives none. */
export const rootsOf =
  ({ config, manifests }: Pick<Loaded, "config" | "manifests">, agent: string) =>
  (server: string): readonly string[] | undefined =>
    manifests
      .get(agent)
      ?.grants.find((grant) => grant.server === server)
      ?.roots?.map((root) => pathToFileURL(resolve(config?.folder ?? "/", root)).href);

/** What one agent is decided by: the accepted edition and, while it waits, the proposed one. */
export function inForceOf(accepted: Edition, proposed: Edition | undefined, agent: string): InForce {
  const editions = proposed === undefined ? [accepted] : [accepted, proposed];
  const { config } = accepted;
  const { locks, manifests } = accepted.loaded;
  const server = (id: string): ServerConfig | undefined => config.servers.get(id);
  const recordings = new Map(
    [...config.servers.keys()].map((id) => [id, editions.map((one) => one.config.servers.get(id)?.recording)] as const),
  );
  const recordingsOf = (id: string): readonly (Recording | undefined)[] => recordings.get(id) ?? [undefined];
  const policy = accepted.policy(agent);
  const [asks, roots] = [editions.map(asksOf), editions.map((one) => rootsOf(one.loaded, agent))];
  return {
    config: config.file,
    policies: proposed === undefined ? [policy] : [policy, proposed.policy(agent)],
    approvers: commonApprovers(editions.map((one) => one.config.approvers)),
    locks,
    sql: accepted.loaded.sql,
    floor: editions.map((one) => ({ rule: "approvals", ...one.config.floor })),
    endpoint: (id) => server(id)?.endpoint ?? "",
    naming: (id) => server(id)?.naming ?? "prefixed",
    timeoutMs: (id) => server(id)?.timeoutMs ?? 0,
    limits: (id) => server(id)?.limits ?? { inFlight: 0, resultBytes: 0 },
    keepsBodies: (call) => recordingsOf(call.server).some((one) => one === undefined || keepsBodies(one, call)),
    hides: (call) => hidingOf(recordingsOf(call.server), call),
    inFlight: manifests.get(agent)?.inFlight ?? DEFAULT_IN_FLIGHT,
    asks: (id) => common(asks.map((of) => of(id))),
    roots(id) {
      const given = roots.map((of) => of(id));
      return given.includes(undefined) ? undefined : common(given.map((one) => one ?? []));
    },
    holdMs: manifests.get(agent)?.holdMs,
    digest: accepted.digest,
  };
}
