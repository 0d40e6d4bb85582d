/** `kidoban console`, and the console beside `kidoban serve`: opened over a state, closed with it. */

import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { readConfig } from "../../config/config-file.ts";
import { CONSOLE_LISTEN, localConsole, type ConsoleConfig } from "../../config/console-config.ts";
import type { Env } from "../../config/env.ts";
import { addressOf } from "../../config/serve-config.ts";
import type { Address, Listening } from "../../console/listen.ts";
import type { Store } from "../../store/store.ts";
import { openState, type State } from "../state.ts";
import { consolePorts, siteOf } from "./ports.ts";

export interface ConsoleOptions {
  readonly env: Env;
  /** Absolute. */
  readonly configPath: string;
  /** HOST:PORT; goes before what the configuration says. */
  readonly listen: string | undefined;
  readonly now: () => number;
  /** Told of what should not have happened. */
  readonly broken: (error: unknown) => void;
}

/** What the accepted configuration says, or the file where nothing is accepted yet; undefined where it says nothing. */
export async function consoleConfigOf(store: Store, configPath: string): Promise<ConsoleConfig | undefined> {
  const name = basename(configPath);
  const text = (await store.accepted(configPath))?.files.get(name) ?? (await readFile(configPath, "utf8"));
  return readConfig(name, text, dirname(configPath)).config?.console;
}

/** What holds where `kidoban.yaml` is silent, or another address was asked for. */
export function consoleSite(config: ConsoleConfig | undefined, listen: string | undefined): ConsoleConfig {
  if (config === undefined) return localConsole(listen ?? CONSOLE_LISTEN);
  return config;
}

export interface OpenConsole extends Listening {
  /** What people type into their browser. */
  readonly url: string;
}

/** Rejects with the operating system's error where it cannot listen. */
export async function openConsole(state: State, options: ConsoleOptions): Promise<OpenConsole> {
  const { configPath, env, now, broken } = options;
  const found = await consoleConfigOf(state.store, configPath);
  const config = consoleSite(found, options.listen);
  const address: Address | undefined = addressOf(options.listen ?? config.listen ?? CONSOLE_LISTEN);
  if (address === undefined) throw new TypeError("the console's address was checked before");
  const [{ consoleApp }, { listen }] = await Promise.all([
    import("../../console/app.ts"),
    import("../../console/listen.ts"),
  ]);
  const tls =
    config.tls === undefined
      ? undefined
      : { cert: await readFile(config.tls.cert, "utf8"), key: await readFile(config.tls.key, "utf8") };
  const ports = consolePorts({ state, configPath, site: siteOf(config), language: env.language, now });
  const listening = await listen(consoleApp(ports, broken), address, tls);
  return { ...listening, url: config.url };
}

/** Runs until `signal` aborts. */
export async function runConsole(
  options: ConsoleOptions,
  signal: AbortSignal,
  listening: (console: OpenConsole) => void,
): Promise<void> {
  const state = await openState(options.env.stateDir, { role: "tool", now: options.now });
  try {
    const opened = await openConsole(state, options);
    try {
      listening(opened);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
    } finally {
      await opened.close();
    }
  } finally {
    await state.close("console closed");
  }
}
