/** Where things stand, for `kidoban` alone: the configuration, the state, and the one step that makes sense next. */

import { isOverdue } from "../approval/request.ts";
import { ConfigError } from "../config/error.ts";
import { digestOf } from "../config/files.ts";
import { loadConfig } from "../config/load.ts";
import { hasErrors } from "../config/problem.ts";
import { compileAccepted } from "../policy/policy.ts";
import type { LiveProcess, Stop, Store } from "../store/store.ts";
import { lookIntoStore } from "./look.ts";
import { compileAll } from "./policies.ts";
import { liveGates, sealedGates, type SealedGate } from "./sealed.ts";

interface Pending {
  readonly code: string;
  readonly agent: string;
  readonly openedAt: number;
}

interface StateOverview {
  /** Gates that run now. */
  readonly gates: readonly LiveProcess[];
  /** Those among them that forward nothing, since their log cannot be written. */
  readonly sealed: readonly SealedGate[];
  /** Unanswered, the oldest first. */
  readonly pending: readonly Pending[];
  readonly stops: readonly Stop[];
  /** By path of the kidoban.yaml. */
  readonly accepted: ReadonlyMap<string, { readonly digest: string; readonly by: string; readonly acceptedAt: number }>;
}

export type ConfigOverview =
  | { readonly kind: "missing"; readonly path: string }
  | { readonly kind: "broken"; readonly path: string; readonly errors: number }
  | {
      readonly kind: "readable";
      readonly path: string;
      readonly digest: string;
      readonly agents: readonly string[];
      /** Granted to somebody, but without a lock. */
      readonly unpinned: readonly string[];
      /** Some call would ask, and no approver could answer. */
      readonly unanswerable: boolean;
    };

export interface Overview {
  /** Undefined where none was given. */
  readonly config: ConfigOverview | undefined;
  /** Undefined where there is none yet. */
  readonly state: StateOverview | undefined;
}

/** Makes nothing. Throws StoreError, and ConfigError for files that cannot be read. */
export async function overviewOf(configPath: string | undefined, stateDir: string, now: number): Promise<Overview> {
  return {
    config: configPath === undefined ? undefined : await configOverview(configPath),
    state: await lookIntoStore(stateDir, (store) => stateOverview(store, now)),
  };
}

async function configOverview(path: string): Promise<ConfigOverview> {
  const loaded = await loadConfig(path).catch((error: unknown) => {
    if (error instanceof ConfigError && error.code === "missing") return undefined;
    throw error;
  });
  if (loaded === undefined) return { kind: "missing", path };
  // Examples are for `check`: here a start has to be quick.
  const { policies, problems } = compileAll(loaded, compileAccepted);
  const { config, manifests, locks } = loaded;
  if (config === undefined || hasErrors(problems)) {
    return { kind: "broken", path, errors: problems.filter(({ severity }) => severity === "error").length };
  }
  const granted = new Set([...manifests.values()].flatMap(({ grants }) => grants.map(({ server }) => server)));
  const asks = [...policies.values()].some(({ servers }) =>
    [...servers.values()].some(({ targets: { completion: _unasked, ...asked } }) =>
      Object.values(asked).some((byName) => [...byName.values()].some(({ effects }) => effects.has("ask"))),
    ),
  );
  return {
    kind: "readable",
    path,
    digest: digestOf(loaded.sources),
    agents: [...manifests.keys()],
    unpinned: [...granted].filter((server) => !locks.has(server)),
    unanswerable: asks && config.approvers.length === 0 && config.floor.assurance !== "client",
  };
}

async function stateOverview(store: Store, now: number): Promise<StateOverview> {
  const pending = (await store.requests({ states: ["pending"] })).filter((request) => !isOverdue(request, now));
  const accepted = await store.acceptedConfigs();
  const gates = await liveGates(store);
  return {
    gates,
    sealed: await sealedGates(store, gates),
    pending: pending.toReversed().map(({ code, agent, openedAt }) => ({ code, agent, openedAt })),
    stops: await store.stops(),
    accepted: new Map(accepted.map(({ config, digest, by, acceptedAt }) => [config, { digest, by, acceptedAt }])),
  };
}

/** `of`: the server, stop or configuration that the step is about. */
export type Step =
  | { readonly kind: "init" | "fix" | "approver" | "accept" | "approve" | "start" | "check" | "sealed" }
  | { readonly kind: "name-config" | "pin" | "resume"; readonly of: string };

/** What stands in the way of most comes first; somebody who waits comes before what could be better. */
export function nextStep({ config, state }: Overview): Step {
  const [request] = state?.pending ?? [];
  const [stop] = state?.stops ?? [];
  if ((state?.sealed.length ?? 0) > 0) return { kind: "sealed" };
  if (config?.kind === "broken") return { kind: "fix" };
  if (stop !== undefined) return { kind: "resume", of: stop.id };
  if (request !== undefined) return { kind: "approve" };
  if (config?.kind !== "readable") {
    const known = [...(state?.accepted.keys() ?? [])].find((path) => path !== config?.path);
    return known === undefined ? { kind: "init" } : { kind: "name-config", of: known };
  }
  const [server] = config.unpinned;
  if (server !== undefined) return { kind: "pin", of: server };
  if (config.unanswerable) return { kind: "approver" };
  const accepted = state?.accepted.get(config.path);
  if (accepted !== undefined && accepted.digest !== config.digest) return { kind: "accept" };
  return { kind: state === undefined || state.gates.length === 0 ? "start" : "check" };
}
