/**
 * How far a gate is apart from an agent: whether the agent runs as another OS user, who can change nothing that the gate
 * goes by. What nobody said, or what cannot be found out, is never told to be apart. Knows no transport.
 */

import { lstatSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import type { Mode } from "../audit/mode.ts";
import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import { osUsers, type OsUser, type OsUsers } from "../config/os-users.ts";
import { openingsFor, type Opening, type Step } from "../config/way.ts";
import type { Store } from "../store/store.ts";
import { guardedSteps } from "./guarded.ts";
import { readAccepted, readDisk } from "./reading.ts";

/** Why a gate is not apart from an agent whose user is named. */
export type Doubt =
  | { readonly kind: "no-such-user" }
  | { readonly kind: "own-user" }
  | { readonly kind: "powerful"; readonly groups: readonly string[] }
  | { readonly kind: "reaches"; readonly openings: readonly Opening[] }
  /** Others than the agent's user may enter the folder of its socket. */
  | { readonly kind: "shared-socket"; readonly path: string; readonly users: readonly string[] }
  /** It could not be looked at. */
  | { readonly kind: "unseen"; readonly reason: string };

export interface AgentMode {
  readonly mode: Mode;
  /** As `serve: users:` names it. */
  readonly user?: string;
  readonly doubts: readonly Doubt[];
}

export interface ModeParts {
  /** Absolute. */
  readonly configPath: string;
  readonly env: Env;
  /** The user whom the gate runs as. */
  readonly uid: number;
  /** Where each agent's own Unix socket stands. */
  readonly socketDir?: string | undefined;
  /** Those of this machine when left out. */
  readonly users?: OsUsers;
  /** What this process runs; what it was started with when left out. */
  readonly program?: string;
  /** ms. */
  readonly now: () => number;
}

/** Over stdio the agent's client has started us, so we are what it is. */
export const stdioMode = (): Mode => (process.getuid === undefined ? "unknown" : "same-user");

/** Groups whose members can become root, or read every file, on common systems. */
const POWERFUL: ReadonlySet<string> = new Set(["root", "sudo", "wheel", "admin", "docker", "lxd", "disk", "shadow"]);

/** How long what was looked at counts: there are thousands of files, and many agents may come at once. */
const LOOK_MS = 60_000;

/**
 * Where an agent stands to a gate with this configuration; what cannot be looked at makes it `unknown`. The files are looked
 * at when somebody asks, at most once a minute for one configuration.
 */
export function openModes(parts: ModeParts): (agent: string, config: Config) => AgentMode {
  let looked: { readonly config: Config; readonly at: number; readonly steps: readonly Step[] } | undefined;
  const steps = (config: Config): readonly Step[] => {
    const at = parts.now();
    if (looked === undefined || looked.config !== config || at - looked.at >= LOOK_MS || at < looked.at) {
      const { configPath, env, program = process.argv[1] ?? process.execPath } = parts;
      looked = { config, at, steps: guardedSteps({ configPath, config, env, program, node: process.execPath }) };
    }
    return looked.steps;
  };
  return (agent, config) => {
    const name = config.serve?.users?.[agent];
    if (name === undefined) return { mode: "unknown", doubts: [] };
    try {
      const users = parts.users ?? osUsers();
      const user = users.find(name);
      if (user === undefined) return { mode: "unknown", user: name, doubts: [{ kind: "no-such-user" }] };
      const doubts = doubtsOf(agent, user, users, parts, () => steps(config));
      return { mode: doubts.length === 0 ? "separate-user" : "same-user", user: name, doubts };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { mode: "unknown", user: name, doubts: [{ kind: "unseen", reason }] };
    }
  };
}

function doubtsOf(
  agent: string,
  user: OsUser,
  users: OsUsers,
  { uid, socketDir }: ModeParts,
  steps: () => readonly Step[],
): readonly Doubt[] {
  // Root is everybody.
  if (user.uid === uid || user.uid === 0) return [{ kind: "own-user" }];
  const groups = user.groups.filter((group) => POWERFUL.has(group));
  const openings = openingsFor(steps(), user.uid);
  const path = socketDir === undefined ? undefined : join(socketDir, agent);
  const strangers = path === undefined ? [] : strangersIn(path, user, users, uid);
  return [
    ...(groups.length === 0 ? [] : [{ kind: "powerful", groups } as const]),
    ...(openings.length === 0 ? [] : [{ kind: "reaches", openings } as const]),
    ...(path === undefined || strangers.length === 0
      ? []
      : [{ kind: "shared-socket", path, users: strangers } as const]),
  ];
}

/** Who may enter beside the agent's user, the gate's and root. */
function strangersIn(folder: string, user: OsUser, users: OsUsers, uid: number): readonly string[] {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined || (stat.mode & 0o010) === 0) return [];
  return users.members(stat.gid).filter((name) => {
    const found = users.find(name)?.uid;
    return name !== user.name && found !== uid && found !== 0;
  });
}

/** What may be said of all agents of the accepted configuration, or of the one on disk before there is any. */
export async function commonMode(
  store: Store,
  configPath: string,
  modeOf: (agent: string, config: Config) => AgentMode,
): Promise<Mode> {
  const archived = await store.accepted(configPath);
  const { config, manifests } =
    archived === undefined
      ? await readDisk(store, configPath)
      : await readAccepted(store, configPath, archived.files, dirname(configPath));
  const modes = config === undefined ? [] : [...manifests.keys()].map((agent) => modeOf(agent, config).mode);
  if (modes.includes("same-user")) return "same-user";
  return modes.length > 0 && modes.every((mode) => mode === "separate-user") ? "separate-user" : "unknown";
}

/** The user of this process; -1 where there are none. */
export const ownUid = (): number => process.getuid?.() ?? userInfo().uid;
