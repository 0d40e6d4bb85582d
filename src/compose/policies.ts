/** The policies of all agents of one configuration, with everything that is wrong in any of them. Reads no file. */

import type { Config } from "../config/config-file.ts";
import type { Loaded } from "../config/load.ts";
import type { Manifest, PolicySources, Problem } from "../policy/manifest.ts";
import { compilePolicy, type Policy } from "../policy/policy.ts";

export interface Policies {
  /** By agent. Not to be decided by as long as `problems` holds an error. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** Of the files and of every policy, each once. */
  readonly problems: readonly Problem[];
}

/** What one agent's decisions rest on. */
export const policySources = (
  { locks, sql }: Pick<Loaded, "locks" | "sql">,
  config: Config,
  manifest: Manifest,
): PolicySources => ({
  manifest,
  sql,
  rules: config.rules,
  floor: config.floor,
  locks,
  servers: new Map(
    [...config.servers].map(([id, { endpoint, root }]) => [id, { endpoint, ...(root === undefined ? {} : { root }) }]),
  ),
});

/** `compile`: `compileAccepted` for what was accepted before. */
export function compileAll(loaded: Loaded, compile: typeof compilePolicy = compilePolicy): Policies {
  const { config, manifests } = loaded;
  const policies = new Map<string, Policy>();
  const problems = [...loaded.problems];
  if (config === undefined) return { policies, problems };
  for (const [agent, manifest] of manifests) {
    const compiled = compile(policySources(loaded, config, manifest));
    policies.set(agent, compiled.policy);
    problems.push(...compiled.problems);
  }
  // A rule of kidoban.yaml is looked at once for each agent, and wrong once.
  return { policies, problems: [...new Map(problems.map((each) => [JSON.stringify(each), each])).values()] };
}
