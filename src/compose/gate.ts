/** One agent's gate on stdin and stdout, from files to the last pipe. */

import type { Readable, Writable } from "node:stream";
import { ConfigError } from "../config/error.ts";
import type { Env } from "../config/env.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { stateInsideRoot } from "../config/state-place.ts";
import { openGate } from "../gateway/open.ts";
import type { Server } from "../gateway/ports.ts";
import { serveStdio } from "../mcp/agent-stdio.ts";
import { openRulebook, RejectedConfig, type Rulebook } from "./rulebook.ts";
import { openServer, recordingHooks, resolveSecrets, secretGuard } from "./servers.ts";
import { openState, type State } from "./state.ts";
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

function grantedServers(rulebook: Rulebook, agent: string, only: string | undefined): readonly ServerConfig[] {
  const { config, manifests } = rulebook.accepted;
  const grants = manifests.get(agent)?.grants ?? [];
  return grants.flatMap(({ server }) => {
    const found = config?.servers.get(server);
    return found === undefined || (only !== undefined && server !== only) ? [] : [found];
  });
}

/** A server that can write to the state or to the approvers' keys could answer for humans. */
async function refuseStateInReach(rulebook: Rulebook, env: Env): Promise<void> {
  const { config, sources } = rulebook.accepted;
  if (config === undefined) return;
  const found = await Promise.all([env.stateDir, env.approverDir].map((folder) => stateInsideRoot(config, folder)));
  const problems = found.flat();
  if (problems.length > 0) throw new RejectedConfig(problems, sources);
}

/** Servers of the accepted configuration, kept in step with it: what changed is closed and opened anew. */
async function serverPool(options: GateOptions, state: State, rulebook: Rulebook) {
  const { env, agent, only } = options;
  const servers = new Map<string, Server>();
  const started = new Map<string, string>();
  const config = rulebook.accepted.config;
  if (config === undefined) throw new ConfigError("missing", "no configuration is accepted");
  const secrets = await resolveSecrets(config, grantedServers(rulebook, agent, only), env);
  const guard = secretGuard(secrets);
  const hooks = recordingHooks(state.log, agent, guard, (id) => rulebook.inForce.endpoint(id));
  const sync = async (): Promise<void> => {
    const wanted = new Map(grantedServers(rulebook, agent, only).map((server) => [server.id, server]));
    for (const [id, server] of servers) {
      if (wanted.get(id)?.endpoint === started.get(id)) continue;
      servers.delete(id);
      await server.close();
    }
    await Promise.all(
      [...wanted.values()].map(async (server) => {
        if (servers.has(server.id)) return;
        started.set(server.id, server.endpoint);
        servers.set(server.id, await openServer(server, { env, stateDir: env.stateDir, secrets, hooks }));
      }),
    );
  };
  await sync();
  return { servers, guard, sync };
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
    await refuseStateInReach(rulebook, env);
    const pool = await serverPool(options, state, rulebook);
    const gate = await openGate({
      agent,
      process: state.process,
      store: state.store,
      log: state.log,
      servers: pool.servers,
      inForce: () => rulebook.inForce,
      onInForceChanged: (listener) => rulebook.onChanged(() => void pool.sync().then(listener, options.broken)),
      approveCommand: options.approveCommand,
      secrets: pool.guard,
      now,
      only: options.only,
    });
    const unwatch = state.store.watch(() => void rulebook.refresh().catch(options.broken));
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
