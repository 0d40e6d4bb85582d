/** The servers that one gate has open, kept in step with the accepted configuration: what changed is closed and opened anew. */

import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { AuditLog } from "../audit/log.ts";
import type { SecretGuard } from "../gateway/parts.ts";
import type { Server } from "../gateway/ports.ts";
import type { Rulebook } from "./rulebook.ts";
import { openServer, recordingHooks, resolveSecrets, secretGuard } from "./servers.ts";

export interface Pool {
  readonly servers: ReadonlyMap<string, Server>;
  readonly guard: SecretGuard;
  /**
   * Follows what is accepted now. One at a time, so that no server is opened twice. What left is closed first; rejects
   * where what came cannot be opened.
   */
  sync(): Promise<void>;
}

export interface PoolParts {
  readonly env: Env;
  readonly agent: string;
  readonly only: string | undefined;
  readonly log: AuditLog;
  readonly rulebook: Rulebook;
  /** Throws where none of the servers accepted now may be opened. */
  readonly mayOpen: () => Promise<void>;
}

export function serverPool({ env, agent, only, log, rulebook, mayOpen }: PoolParts): Pool {
  const servers = new Map<string, Server>();
  const opened = new Map<string, string>();
  /** Every value that was ever filled in: a server may still echo one that has been replaced. */
  const known: (readonly [string, string])[] = [];
  let current = secretGuard(known);
  const guard: SecretGuard = { carries: (text) => current.carries(text), hide: (text) => current.hide(text) };
  const hooks = recordingHooks(log, agent, guard, (id) => rulebook.inForce.endpoint(id));

  const granted = (): readonly ServerConfig[] => {
    const { config, manifests } = rulebook.accepted;
    const grants = manifests.get(agent)?.grants ?? [];
    return grants.flatMap(({ server }) => {
      const found = config?.servers.get(server);
      return found === undefined || (only !== undefined && server !== only) ? [] : [found];
    });
  };

  const open = async (config: Config, coming: readonly ServerConfig[]): Promise<void> => {
    // Together: a command that gives a secret may ask a person.
    const secrets = await resolveSecrets(config, coming, env);
    known.push(...secrets);
    // Before a server can echo any of them.
    current = secretGuard(known);
    await Promise.all(
      coming.map(async (server) => {
        opened.set(server.id, server.endpoint);
        servers.set(server.id, await openServer(server, { env, stateDir: env.stateDir, secrets, hooks }));
      }),
    );
  };

  const follow = async (): Promise<void> => {
    const wanted = new Map(granted().map((server) => [server.id, server]));
    const leaving = [...servers].filter(([id]) => wanted.get(id)?.endpoint !== opened.get(id));
    for (const [id] of leaving) servers.delete(id);
    await Promise.all(leaving.map(([, server]) => server.close()));
    await mayOpen();
    const { config } = rulebook.accepted;
    const coming = [...wanted.values()].filter(({ id }) => !servers.has(id));
    if (config !== undefined && coming.length > 0) await open(config, coming);
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
  };
}
