/** What can be found about agents' clients: ways past the gate, and how the last one will wait for a human. Pure. */

import { basename, resolve } from "node:path";
import type { Discovered } from "../clients/discover.ts";
import type { Entry } from "../clients/client-file.ts";
import type { Config } from "../config/config-file.ts";
import type { Transport } from "../config/server-config.ts";
import type { ClientFacts } from "../gateway/ports.ts";
import { holdMs } from "../gateway/wait.ts";
import type { Manifest } from "../policy/manifest.ts";
import { finding, type Finding } from "./finding.ts";
import { packageOf } from "./package.ts";

/** Servers of the configuration that a client also reaches by itself. */
export function directFindings(config: Config, files: Discovered["files"]): readonly Finding[] {
  const behind = [...config.servers.values()].map(({ id, transport }) => ({ id, what: whatRuns(transport) }));
  return files.flatMap(({ client, at, servers }) =>
    servers.flatMap(({ name, entry }) => {
      const reached = entry.kind === "command" || entry.kind === "url" ? whatRuns(asTransport(entry)) : undefined;
      const same = behind.find(({ what }) => what === reached);
      if (same === undefined) return [];
      return [finding("reachable-directly", "warning", { client: client.title, name, server: same.id }, at.file)];
    }),
  );
}

function asTransport(entry: Extract<Entry, { readonly kind: "command" | "url" }>): Transport {
  switch (entry.kind) {
    case "url":
      return { kind: "http", url: entry.url, headers: entry.headers };
    case "command":
      return { kind: "stdio", command: entry.command, args: entry.args, cwd: entry.folder ?? "/", env: entry.env };
  }
}

/** One text for all ways to run the same thing: another version or another folder is no other server. */
function whatRuns(transport: Transport): string {
  if (transport.kind === "http") {
    const { host, pathname } = new URL(transport.url);
    return `url ${host}${pathname.replace(/\/$/, "")}`;
  }
  const { command, args, cwd } = transport;
  const fetched = packageOf(command, args);
  if (fetched !== undefined) return fetched.name;
  const place = (arg: string): string => (/^\.{0,2}[\\/]/.test(arg) ? resolve(cwd, arg) : arg);
  // An interpreter is known by what it runs.
  const plain = args.findIndex((arg) => !arg.startsWith("-"));
  return JSON.stringify([basename(command), ...args.slice(0, plain + 1).map(place)]);
}

/** As the gate notes them when a client connects. */
export interface LastClient extends ClientFacts {
  readonly agent: string;
}

export function waitFindings(
  config: Config,
  manifests: ReadonlyMap<string, Manifest>,
  clients: readonly LastClient[],
): readonly Finding[] {
  return clients.flatMap((last) => {
    const { agent, name = "", version = "", protocol, prompts } = last;
    const manifest = manifests.get(agent);
    if (manifest === undefined) return [];
    const client = `${name} ${version}`.trim();
    const waitMs = String(holdMs(last, manifest.holdMs));
    const told = finding("last-client", "note", { agent, client, protocol, waitMs }, manifest.place);
    return config.floor.assurance === "client" && !prompts
      ? [told, finding("client-cannot-ask", "warning", { agent, client }, manifest.place)]
      : [told];
  });
}
