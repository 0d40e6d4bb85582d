/** Starts or reaches the servers that a configuration names, with their secrets filled in. */

import { join } from "node:path";
import type { AuditLog } from "../audit/log.ts";
import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import { fillTransport, resolveSecret, secretNeedles } from "../config/secrets.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { secretsIn } from "../config/template.ts";
import type { SecretGuard } from "../gateway/parts.ts";
import type { Server } from "../gateway/ports.ts";
import type { ServerHooks } from "../mcp/supervise.ts";
import { VERSION } from "./version.ts";

/** `npx` may have to download. */
const START_TIMEOUT_MS = 120_000;

/** Values by name of all secrets that these servers use. Throws ConfigError. */
export async function resolveSecrets(
  config: Config,
  servers: readonly ServerConfig[],
  env: Env,
): Promise<ReadonlyMap<string, string>> {
  const names = new Set(
    servers
      .flatMap(({ transport }) => Object.values(transport.kind === "stdio" ? transport.env : transport.headers))
      .flatMap(secretsIn),
  );
  const values = new Map<string, string>();
  for (const name of names) {
    const ref = config.secrets.get(name);
    if (ref !== undefined) values.set(name, await resolveSecret(ref, config.folder, env));
  }
  return values;
}

/** Finds these values, exact and JSON-escaped, in what passes (P9). */
export function secretGuard(secrets: Iterable<readonly [string, string]>): SecretGuard {
  const needles = [...secrets].flatMap(([name, value]) => secretNeedles([value]).map((needle) => ({ name, needle })));
  needles.sort((a, b) => b.needle.length - a.needle.length);
  return {
    carries: (text) => needles.some(({ needle }) => text.includes(needle)),
    hide: (text) =>
      needles.reduce(
        (left, { name, needle }) => (left.includes(needle) ? left.replaceAll(needle, `[secret ${name}]`) : left),
        text,
      ),
  };
}

export interface ServerFactoryParts {
  readonly env: Env;
  readonly stateDir: string;
  readonly secrets: ReadonlyMap<string, string>;
  readonly hooks: (server: string) => ServerHooks;
}

/** Hooks that record what a server does, for the gate of `agent`. */
export function recordingHooks(log: AuditLog, agent: string, guard: SecretGuard, endpoint: (server: string) => string) {
  return (server: string): ServerHooks => ({
    refused(method, reason) {
      log.record({
        kind: "message.refused",
        agent,
        side: "server",
        reason: guard.hide(`${server}: ${reason}`),
        ...(method === undefined ? {} : { method }),
      });
    },
    started(claimed) {
      log.record({ kind: "server.started", server, endpoint: endpoint(server), claimed });
    },
    ended(reason) {
      log.record({ kind: "server.ended", server, reason: guard.hide(reason) });
    },
    hide: guard.hide,
  });
}

/** One server, not yet asked for anything; its process starts at once. HTTP is loaded only where it is configured. */
export async function openServer(config: ServerConfig, parts: ServerFactoryParts): Promise<Server> {
  const transport = fillTransport(config.transport, parts.secrets);
  const common = { id: config.id, endpoint: config.endpoint, startTimeoutMs: START_TIMEOUT_MS, version: VERSION };
  if (transport.kind === "http") {
    const { httpServer } = await import("../mcp/server-http.ts");
    return httpServer({ ...common, url: transport.url, headers: transport.headers }, parts.hooks(config.id));
  }
  const { stdioServer } = await import("../mcp/server-stdio.ts");
  return stdioServer(
    {
      ...common,
      command: transport.command,
      args: transport.args,
      cwd: transport.cwd,
      env: { ...parts.env.baseEnvironment, ...transport.env },
      stderrPath: join(parts.stateDir, "servers", `${config.id}.stderr`),
    },
    parts.hooks(config.id),
  );
}
