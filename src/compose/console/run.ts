/** `kidoban console`, and the console beside `kidoban serve`: opened over a state, closed with it. */

import { readFile } from "node:fs/promises";
import { CONSOLE_LISTEN } from "../../config/console-config.ts";
import type { Env } from "../../config/env.ts";
import { addressOf } from "../../config/serve-config.ts";
import type { Address, Listening } from "../../console/listen.ts";
import { openConsoleNotifier } from "../notify-console.ts";
import { refusedLogins } from "../refused-logins.ts";
import { openState, type State } from "../state.ts";
import { consolePorts, siteOf } from "./ports.ts";
import { consoleOf } from "./site.ts";

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

export interface OpenConsole extends Listening {
  /** What people type into their browser. */
  readonly url: string;
}

/** Rejects with the operating system's error where it cannot listen. */
export async function openConsole(state: State, options: ConsoleOptions): Promise<OpenConsole> {
  const { configPath, env, now, broken } = options;
  const config = await consoleOf(state.store, configPath, options.listen);
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
  const refused = refusedLogins(state.log, now);
  const ports = consolePorts({ state, configPath, site: siteOf(config), language: env.language, env, refused, now });
  const listening = await listen(consoleApp(ports, broken), address, tls);
  const end = ports.keepUp();
  return {
    ...listening,
    url: config.url,
    async close() {
      end();
      await listening.close();
      refused.flush();
    },
  };
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
    const endNotifier = await openConsoleNotifier(state, options);
    try {
      listening(opened);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
    } finally {
      await Promise.all([opened.close(), endNotifier()]);
    }
  } finally {
    await state.close("console closed");
  }
}
