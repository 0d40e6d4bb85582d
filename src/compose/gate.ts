/** One agent's gate on stdin and stdout, from files to the last pipe. */

import type { Readable, Writable } from "node:stream";
import type { Env } from "../config/env.ts";
import { stateInsideRoot } from "../config/state-place.ts";
import { openGate } from "../gateway/open.ts";
import { serveStdio } from "../mcp/agent-stdio.ts";
import { serverPool } from "./pool.ts";
import { openRulebook, RejectedConfig, type Rulebook } from "./rulebook.ts";
import { openState } from "./state.ts";
import { VERSION } from "./version.ts";

/** How long an approved write may still run after its client has gone. */
const FINISH_MS = 30_000;

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
}

/** A server that can write to the state or to the approvers' keys could answer for humans. */
async function refuseStateInReach(rulebook: Rulebook, env: Env): Promise<void> {
  const { config, sources } = rulebook.accepted;
  if (config === undefined) return;
  const found = await Promise.all([env.stateDir, env.approverDir].map((folder) => stateInsideRoot(config, folder)));
  const problems = found.flat();
  if (problems.length > 0) throw new RejectedConfig(problems, sources);
}

/** Runs until the client has gone or `signal` aborts. Throws where it must not start. */
export async function runStdioGate(options: GateOptions): Promise<void> {
  const { env, agent, configPath, now } = options;
  const state = await openState(env.stateDir, { role: "gate", agent, now });
  let reason = "the client left";
  try {
    const rulebook = await openRulebook({
      configPath,
      agent,
      store: state.store,
      log: state.log,
      now,
      broken: options.broken,
    });
    const { only } = options;
    const mayOpen = () => refuseStateInReach(rulebook, env);
    const pool = serverPool({ env, agent, only, log: state.log, rulebook, mayOpen });
    await pool.sync();
    const gate = await openGate({
      agent,
      process: state.process,
      store: state.store,
      log: state.log,
      servers: pool.servers,
      inForce: () => rulebook.inForce,
      onInForceChanged(listener) {
        rulebook.onChanged(() => {
          // At once, since what narrows holds at once; and again when the servers have followed.
          listener();
          void pool.sync().catch(options.broken).then(listener);
        });
      },
      approveCommand: options.approveCommand,
      secrets: pool.guard,
      now,
      only,
    });
    const refresh = () => void rulebook.refresh().catch(options.broken);
    const unwatch = state.store.watch(refresh);
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
      rulebook.close();
      await gate.close(FINISH_MS);
    }
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    await state.close(reason);
  }
}
