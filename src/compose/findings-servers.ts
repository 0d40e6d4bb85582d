/** What can be found about servers and their locks from the files alone. Pure. */

import type { Loaded } from "../config/load.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { Lock, LockedItem } from "../policy/manifest.ts";
import { isTemplate } from "../policy/definition.ts";
import { written } from "../policy/pattern.ts";
import type { Policy } from "../policy/policy.ts";
import { propose } from "../policy/propose.ts";
import { matchesTemplate } from "../policy/uri-template.ts";
import { visible } from "../policy/visible.ts";
import { finding, type Finding } from "./finding.ts";
import { packageOf } from "./package.ts";

export function serverFindings({ config, locks }: Loaded, policies: ReadonlyMap<string, Policy>): readonly Finding[] {
  if (config === undefined) return [];
  return [
    ...[...config.servers.values()].flatMap(floating),
    ...[...locks].flatMap(([server, lock]) => [
      ...reviewFindings(lock),
      ...endpointFindings(lock, config.servers.get(server)),
    ]),
    ...[...policies].flatMap(([agent, policy]) => [
      ...nameClashes(agent, policy, config.servers),
      ...uriClashes(agent, policy),
    ]),
  ];
}

function floating({ id, transport, place }: ServerConfig): readonly Finding[] {
  const found = transport.kind === "stdio" ? packageOf(transport.command, transport.args) : undefined;
  if (found === undefined || found.pinned) return [];
  return [finding("floating", "warning", { server: id, spec: found.spec, example: found.example }, place)];
}

/** Enough to see what is meant. */
const NAMES_SHOWN = 5;

const namesOf = (items: readonly LockedItem[]): string =>
  items
    .slice(0, NAMES_SHOWN)
    .map(({ kind, name }) => (kind === "tool" ? name : `${kind}:${name}`))
    .join(", ") + (items.length > NAMES_SHOWN ? ", …" : "");

function reviewFindings({ server, items }: Lock): readonly Finding[] {
  const unreviewed = items.filter(({ reviewed }) => reviewed === undefined || reviewed.by === "hint");
  const of = (access: LockedItem["access"]): readonly LockedItem[] =>
    unreviewed.filter((item) => item.access === access);
  const told = (code: "unreviewed-reads" | "unreviewed-writes", list: readonly LockedItem[]): readonly Finding[] => {
    const [first] = list;
    if (first === undefined) return [];
    // A read passes unasked, so there the server's word decides; a write asks whatever it says.
    const severity = code === "unreviewed-reads" ? "error" : "warning";
    return [finding(code, severity, { server, count: String(list.length), names: namesOf(list) }, first.place)];
  };
  const contradicted = items.flatMap(({ kind, name, access, definition, place }) => {
    const word = kind === "completion" ? undefined : propose(kind, definition).contradiction;
    return access === "write" || word === undefined
      ? []
      : [finding("read-contradicted", "warning", { what: written({ kind, server, name }), word }, place)];
  });
  return [...told("unreviewed-reads", of("read")), ...told("unreviewed-writes", of("write")), ...contradicted];
}

function endpointFindings({ server, endpoint, place }: Lock, configured: ServerConfig | undefined): readonly Finding[] {
  if (configured === undefined) return [finding("lock-without-server", "warning", { server }, place)];
  if (configured.endpoint === endpoint) return [];
  return [finding("endpoint-changed", "error", { server, locked: endpoint, configured: configured.endpoint }, place)];
}

const AS_LOCKED = { quarantined: () => false };

/** Names that more than one server gives an agent unchanged, so that only one of them is there for it. */
function nameClashes(agent: string, policy: Policy, servers: ReadonlyMap<string, ServerConfig>): readonly Finding[] {
  const shown = visible(policy, AS_LOCKED);
  return (["tool", "prompt"] as const).flatMap((kind) => {
    const byName = new Map<string, string[]>();
    for (const { server, item } of shown) {
      if (item.kind !== kind) continue;
      const name = servers.get(server)?.naming === "as-is" ? item.name : `${server}_${item.name}`;
      byName.set(name, [...(byName.get(name) ?? []), server]);
    }
    return [...byName]
      .filter(([, ids]) => ids.length > 1)
      .map(([name, ids]) => finding("name-clash", "warning", { agent, kind, name, servers: ids.join(", ") }));
  });
}

/** URIs that more than one server has or makes. The gate asks one of them: whoever lists it first, then whose template fits. */
function uriClashes(agent: string, policy: Policy): readonly Finding[] {
  const shown = visible(policy, AS_LOCKED).filter(({ item }) => item.kind === "resource");
  const templates = shown.filter(({ item }) => isTemplate(item));
  const names = [...new Set(shown.map(({ item }) => item.name))];
  return names.flatMap((uri) => {
    const own = shown.filter(({ item }) => item.name === uri);
    const making = own.some(({ item }) => isTemplate(item))
      ? []
      : templates.filter(({ item }) => matchesTemplate(item.name, uri));
    const servers = [...new Set([...own, ...making].map(({ server }) => server))];
    const [first] = servers;
    if (first === undefined || servers.length === 1) return [];
    return [finding("uri-clash", "warning", { agent, uri, servers: servers.toSorted().join(", "), first })];
  });
}
