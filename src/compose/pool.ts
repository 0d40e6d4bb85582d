/** The servers that one gate has open, kept in step with the accepted configuration: what changed is closed and opened anew. */

import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { AuditLog } from "../audit/log.ts";
import type { SecretGuard } from "../gateway/parts.ts";
import type { Server } from "../gateway/ports.ts";
import { plainSecretsOfChannels } from "./channels.ts";
import { rootsOf } from "./edition.ts";
import type { Rulebook } from "./rulebook.ts";
import { learningGuard } from "./secret-guard.ts";
import { secretsOf, secretValues } from "./secret-values.ts";
import { openServer, recordingHooks } from "./servers.ts";

export interface Pool {
  readonly servers: ReadonlyMap<string, Server>;
  readonly guard: SecretGuard;
  /**
   * Follows what is accepted now. One at a time, so that no server is opened twice. What left is closed first; rejects
   * where what came cannot be opened.
   */
  sync(): Promise<void>;
  /** Ends what looks after the secrets; the servers are closed by whoever has them. */
  close(): void;
}

export interface PoolParts {
  readonly env: Env;
  readonly agent: string;
  readonly only: string | undefined;
  readonly log: AuditLog;
  readonly rulebook: Rulebook;
  readonly now: () => number;
  /** Throws where none of the servers accepted now may be opened. */
  readonly mayOpen: () => Promise<void>;
}

export function serverPool({ env, agent, only, log, rulebook, now, mayOpen }: PoolParts): Pool {
  const servers = new Map<string, Server>();
  const opened = new Map<string, string>();
  const guard = learningGuard();
  const secrets = secretValues(env, guard.learn);
  const hooks = recordingHooks(log, agent, guard, () => rulebook.inForce());

  const granted = (): readonly ServerConfig[] => {
    const { config, manifests } = rulebook.accepted();
    const grants = manifests.get(agent)?.grants ?? [];
    return grants.flatMap(({ server }) => {
      const found = config?.servers.get(server);
      return found === undefined || (only !== undefined && server !== only) ? [] : [found];
    });
  };

  /** What a server was started with; what it is told at its start is told anew only by starting it anew. */
  const startOf = (server: ServerConfig): string =>
    JSON.stringify([server.endpoint, server.transport, server.asks, rootsOf(rulebook.accepted(), agent)(server.id)]);

  const open = async (config: Config, coming: readonly ServerConfig[]): Promise<void> => {
    const parts = { env, config, agent, secrets, learn: guard.learn, now, hooks };
    await Promise.all(
      coming.map(async (server) => {
        opened.set(server.id, startOf(server));
        servers.set(server.id, await openServer(server, parts));
      }),
    );
  };

  const follow = async (): Promise<void> => {
    const wanted = new Map(granted().map((server) => [server.id, server]));
    const leaving = [...servers].filter(([id]) => {
      const server = wanted.get(id);
      return server === undefined || startOf(server) !== opened.get(id);
    });
    for (const [id] of leaving) servers.delete(id);
    await Promise.all(leaving.map(([, server]) => server.close()));
    await mayOpen();
    const { config } = rulebook.accepted();
    const coming = [...wanted.values()].filter(({ id }) => !servers.has(id));
    if (config === undefined) return;
    // All of them before a server can echo any; those of servers that stay too, since they may come from elsewhere now.
    await secrets.load(
      config,
      [...wanted.values()].flatMap((server) => secretsOf(server, agent)),
    );
    // Known to the search alone: no server is given them. No command is run for that, and nothing depends on it.
    for (const name of plainSecretsOfChannels(config)) await secrets.load(config, [name]).catch(() => undefined);
    await open(config, coming);
  };

  let last = Promise.resolve();
  return {
    servers,
    guard,
    sync() {
      const next = last.then(follow);
      last = next.catch(() => undefined);
      return next;
    },
    close: () => secrets.close(),
  };
}
