/** Gathers what `kidoban check` looks at, and gives everything that was found. Makes, starts and changes nothing. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readAuthorities } from "../audit/certificate.ts";
import type { Discovered } from "../clients/discover.ts";
import { TRIAL_CLIENT } from "../clients/try-out.ts";
import type { Config } from "../config/config-file.ts";
import { hazards, type Env } from "../config/env.ts";
import { loadConfig, type Loaded } from "../config/load.ts";
import { hasErrors } from "../config/problem.ts";
import type { TimestampConfig } from "../config/retention.ts";
import { secretAge } from "../config/secrets.ts";
import { stateInsideRoot } from "../config/state-place.ts";
import { isObject } from "../policy/json.ts";
import type { Problem } from "../policy/manifest.ts";
import { StoreError, type Store } from "../store/store.ts";
import { finding, type Finding } from "./finding.ts";
import { directFindings, waitFindings, type LastClient } from "./findings-clients.ts";
import { apartFindings } from "./findings-mode.ts";
import { notifyFindings } from "./findings-notify.ts";
import { ruleFindings } from "./findings-rules.ts";
import { serverFindings } from "./findings-servers.ts";
import { stampFindings } from "./findings-stamps.ts";
import { modeFindings, secretFindings, stateFindings, type Mode, type SecretFact } from "./findings-state.ts";
import { logFault } from "./log-standing.ts";
import { liveGates, sealedGates } from "./sealed.ts";
import { lookIntoStore } from "./look.ts";
import { authorityOf, stampNote } from "./stamping.ts";
import { openModes, ownUid, type AgentMode } from "./mode.ts";
import { compileAll } from "./policies.ts";

export interface CheckupParts {
  /** Absolute. */
  readonly configPath: string;
  readonly stateDir: string;
  readonly env: Env;
  /** Where `kidoban serve` has its agents' sockets. */
  readonly socketDir?: string;
  /** The configuration files of agents' clients that could be read, and the paths of those that could not. */
  readonly clients: { readonly files: Discovered["files"]; readonly unread: readonly string[] };
  readonly now: number;
}

export interface Checkup {
  /** What is wrong in the configuration itself. */
  readonly problems: readonly Problem[];
  readonly findings: readonly Finding[];
}

/** Throws ConfigError where the files cannot be read at all. */
export async function checkup(parts: CheckupParts): Promise<Checkup> {
  const { configPath, stateDir, env, now } = parts;
  const loaded = await loadConfig(configPath);
  const { policies, problems } = compileAll(loaded);
  // Policies with errors have no sure answers.
  const sound = hasErrors(problems) ? new Map() : policies;
  // Before anything opens the state: opening tightens what is loose.
  const modes = modeFindings(modesOf(resolve(configPath, ".."), stateDir, env.approverDir, loaded));
  const { config } = loaded;
  return {
    problems: [
      ...problems,
      ...(config === undefined ? [] : await stateInsideRoot(config, stateDir, loaded.manifests.values())),
      ...(config === undefined ? [] : await stateInsideRoot(config, env.approverDir, loaded.manifests.values())),
    ],
    findings: [
      ...serverFindings(loaded, sound),
      ...ruleFindings(loaded, sound, problems),
      ...(config === undefined ? [] : secretFindings(await secretsOf(config, env, now))),
      ...(config === undefined ? [] : ownKeys(config, env.approverDir)),
      ...(config === undefined ? [] : directFindings(config, parts.clients.files)),
      ...parts.clients.unread.map((file) => finding("client-unreadable", "note", {}, file)),
      ...modes,
      ...(await inState(stateDir, configPath, loaded, now)),
      ...hazards().map((what) => finding("hazard", "warning", { what })),
      ...apartFindings(agentModes(loaded, parts)),
    ],
  };
}

/** To the gate as the state's owner runs it; nothing can be said where the configuration is broken. */
function agentModes({ config, manifests }: Loaded, parts: CheckupParts): ReadonlyMap<string, AgentMode> {
  if (config === undefined) return new Map();
  const uid = statSync(parts.stateDir, { throwIfNoEntry: false })?.uid ?? ownUid();
  const modeOf = openModes({ ...parts, uid, now: () => parts.now });
  return new Map([...manifests.keys()].map((agent) => [agent, modeOf(agent, config)]));
}

async function inState(stateDir: string, configPath: string, loaded: Loaded, now: number): Promise<readonly Finding[]> {
  try {
    const facts = await lookIntoStore(stateDir, async (store) => ({
      acceptedDigest: await store.acceptedDigest(configPath),
      stops: await store.stops(),
      log: await logFault(stateDir, store),
      sealed: await sealedGates(store, await liveGates(store)),
      clients: await lastClients(store, loaded),
      outbox: await store.outbox(configPath),
      stamps: await stampNote(store),
    }));
    const { config, manifests } = loaded;
    const waiting = config === undefined ? [] : waitFindings(config, manifests, facts?.clients ?? []);
    const untold = notifyFindings(facts?.outbox ?? [], now);
    const wish = config?.log?.timestamp;
    const stamps = stampFindings(wish, await hasAuthority(wish, configPath), facts?.stamps ?? {}, now);
    return [...stateFindings(stateDir, loaded, facts), ...waiting, ...untold, ...stamps];
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return [finding("state-unusable", "error", { reason: error.message }, stateDir)];
  }
}

async function hasAuthority(wish: TimestampConfig | undefined, configPath: string): Promise<boolean> {
  if (wish === undefined) return false;
  return readAuthorities(await readFile(authorityOf(wish, configPath).ca, "utf8").catch(() => "")) !== undefined;
}

async function lastClients(store: Store, { manifests }: Loaded): Promise<readonly LastClient[]> {
  const notes = await Promise.all(
    [...manifests.keys()].map(async (agent) => ({ agent, note: await store.note(`client/${agent}`) })),
  );
  return notes.flatMap(({ agent, note }) => {
    const said: unknown = note === undefined ? undefined : JSON.parse(note);
    if (!isObject(said) || typeof said["protocol"] !== "string" || said["name"] === TRIAL_CLIENT) return [];
    const text = (key: "name" | "version") => (typeof said[key] === "string" ? { [key]: said[key] } : {});
    const era = said["era"] === "modern" ? "modern" : "legacy";
    const { protocol } = said;
    return [{ agent, era, protocol, ...text("name"), ...text("version"), prompts: said["prompts"] === true }];
  });
}

/** Permission bits of what is there; systems without them have nothing to find. */
function modesOf(folder: string, stateDir: string, approverDir: string, { config }: Loaded): readonly Mode[] {
  if (process.platform === "win32") return [];
  const keys = (config?.approvers ?? []).map(({ name }) => join(approverDir, `${name}.key.json`));
  const wanted: readonly (readonly [Mode["wants"], string])[] = [
    ["private folder", stateDir],
    ...[join(stateDir, "kidoban.db"), join(stateDir, "keys", "installation.pem"), ...keys].map(
      (path) => ["private file", path] as const,
    ),
    ...[folder, join(folder, "manifests"), join(folder, "kidoban.lock")].map(
      (path) => ["guarded folder", path] as const,
    ),
  ];
  return wanted.flatMap(([wants, path]) => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? [] : [{ path, wants, mode: found.mode & 0o7777 }];
  });
}

/** Values are not read, commands not run. */
const secretsOf = (config: Config, env: Env, now: number): Promise<readonly SecretFact[]> =>
  Promise.all(
    [...config.secrets].map(async ([name, ref]): Promise<readonly SecretFact[]> => {
      switch (ref.kind) {
        case "command":
          return [];
        case "env":
          return env.get(ref.name) === undefined ? [{ name, kind: "unset", variable: ref.name }] : [];
        case "file": {
          const path = resolve(config.folder, ref.path);
          const found = statSync(path, { throwIfNoEntry: false });
          if (found === undefined) return [{ name, kind: "no-file", path }];
          const age = await secretAge(ref, config.folder, now);
          return [{ name, kind: "file", path, mode: found.mode & 0o777, age }];
        }
      }
    }),
  ).then((facts) => facts.flat());

/** Keys in this person's own folder under names that the configuration gives to others. */
const ownKeys = ({ approvers }: Config, approverDir: string): readonly Finding[] =>
  approvers.flatMap(({ name, key, place }) => {
    const path = join(approverDir, `${name}.key.json`);
    if (!existsSync(path)) return [];
    const said: unknown = parsed(readFileSync(path, "utf8"));
    return isObject(said) && said["key"] === key ? [] : [finding("approver-other-key", "warning", { name }, place)];
  });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
