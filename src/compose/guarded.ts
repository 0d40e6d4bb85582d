/**
 * Everything that decides what a gate does, or that only it may read: the files that the agent's user must have no say in
 * where the gate is to be apart from it. Knows no users.
 */

import { existsSync, lstatSync, realpathSync } from "node:fs";
import { delimiter, dirname, extname, isAbsolute, join, resolve } from "node:path";
import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import { stepsIn, stepsTo, type Guard, type Step } from "../config/way.ts";

export interface GuardedParts {
  /** Absolute. */
  readonly configPath: string;
  readonly config: Config;
  readonly env: Env;
  /** What this process runs: Kidoban's own file. */
  readonly program: string;
  /** The Node that runs it. */
  readonly node: string;
}

const each = (guard: Guard, paths: readonly string[]): readonly Step[] => paths.flatMap((path) => stepsTo(path, guard));

/** All that has a say in it, each once. Throws the file system's errors. */
export function guardedSteps(parts: GuardedParts): readonly Step[] {
  const { configPath, config, env } = parts;
  const folder = dirname(configPath);
  const secrets = [...config.secrets.values()].flatMap((ref) =>
    ref.kind === "file" ? [resolve(config.folder, ref.path)] : [],
  );
  const whole = [join(folder, "manifests"), join(folder, "kidoban.lock"), ...programFolders(parts.program)];
  const all = [
    ...each("fixed", [folder, configPath, env.home, parts.node, ...whole, ...commands(config, env)]),
    ...each("private", [env.stateDir, env.approverDir, ...secrets]),
    ...whole.filter((path) => existsSync(path)).flatMap(stepsIn),
  ];
  // Open at the end of one way, it may be no more than a folder on another.
  const byPath = new Map<string, Step>();
  for (const one of all) if (one.isOpen || !byPath.has(one.path)) byPath.set(one.path, one);
  return [...byPath.values()];
}

/** Where the program's own files lie, and the packages that it loads from beside them. */
function programFolders(program: string): readonly string[] {
  const folder = dirname(realpathSync(program));
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    const packages = join(at, "node_modules");
    if (existsSync(packages)) return [folder, packages];
  }
  return [folder];
}

const SCRIPTS: ReadonlySet<string> = new Set([
  ".js",
  ".mjs",
  ".cjs",
  ".ts",
  ".mts",
  ".py",
  ".rb",
  ".sh",
  ".php",
  ".jar",
]);

/** What servers are started from: they run as the gate's user, and whoever changes them runs as that user too. */
function commands(config: Config, env: Env): readonly string[] {
  const way = (env.baseEnvironment["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  const own = [...config.servers.values()].flatMap(({ transport }) => {
    if (transport.kind !== "stdio") return [];
    const { command, args, cwd } = transport;
    const named = command.includes("/")
      ? [resolve(cwd, command)]
      : way
          .map((folder) => join(folder, command))
          .filter((path) => existsSync(path))
          .slice(0, 1);
    const scripts = args.map((arg) => resolve(cwd, arg)).filter((path) => SCRIPTS.has(extname(path)) && isFile(path));
    return [...named, ...scripts];
  });
  return [...way.filter((folder) => existsSync(folder)), ...own];
}

const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
