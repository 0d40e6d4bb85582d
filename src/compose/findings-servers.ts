/** What can be found about servers and their locks from the files alone. Pure. */

import type { Loaded } from "../config/load.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { Lock, LockedItem } from "../policy/manifest.ts";
import { propose } from "../policy/propose.ts";
import type { Policy } from "../policy/policy.ts";
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
    ...[...policies].flatMap(([agent, policy]) => nameClashes(agent, policy, config.servers)),
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
    .map(({ name }) => name)
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
  const contradicted = items.flatMap(({ name, access, definition, place }) => {
    const { contradiction: word } = propose(definition);
    return access === "write" || word === undefined
      ? []
      : [finding("read-contradicted", "warning", { server, name, word }, place)];
  });
  return [...told("unreviewed-reads", of("read")), ...told("unreviewed-writes", of("write")), ...contradicted];
}

function endpointFindings({ server, endpoint, place }: Lock, configured: ServerConfig | undefined): readonly Finding[] {
  if (configured === undefined) return [finding("lock-without-server", "warning", { server }, place)];
  if (configured.endpoint === endpoint) return [];
  return [finding("endpoint-changed", "error", { server, locked: endpoint, configured: configured.endpoint }, place)];
}

/** Names that more than one server gives an agent unchanged, so that only one of them is listed. */
function nameClashes(agent: string, policy: Policy, servers: ReadonlyMap<string, ServerConfig>): readonly Finding[] {
  const byName = new Map<string, string[]>();
  for (const [id, { targets }] of policy.servers) {
    for (const name of targets.tool.keys()) {
      const exposed = servers.get(id)?.naming === "as-is" ? name : `${id}_${name}`;
      byName.set(exposed, [...(byName.get(exposed) ?? []), id]);
    }
  }
  return [...byName]
    .filter(([, ids]) => ids.length > 1)
    .map(([name, ids]) => finding("name-clash", "warning", { agent, name, servers: ids.join(", ") }));
}
