/**
 * The values of the secrets that open servers use. Files and commands are read again when a file changes, when a command's
 * `max_age` is over and when a server turns a value away; each new value is known to the guard before anybody uses it.
 */

import { resolve } from "node:path";
import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import type { SecretRef } from "../config/secret-refs.ts";
import { resolveSecret } from "../config/secrets.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { transportFor } from "../config/transport-for.ts";
import { secretsIn } from "../config/template.ts";
import { watchFiles } from "../config/watch.ts";

export interface SecretValues {
  /** Reads those that were not read yet or come from elsewhere now. Throws ConfigError. */
  load(config: Config, names: Iterable<string>): Promise<void>;
  /** By name, as read last; another map after a change. */
  readonly current: ReadonlyMap<string, string>;
  /** Whether any of these differs now. Never rejects: what cannot be read at the moment stays as it was. */
  reload(names: Iterable<string>): Promise<boolean>;
  close(): void;
}

interface Held {
  readonly ref: SecretRef;
  /** What relative paths are relative to. */
  readonly folder: string;
}

/** Names of the secrets that this server uses for `agent`. */
export function secretsOf(server: ServerConfig, agent: string | undefined): readonly string[] {
  const transport = transportFor(server, agent);
  const templates = Object.values(transport.kind === "stdio" ? transport.env : transport.headers);
  const login = transport.kind === "http" ? (transport.oauth?.clientSecret ?? "") : "";
  return [...new Set([...templates, login].flatMap(secretsIn))];
}

export function secretValues(env: Env, learn: (name: string, value: string) => void): SecretValues {
  const held = new Map<string, Held>();
  const timers = new Map<string, NodeJS.Timeout>();
  let current: ReadonlyMap<string, string> = new Map();
  let unwatch: (() => void) | undefined;
  let watched = "";
  let closed = false;

  const read = async (name: string, { ref, folder }: Held): Promise<boolean> => {
    const value = await resolveSecret(ref, folder, env);
    learn(name, value);
    const differs = current.get(name) !== value;
    if (differs) current = new Map(current).set(name, value);
    if (ref.kind === "command" && ref.maxAgeMs !== undefined && !closed) {
      clearTimeout(timers.get(name));
      timers.set(name, setTimeout(() => void reload([name]), ref.maxAgeMs).unref());
    }
    return differs;
  };

  /** One at a time: a command that gives a secret may ask a person. */
  let last: Promise<unknown> = Promise.resolve();
  const reload = (names: Iterable<string>): Promise<boolean> => {
    const wanted = [...names];
    const next = last.then(async () => {
      let differs = false;
      for (const name of wanted) {
        const found = held.get(name);
        // What comes from our own environment does not change.
        if (found === undefined || found.ref.kind === "env" || closed) continue;
        differs = (await read(name, found).catch(() => false)) || differs;
      }
      return differs;
    });
    last = next;
    return next;
  };

  const watchAll = (): void => {
    const files = [...held].flatMap(([name, { ref, folder }]) =>
      ref.kind === "file" ? [[name, resolve(folder, ref.path)] as const] : [],
    );
    const paths = files.map(([, path]) => path).toSorted();
    if (paths.join("\0") === watched) return;
    watched = paths.join("\0");
    unwatch?.();
    unwatch = paths.length === 0 ? undefined : watchFiles(paths, () => void reload(files.map(([name]) => name)));
  };

  return {
    async load(config, names) {
      const { folder } = config;
      const coming = [...new Set(names)].flatMap((name) => {
        const ref = config.secrets.get(name);
        const known = held.get(name);
        if (ref === undefined || (known?.folder === folder && JSON.stringify(known.ref) === JSON.stringify(ref)))
          return [];
        return [[name, { ref, folder }] as const];
      });
      for (const [name, one] of coming) held.set(name, one);
      // Watched first, then read: no change falls in between.
      watchAll();
      for (const [name, one] of coming) {
        try {
          await read(name, one);
        } catch (error) {
          held.delete(name);
          throw error;
        }
      }
    },
    get current() {
      return current;
    },
    reload,
    close() {
      closed = true;
      unwatch?.();
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
