/** One agent's gate on stdin and stdout, from files to the last pipe. */

import type { Readable, Writable } from "node:stream";
import type { Env } from "../config/env.ts";
import { serveStdio } from "../mcp/agent-stdio.ts";
import { openAgentGate } from "./agent-gate.ts";
import { stdioMode } from "./mode.ts";
import { openNotifier } from "./notify.ts";
import { DEFAULT_LOG } from "../config/retention.ts";
import { openRulebook } from "./rulebook.ts";
import { openState } from "./state.ts";
import { VERSION } from "./version.ts";

export interface GateOptions {
  readonly env: Env;
  readonly configPath: string;
  readonly agent: string;
  readonly only: string | undefined;
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly approveCommand: (code: string) => string;
  /** Told when files on disk are broken while the gate runs. */
  readonly broken: (error: unknown) => void;
  /** Told when the log is sealed, and why; undefined: it takes everything again. */
  readonly sealed: (reason: string | undefined) => void;
}

/** Runs until the client has gone or `signal` aborts. Throws where it must not start. */
export async function runStdioGate(options: GateOptions): Promise<void> {
  const { env, agent, only, now, broken } = options;
  const state = await openState(env.stateDir, { role: "gate", agent, mode: async () => stdioMode(), now });
  let reason = "the client left";
  try {
    const { store, log } = state;
    log.onSealed(options.sealed);
    log.onOpened(() => options.sealed(undefined));
    const rulebook = await openRulebook({ configPath: options.configPath, agent, store, log, now, broken });
    state.rotateBy(() => (rulebook.configs()[0]?.log ?? DEFAULT_LOG).rotate);
    const notifier = openNotifier({
      env,
      store,
      log,
      process: state.process,
      configPath: options.configPath,
      configs: () => rulebook.configs(),
      knows: (name) => rulebook.accepted().manifests.has(name),
      now,
      broken,
    });
    const { gate, close } = await openAgentGate({
      env,
      agent,
      ...(only === undefined ? {} : { only }),
      state,
      rulebook,
      now,
      approveCommand: options.approveCommand,
      broken,
      announcer: notifier,
    });
    const refresh = () => {
      void rulebook.refresh().catch(broken);
      notifier.look();
    };
    const unwatch = store.watch(refresh);
    // What was accepted before it was watched.
    refresh();
    try {
      await serveStdio({
        input: options.input,
        output: options.output,
        gate,
        version: VERSION,
        signal: options.signal,
      });
    } finally {
      unwatch();
      await Promise.all([close(), notifier.close()]);
    }
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    await state.close(reason);
  }
}
