/** A server as one agent reaches it. Apart from the schemas: a start that needs none of those loads none. */

import type { ServerConfig, Transport } from "./server-config.ts";

/** How `agent` reaches or starts the server: its own headers or environment over the server's. Left out: those of all. */
export function transportFor({ transport, credentials = {} }: ServerConfig, agent: string | undefined): Transport {
  const own = agent !== undefined && Object.hasOwn(credentials, agent) ? (credentials[agent] ?? {}) : {};
  if (transport.kind === "stdio") return { ...transport, env: { ...transport.env, ...own } };
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const shared = Object.entries(transport.headers).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...transport, headers: { ...Object.fromEntries(shared), ...own } };
}
