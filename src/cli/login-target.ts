/** Which server and whose login a command speaks of. */

import { RejectedConfig } from "../compose/rejected.ts";
import { bringsToken } from "../compose/credentials.ts";
import type { Config } from "../config/config-file.ts";
import { loadConfig } from "../config/load.ts";
import type { ServerConfig, Transport } from "../config/server-config.ts";
import { transportFor } from "../config/transport-for.ts";
import { en as cliEn, ja as cliJa } from "../words/cli.ts";
import { en, ja } from "../words/login.ts";
import type { Context } from "./context.ts";

export interface LoginTarget {
  readonly kind: "target";
  readonly config: Config;
  readonly server: ServerConfig;
  readonly transport: Extract<Transport, { readonly kind: "http" }>;
}

const refused = (why: string) => ({ kind: "refused", why }) as const;

/** `why`: what is wrong with what was named, in the human's words. */
export async function loginTarget(
  { configPath, language }: Context,
  name: string,
  agent: string | undefined,
): Promise<LoginTarget | { readonly kind: "refused"; readonly why: string }> {
  const words = language === "ja" ? ja : en;
  if (configPath === undefined) return refused((language === "ja" ? cliJa : cliEn).noConfig);
  const { config, manifests, problems, sources } = await loadConfig(configPath);
  if (config === undefined) throw new RejectedConfig(problems, sources);
  const server = config.servers.get(name);
  if (server === undefined) return refused(words.unknownServer(name, [...config.servers.keys()].join(", ")));
  if (agent !== undefined && !manifests.has(agent))
    return refused(words.unknownAgent(agent, [...manifests.keys()].join(", ")));
  const transport = transportFor(server, agent);
  if (transport.kind !== "http") return refused(words.noUrl(name));
  if (bringsToken(transport)) return refused(words.bringsToken(name));
  return { kind: "target", config, server, transport };
}
