/**
 * What one agent sees: everything it may at least ask for, under its exposed names, as serialised lists. Built from the
 * locks alone, so that it is ready before any server is; never depends on approvals given.
 */

import type { Call, Kind } from "../policy/call.ts";
import type { LockedItem } from "../policy/manifest.ts";
import { matchesTemplate } from "../policy/uri-template.ts";
import { visible, type Live } from "../policy/visible.ts";
import { canTakeReason, exposedDefinition, WAIT_DEFINITION, type Exposed } from "./exposed.ts";
import { decideInForce, type InForce } from "./in-force.ts";
import type { ListKind, ListView } from "./ports.ts";

const RESERVED = "kidoban_";

export interface Catalog {
  readonly kinds: ReadonlySet<Kind>;
  list(kind: ListKind): ListView;
  find(kind: Kind, name: string): Exposed | undefined;
  /** What a name would be if it were not hidden; for the log alone. */
  hidden(kind: Kind, name: string): { readonly server: string; readonly name: string } | undefined;
}

/** What every policy in force leaves visible; the item is the accepted lock's. */
function seenByAll(
  inForce: InForce,
  live: Live,
): { readonly server: string; readonly item: LockedItem; readonly mayAsk: boolean }[] {
  const [first, ...others] = inForce.policies.map((policy) => visible(policy, live));
  return (first ?? []).flatMap((seen) => {
    const same = others.map((list) =>
      list.find(
        (other) =>
          other.server === seen.server && other.item.kind === seen.item.kind && other.item.name === seen.item.name,
      ),
    );
    if (same.includes(undefined)) return [];
    return [
      { server: seen.server, item: seen.item, mayAsk: seen.mayAsk || same.some((other) => other?.mayAsk === true) },
    ];
  });
}

const listOf = ({ kind, definition }: LockedItem): ListKind | undefined => {
  switch (kind) {
    case "tool":
      return "tools";
    case "prompt":
      return "prompts";
    case "resource":
      return definition["uriTemplate"] === undefined ? "resources" : "templates";
    case "completion":
      return undefined;
  }
};

/** `only`: a gate in front of one wrapped server, whose names stay as they are. */
export function buildCatalog(agent: string, inForce: InForce, live: Live, only?: string): Catalog {
  /** Only tools and prompts get another name; a URI, and what a template says, is the server's own. */
  const nameOf = (server: string, { kind, name, definition }: LockedItem): string =>
    kind === "resource" ||
    definition["uriTemplate"] !== undefined ||
    only === server ||
    inForce.naming(server) === "as-is"
      ? name
      : `${server}_${name}`;
  const byName: Readonly<Record<Kind, Map<string, Exposed>>> = {
    tool: new Map(),
    resource: new Map(),
    prompt: new Map(),
    completion: new Map(),
  };
  const all: Exposed[] = [];
  let asks = false;
  for (const { server, item, mayAsk } of seenByAll(inForce, live)) {
    const { kind } = item;
    if ((kind === "tool" && item.name.startsWith(RESERVED)) || (only !== undefined && server !== only)) continue;
    const name = nameOf(server, item);
    // Two servers may share a name that is kept as it is; the first in the fixed order has it, and `check` reports it.
    if (byName[kind].has(name)) continue;
    const takesReason = kind === "tool" && mayAsk && canTakeReason(item.definition);
    const exposed = { name, server, item, takesReason };
    all.push(exposed);
    byName[kind].set(name, exposed);
    // An allowed write may ask too: after an attempt whose outcome is unknown.
    asks ||= kind !== "completion" && (mayAsk || item.access === "write");
  }
  const servers = [...inForce.locks.keys()].filter((id) => only === undefined || id === only).toSorted();

  /** The resource a URI means: by its own name if any server has it so, else by a template; the first server in order. */
  const findResource = (uri: string): Exposed | undefined => {
    for (const isMeant of [isUri, isExpansion])
      for (const server of servers) {
        const item = inForce.locks.get(server)?.items.find((one) => one.kind === "resource" && isMeant(one, uri));
        if (item === undefined) continue;
        const call: Call = { agent, server, kind: "resource", name: item.name, args: { uri } };
        if (!decideInForce(inForce, call, live).hidden) return { name: item.name, server, item, takesReason: false };
      }
    return undefined;
  };

  const list = (kind: ListKind): ListView => {
    const definitions = all.filter(({ item }) => listOf(item) === kind).map(exposedDefinition);
    if (kind === "tools" && asks) definitions.push(WAIT_DEFINITION);
    return { text: JSON.stringify(definitions), count: definitions.length };
  };
  const lists = new Map<ListKind, ListView>();

  return {
    kinds: new Set(all.map(({ item }) => item.kind)),
    list(kind) {
      const made = lists.get(kind) ?? list(kind);
      lists.set(kind, made);
      return made;
    },
    find: (kind, name) => (kind === "resource" ? findResource(name) : byName[kind].get(name)),
    hidden(kind, name) {
      for (const server of servers) {
        const item = inForce.locks
          .get(server)
          ?.items.find((one) => isKind(one, kind) && (nameOf(server, one) === name || isExpansion(one, name)));
        if (item !== undefined) return { server, name: item.name };
      }
      return undefined;
    },
  };
}

const isKind = (item: LockedItem, kind: Kind): boolean =>
  kind === "completion" ? item.kind !== "tool" : item.kind === kind;
const isTemplate = ({ definition }: LockedItem): boolean => definition["uriTemplate"] !== undefined;
const isUri = (item: LockedItem, uri: string): boolean => !isTemplate(item) && item.name === uri;
const isExpansion = (item: LockedItem, uri: string): boolean => isTemplate(item) && matchesTemplate(item.name, uri);
