/** One agent's gate over a process's state: its servers, its rules, and what keeps both in step. Knows no transport. */

import type { Mode } from "../audit/mode.ts";
import type { Env } from "../config/env.ts";
import { stateInsideRoot } from "../config/state-place.ts";
import { openGate, type OpenGate } from "../gateway/open.ts";
import type { Announcer } from "../gateway/parts.ts";
import { openStandings } from "./oidc/standings.ts";
import { serverPool } from "./pool.ts";
import { RejectedConfig } from "./rejected.ts";
import type { Rulebook } from "./rulebook.ts";
import type { State } from "./state.ts";

/** How long an approved write may still run after its client has gone. */
const FINISH_MS = 30_000;

export interface AgentGateParts {
  readonly env: Env;
  readonly agent: string;
  /** A gate in front of this one server only. */
  readonly only?: string;
  readonly state: State;
  readonly rulebook: Rulebook;
  readonly now: () => number;
  readonly approveCommand: (code: string) => string;
  /** Told of what goes wrong behind everybody's back, such as a server that came by acceptance and cannot be opened. */
  readonly broken: (error: unknown) => void;
  /** See GateParts. */
  readonly heard?: (stop: string) => Promise<void>;
  readonly mode?: () => Mode;
  readonly announcer?: Announcer;
}

export interface AgentGate {
  readonly gate: OpenGate;
  /** Lets executions in flight finish for a while, then closes the servers; the rulebook's part of it too. */
  close(): Promise<void>;
}

/** A server that can write to the state or to the approvers' keys could answer for humans. */
async function refuseStateInReach(rulebook: Rulebook, env: Env): Promise<void> {
  const { config, manifests, sources } = rulebook.accepted();
  if (config === undefined) return;
  const found = await Promise.all(
    [env.stateDir, env.approverDir].map((folder) => stateInsideRoot(config, folder, manifests.values())),
  );
  const problems = found.flat();
  if (problems.length > 0) throw new RejectedConfig(problems, sources);
}

/** Throws where it must not start. */
export async function openAgentGate(parts: AgentGateParts): Promise<AgentGate> {
  const { env, agent, only, state, rulebook } = parts;
  const standings = openStandings({
    store: state.store,
    env,
    configPath: rulebook.configs()[0]?.file ?? "",
    configs: () => rulebook.configs(),
    now: parts.now,
  });
  await standings.refresh();
  const forget = state.store.watch(() => void standings.refresh().catch(() => undefined));
  const mayOpen = () => refuseStateInReach(rulebook, env);
  const pool = serverPool({ env, agent, only, log: state.log, rulebook, now: parts.now, mayOpen });
  const abandon = async (): Promise<void> => {
    forget();
    rulebook.close();
    pool.close();
    await Promise.all([...pool.servers.values()].map((server) => server.close()));
  };
  const open = async (): Promise<OpenGate> => {
    await pool.sync();
    return openGate({
      agent,
      process: state.process,
      store: state.store,
      log: state.log,
      servers: pool.servers,
      inForce() {
        const inForce = rulebook.inForce();
        const approvers = standings.narrow(inForce.approvers);
        return approvers === inForce.approvers ? inForce : { ...inForce, approvers };
      },
      confirm: (approvers) => standings.confirm(approvers),
      onInForceChanged(listener) {
        rulebook.onChanged(() => {
          // At once, since what narrows holds at once; and again when the servers have followed.
          listener();
          void pool.sync().catch(parts.broken).then(listener);
        });
      },
      approveCommand: parts.approveCommand,
      secrets: pool.guard,
      now: parts.now,
      only,
      ...(parts.heard === undefined ? {} : { heard: parts.heard }),
      ...(parts.mode === undefined ? {} : { mode: parts.mode }),
      ...(parts.announcer === undefined ? {} : { announcer: parts.announcer }),
    });
  };
  const gate = await open().catch(async (error: unknown) => {
    await abandon();
    throw error;
  });
  return {
    gate,
    async close() {
      rulebook.close();
      await gate.close(FINISH_MS);
      forget();
      pool.close();
    },
  };
}
