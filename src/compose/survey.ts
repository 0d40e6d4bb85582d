/** What a server offers now, for a human to review: started twice, so that what differs by itself is known. */

import type { Config } from "../config/config-file.ts";
import type { Env } from "../config/env.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { definitionDigest } from "../approval/definition.ts";
import { differences, type Difference } from "../policy/differences.ts";
import type { JsonObject } from "../policy/json.ts";
import type { Lock, LockedItem } from "../policy/manifest.ts";
import { propose, type Proposal } from "../policy/propose.ts";
import type { ServerHooks } from "../mcp/supervise.ts";
import { openServer, resolveSecrets, secretGuard } from "./servers.ts";

/** One tool as it is offered to review. */
export interface Surveyed {
  readonly name: string;
  readonly definition: JsonObject;
  readonly volatile: readonly string[];
  readonly proposal: Proposal;
  /** The row that the lock has now. */
  readonly locked: LockedItem | undefined;
  /** Against `locked`; empty when nothing changed. */
  readonly changes: readonly Difference[];
}

export interface Survey {
  readonly server: ServerConfig;
  readonly tools: readonly Surveyed[];
  /** Locked, but not offered any more. */
  readonly gone: readonly string[];
}

async function listOnce(config: Config, server: ServerConfig, env: Env): Promise<readonly JsonObject[]> {
  const secrets = await resolveSecrets(config, [server], env);
  const { hide } = secretGuard(secrets);
  const hooks: ServerHooks = { refused: () => undefined, started: () => undefined, ended: () => undefined, hide };
  const running = await openServer(server, { env, stateDir: env.stateDir, secrets, hooks: () => hooks });
  try {
    await running.ready();
    // A definition that quotes a secret must not carry it into a file that is committed.
    return (await running.list("tool")).map((definition) => JSON.parse(hide(JSON.stringify(definition))) as JsonObject);
  } finally {
    await running.close();
  }
}

/** Throws ServerError naming the server and the cause. */
export async function surveyServer(
  config: Config,
  server: ServerConfig,
  lock: Lock | undefined,
  env: Env,
): Promise<Survey> {
  const first = await listOnce(config, server, env);
  const second = await listOnce(config, server, env);
  const items = (lock?.items ?? []).filter((item) => item.kind === "tool");
  const tools = second.map((definition): Surveyed => {
    const name = definition["name"] as string;
    const twin = first.find((other) => other["name"] === name);
    const locked = items.find((item) => item.name === name);
    const volatile = [
      ...new Set([...differences(twin, definition).map((one) => one.pointer), ...(locked?.volatile ?? [])]),
    ].filter((pointer) => pointer !== "");
    const same =
      locked !== undefined && definitionDigest(locked.definition, volatile) === definitionDigest(definition, volatile);
    return {
      name,
      definition,
      volatile,
      proposal: propose(definition),
      locked,
      changes: locked === undefined || same ? [] : differences(locked.definition, definition),
    };
  });
  const offered = new Set(tools.map((tool) => tool.name));
  return { server, tools, gone: items.map((item) => item.name).filter((name) => !offered.has(name)) };
}
