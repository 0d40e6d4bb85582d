/** Which tool a person means: `server/name` as files write it, or the name that agents see. Pure. */

import type { Config } from "../config/config-file.ts";
import type { Lock } from "../policy/manifest.ts";
import { nearest } from "../policy/nearest.ts";

export interface NamedTool {
  readonly server: string;
  readonly name: string;
  /** What agents see behind a gate for all servers. */
  readonly exposed: string;
  /** Set where the lock does not know the name: the known `server/name` that is nearest. */
  readonly suggestion?: string;
}

export type Naming = NamedTool | { readonly unknown: true; readonly suggestion?: string };

/** A name without a known server is unknown; one that only the lock lacks is not, since a decision falls on it too. */
export function toolNamed(config: Config, locks: ReadonlyMap<string, Lock>, text: string): Naming {
  const servers = [...config.servers.values()];
  const known = (server: string): readonly string[] =>
    (locks.get(server)?.items ?? []).filter((item) => item.kind === "tool").map(({ name }) => name);
  const exposedAs = (server: string, name: string): string =>
    config.servers.get(server)?.naming === "as-is" ? name : `${server}_${name}`;
  const named = (server: string, name: string): NamedTool => {
    const near = known(server).includes(name) ? undefined : nearest(name, known(server));
    const suggestion = near === undefined ? {} : { suggestion: `${server}/${near}` };
    return { server, name, exposed: exposedAs(server, name), ...suggestion };
  };
  const slash = text.indexOf("/");
  if (slash > 0 && config.servers.has(text.slice(0, slash))) return named(text.slice(0, slash), text.slice(slash + 1));
  const asIs = servers.find(({ id, naming }) => naming === "as-is" && known(id).includes(text));
  if (asIs !== undefined) return named(asIs.id, text);
  // Ids of servers have no underscore, so the first one ends the id.
  const joint = text.indexOf("_");
  if (joint > 0 && config.servers.has(text.slice(0, joint))) return named(text.slice(0, joint), text.slice(joint + 1));
  const all = servers.flatMap(({ id }) => known(id).flatMap((name) => [`${id}/${name}`, exposedAs(id, name)]));
  const suggestion = nearest(text, all);
  return { unknown: true, ...(suggestion === undefined ? {} : { suggestion }) };
}
