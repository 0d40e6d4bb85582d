/** The environment, read once: the only file that knows `process.env`. It knows nothing of configuration files. */

import { homedir, userInfo } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { languageOf, type Language } from "../words/words.ts";
import { ConfigError } from "./error.ts";

export interface Env {
  /** $KIDOBAN_CONFIG, absolute. There is no other default: a cloned repository must not be able to start commands. */
  readonly configPath?: string;
  /** Absolute. Requests, log and keys of this OS user. */
  readonly stateDir: string;
  /** Absolute. Where approvers keep their private keys, apart from the state. */
  readonly approverDir: string;
  readonly home: string;
  /** Whose process this is, for the log: by the system's word, since $USER is whatever somebody has set it to. */
  readonly user: string;
  readonly language: Language;
  /** What every server is started with, before its own `env:`. */
  readonly baseEnvironment: Readonly<Record<string, string>>;
  /** What a desktop notification needs beside the base environment; undefined where there is no desktop. */
  readonly desktop: Readonly<Record<string, string>> | undefined;
  /** False when NO_COLOR is set (no-color.org) or the terminal is dumb. */
  readonly color: boolean;
  /** For secrets by `env:`. */
  get(name: string): string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

const BASE = /^(?:PATH|HOME|USER|LANG|LC_[A-Z]+|TZ|TMPDIR)$/;
const DESKTOP = /^(?:DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|XDG_RUNTIME_DIR)$/;

/** @throws ConfigError `environment` where there is no home folder to keep state in. */
export function readEnv(variables: Variables = process.env): Env {
  const get = (name: string): string | undefined => (variables[name] === "" ? undefined : variables[name]);
  const home = get("HOME") ?? homedir();
  if (!isAbsolute(home)) throw new ConfigError("environment", `the home folder is not an absolute path: ${home}`);
  // XDG Base Directory Specification: a relative path is invalid and has to be ignored.
  const folder = (name: string, fallback: string): string => {
    const base = get(name);
    return join(base !== undefined && isAbsolute(base) ? base : join(home, fallback), "kidoban");
  };
  const configPath = get("KIDOBAN_CONFIG");
  const desktop = only(variables, DESKTOP);
  return {
    ...(configPath === undefined ? {} : { configPath: resolve(configPath) }),
    stateDir: folder("XDG_STATE_HOME", ".local/state"),
    approverDir: folder("XDG_CONFIG_HOME", ".config"),
    home,
    // Asked only where it is needed: it may take a directory service.
    get user() {
      return systemUser();
    },
    language: languageOf(get("KIDOBAN_LANG") ?? get("LC_ALL") ?? get("LC_MESSAGES") ?? get("LANG")),
    baseEnvironment: only(variables, BASE),
    desktop: Object.keys(desktop).length === 0 ? undefined : desktop,
    color: get("NO_COLOR") === undefined && get("TERM") !== "dumb",
    get,
  };
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the number need not have a name.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

/** Harmless in NODE_OPTIONS; whatever else stands there can load code or open the process to a debugger. */
const HARMLESS =
  /^--(?:max-old-space-size|max-semi-space-size|stack-trace-limit|unhandled-rejections)=\w+$|^--(?:no-warnings|enable-source-maps|no-deprecation)$/;

/**
 * What in the environment or the command line of this process would let others into it, as it was written.
 * It comes after the fact, since Node obeys before we run: enough to refuse a mistake, not to stop an attacker.
 */
export function hazards(variables: Variables = process.env, execArgv: readonly string[] = process.execArgv): string[] {
  const found: string[] = [];
  const options = (variables["NODE_OPTIONS"] ?? "").split(/\s+/).filter((option) => option !== "");
  if (options.some((option) => !HARMLESS.test(option))) found.push(`NODE_OPTIONS=${options.join(" ")}`);
  if (variables["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") found.push("NODE_TLS_REJECT_UNAUTHORIZED=0");
  for (const option of execArgv) if (/^--inspect(?:-|=|$)|^--debug/.test(option)) found.push(option);
  return found;
}

function only(variables: Variables, names: RegExp): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables))
    if (value !== undefined && names.test(name)) picked[name] = value;
  return picked;
}
