/** Which call a person means: `kind:server/name` as files write it, or the name or URI that agents see. Pure. */

import type { Config } from "../config/config-file.ts";
import { itemsOf } from "../policy/completion.ts";
import { isTemplate } from "../policy/definition.ts";
import type { Lock, LockedItem } from "../policy/manifest.ts";
import { itemMeant } from "../policy/meant.ts";
import { nearest } from "../policy/nearest.ts";
import { isProblem, parsePattern, written, type Name } from "../policy/pattern.ts";

export interface NamedCall extends Name {
  /** What is read, where the text says it; `name` is then the resource's or the template's that serves it. */
  readonly uri?: string;
  /** What agents see behind a gate for all servers. */
  readonly exposed: string;
  /** Set where the lock does not know the name: what it knows that is nearest, as files write it. */
  readonly suggestion?: string;
}

export type Naming = NamedCall | { readonly unknown: true; readonly suggestion?: string };

const NOWHERE = { file: "", line: 1, column: 1 };

/** A name without a known server is unknown; one that only the lock lacks is not, since a decision falls on it too. */
export function callNamed(config: Config, locks: ReadonlyMap<string, Lock>, text: string): Naming {
  const servers = [...config.servers.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const items = (server: string): readonly LockedItem[] => itemsOf(locks.get(server));
  const exposedAs = ({ kind, server, name }: Name, item?: LockedItem): string => {
    const isUri = kind === "resource" || item?.definition["uriTemplate"] !== undefined;
    return isUri || config.servers.get(server)?.naming === "as-is" ? name : `${server}_${name}`;
  };
  const named = ({ kind, server, name }: Name): NamedCall => {
    const meant = itemMeant(items(server), { kind, name });
    if (meant !== undefined) {
      const { item, uri } = meant;
      const of: Name = { kind, server, name: item.name };
      return { ...of, exposed: uri ?? exposedAs(of, item), ...(uri === undefined ? {} : { uri }) };
    }
    const suggestion = nearTo({ kind, server, name }, items(server));
    return { kind, server, name, exposed: exposedAs({ kind, server, name }), ...(suggestion && { suggestion }) };
  };

  const parsed = parsePattern(text, NOWHERE);
  if (!isProblem(parsed) && config.servers.has(parsed.server)) return named(parsed);
  const seen = servers.flatMap(({ id }) => items(id).map((item) => ({ server: id, item })));
  // A resource has no other name than its URI: its own before any template, as the gate looks for it.
  const uris = seen.filter(({ item }) => item.kind === "resource");
  for (const each of [uris.filter(({ item }) => !isTemplate(item)), uris])
    for (const { server, item } of each)
      if (itemMeant([item], { kind: "resource", name: text }) !== undefined)
        return named({ kind: "resource", server, name: text });
  const exposed = seen.find(({ server, item }) => isNamed(item) && exposedAs({ ...item, server }, item) === text);
  if (exposed !== undefined) return named({ ...exposed.item, server: exposed.server });
  // Ids of servers have no underscore, so the first one ends the id.
  const joint = text.indexOf("_");
  if (joint > 0 && config.servers.has(text.slice(0, joint)))
    return named({ kind: "tool", server: text.slice(0, joint), name: text.slice(joint + 1) });
  const suggestion = nearest(
    text,
    seen.flatMap(({ server, item }) => [written({ ...item, server }), exposedAs({ ...item, server }, item)]),
  );
  return { unknown: true, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** Tools before prompts: both are seen under names of the same form. */
const isNamed = ({ kind }: LockedItem): boolean => kind === "tool" || kind === "prompt";

/** The same name of another kind first: a kind is easily left out. */
function nearTo(name: Name, items: readonly LockedItem[]): string | undefined {
  const { server } = name;
  const other = items.find((item) => item.name === name.name) ?? itemMeant(items, { ...name, kind: "resource" })?.item;
  if (other !== undefined) return written({ ...other, server, name: name.name });
  const near = nearest(
    name.name,
    items.filter(({ kind }) => kind === name.kind).map((item) => item.name),
  );
  return near === undefined ? undefined : written({ ...name, name: near });
}
