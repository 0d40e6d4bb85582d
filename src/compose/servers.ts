/** Starts or reaches the servers that a configuration names, with their secrets filled in. */

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { AuditLog } from "../audit/log.ts";
import { fillTransport } from "../config/secrets.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { transportFor } from "../config/transport-for.ts";
import type { InForce } from "../gateway/in-force.ts";
import type { SecretGuard } from "../gateway/parts.ts";
import type { Server } from "../gateway/ports.ts";
import type { ServerHooks } from "../mcp/supervise.ts";
import type { CredentialParts } from "./credentials.ts";
import { secretsOf } from "./secret-values.ts";
import { VERSION } from "./version.ts";

/** `npx` may have to download. */
const START_TIMEOUT_MS = 120_000;

export interface ServerFactoryParts extends CredentialParts {
  readonly hooks: (server: string) => ServerHooks;
}

/** Hooks that record what a server does, for the gate of `agent`. */
export function recordingHooks(log: AuditLog, agent: string, guard: SecretGuard, inForce: () => InForce) {
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
      log.record({ kind: "server.started", server, endpoint: inForce().endpoint(server), claimed });
    },
    ended(reason) {
      log.record({ kind: "server.ended", server, reason: guard.hide(reason) });
    },
    hide: guard.hide,
    questions: {
      asks: () => inForce().asks(server),
      roots: () => inForce().roots(server),
      rootsTold(text) {
        const question = `roots/${randomUUID()}`;
        const args = log.body("{}", "json");
        log.record({ kind: "question.asked", question, agent, server, method: "roots/list", args });
        log.record({ kind: "question.answered", question, says: "result", result: log.body(text, "json") });
      },
    },
  });
}

/** One server, not yet asked for anything; its process starts at once. HTTP is loaded only where it is configured. */
export async function openServer(config: ServerConfig, parts: ServerFactoryParts): Promise<Server> {
  const transport = transportFor(config, parts.agent);
  const common = { id: config.id, endpoint: config.endpoint, startTimeoutMs: START_TIMEOUT_MS, version: VERSION };
  if (transport.kind === "http") {
    const { httpCredentials } = await import("./credentials.ts");
    const credentials = await httpCredentials(config.id, transport, parts);
    const { httpServer } = await import("../mcp/server-http.ts");
    const { url, sse } = transport;
    const server = httpServer(
      { ...common, url, credentials, ...(sse === undefined ? {} : { sse }) },
      parts.hooks(config.id),
    );
    const close = server.close.bind(server);
    return Object.assign(server, { close: () => (credentials.close(), close()) });
  }
  const { stdioServer } = await import("../mcp/server-stdio.ts");
  const environment = (): Record<string, string> => {
    const filled = fillTransport(transport, parts.secrets.current);
    return { ...parts.env.baseEnvironment, ...(filled.kind === "stdio" ? filled.env : {}) };
  };
  return stdioServer(
    {
      ...common,
      command: transport.command,
      args: transport.args,
      cwd: transport.cwd,
      env: environment(),
      async freshEnv() {
        await parts.secrets.reload(secretsOf(config, parts.agent));
        return environment();
      },
      stderrPath: join(parts.env.stateDir, "servers", `${config.id}.stderr`),
    },
    parts.hooks(config.id),
  );
}
