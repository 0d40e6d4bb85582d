/**
 * Sends messages beside a console, which runs no gate: it reads the configuration by itself, and follows what is accepted
 * step by step as a gate does (P12).
 */

import { dirname } from "node:path";
import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import { digestOf } from "../config/files.ts";
import { hasErrors } from "../config/problem.ts";
import { watchFiles } from "../config/watch.ts";
import type { AcceptedConfig } from "../store/store.ts";
import { openNotifier } from "./notify.ts";
import { keepingOf } from "./keeping.ts";
import { saysOf, readAccepted, readAnew, readDisk } from "./reading.ts";
import type { State } from "./state.ts";
import { succeed } from "./succession.ts";

export interface ConsoleNotifierParts {
  readonly env: Env;
  /** Absolute. */
  readonly configPath: string;
  readonly now: () => number;
  readonly broken: (error: unknown) => void;
}

interface Held {
  readonly config: Config;
  readonly agents: ReadonlySet<string>;
  readonly digest: string;
  readonly acceptedAt: number;
}

/** Gives what ends it. Where nothing is accepted, nobody is told anything until something is. */
export async function openConsoleNotifier(state: State, parts: ConsoleNotifierParts): Promise<() => Promise<void>> {
  const { configPath, broken } = parts;
  const { store, log, process } = state;
  const folder = dirname(configPath);
  let held: Held | undefined;
  let onDisk: Config | undefined;
  let isStale = true;
  let refused: string | undefined;

  const hold = async ({ files, digest }: AcceptedConfig, acceptedAt: number, read: typeof readAnew): Promise<void> => {
    const { config, manifests } = await read(store, configPath, files, folder);
    if (config !== undefined) held = { config, agents: new Set(manifests.keys()), digest, acceptedAt };
  };
  const follow = async (): Promise<void> => {
    const digest = await store.acceptedDigest(configPath);
    if (digest === undefined || digest === held?.digest || digest === refused) return;
    if (held === undefined) {
      const archived = await store.accepted(configPath);
      if (archived !== undefined && digestOf(archived.files) === archived.digest)
        await hold(archived, archived.acceptedAt, readAccepted);
      return;
    }
    const rows = await store.acceptedSince(configPath, held.digest);
    const from = { digest: held.digest, acceptedAt: held.acceptedAt, ...keepingOf(held.config) };
    const next = await succeed(configPath, from, rows, (files) => saysOf(configPath, files, folder));
    if (next.kind === "follows") return hold(next.last, next.acceptedAt, readAnew);
    refused = digest;
    broken(new Error(next.why));
  };
  const look = async (): Promise<void> => {
    await follow();
    if (isStale) {
      isStale = false;
      const { config, problems } = await readDisk(store, configPath, held?.digest);
      // What is broken on disk changes nothing.
      if (config !== undefined && !hasErrors(problems)) onDisk = config;
    }
    notifier.look();
  };
  const notifier = openNotifier({
    env: parts.env,
    store,
    log,
    process,
    configPath,
    configs: () => (held === undefined ? [] : [held.config, ...(onDisk === undefined ? [] : [onDisk])]),
    knows: (agent) => held?.agents.has(agent) ?? false,
    now: parts.now,
    broken,
  });

  let last = Promise.resolve();
  const refresh = (): void => void (last = last.then(look).catch(broken));
  // Watched first, then read: no change falls in between.
  const unwatch = store.watch(refresh);
  const unwatchFiles = watchFiles([configPath], () => {
    isStale = true;
    refresh();
  });
  refresh();
  await last;
  return async () => {
    unwatch();
    unwatchFiles();
    await last;
    await notifier.close();
  };
}
