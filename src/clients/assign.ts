/** Gives servers their ids and moves the secrets in them out, the same for equal servers. Pure. */

import { isDeepStrictEqual } from "node:util";
import type { Entry } from "./client-file.ts";
import { isSecret } from "./literal.ts";
import { secretName, serverId } from "./server-id.ts";

type Strings = Readonly<Record<string, string>>;

/** A server that goes behind the gate, secrets still in it. */
export interface Wanted {
  readonly name: string;
  readonly entry: Extract<Entry, { readonly kind: "command" | "url" }>;
}

/** One server as kidoban.yaml will have it: secrets by reference, `${secret:NAME}`. */
export interface PlannedServer {
  readonly id: string;
  /** What it was called in the client. */
  readonly title: string;
  readonly reached:
    | { readonly kind: "command"; readonly command: string; readonly args: readonly string[]; readonly env: Strings }
    | { readonly kind: "url"; readonly url: string; readonly headers: Strings };
}

interface PlannedSecret {
  readonly name: string;
  /** Relative to kidoban.yaml. */
  readonly file: string;
  readonly value: string;
}

export interface Assigned {
  readonly servers: readonly PlannedServer[];
  readonly secrets: readonly PlannedSecret[];
  /** Per wanted server, in order. */
  readonly ids: readonly string[];
}

/** `taken`: ids and secret names that are in use already. */
export function assign(
  wanted: readonly Wanted[],
  taken: { ids: Iterable<string>; secrets: Iterable<string> },
): Assigned {
  const usedIds = new Set(taken.ids);
  const usedNames = new Set(taken.secrets);
  const servers: PlannedServer[] = [];
  const secrets: PlannedSecret[] = [];
  const seen: { readonly entry: Wanted["entry"]; readonly name: string; readonly id: string }[] = [];

  const hide = (server: string, variable: string, value: string): string => {
    const known = secrets.find((secret) => secret.value === value);
    const name = known?.name ?? secretName(server, variable, usedNames);
    if (known === undefined) {
      usedNames.add(name);
      secrets.push({ name, file: `secrets/${name.toLowerCase().replaceAll("_", "-")}`, value });
    }
    return `\${secret:${name}}`;
  };

  const ids = wanted.map(({ name, entry }) => {
    const same = seen.find((other) => isDeepStrictEqual(other.entry, entry));
    if (same !== undefined) return same.id;
    const id = serverId(name, usedIds);
    usedIds.add(id);
    seen.push({ entry, name, id });
    servers.push({ id, title: name, reached: withoutSecrets(entry, (variable, value) => hide(id, variable, value)) });
    return id;
  });
  return { servers, secrets, ids };
}

function withoutSecrets(
  entry: Wanted["entry"],
  hide: (name: string, value: string) => string,
): PlannedServer["reached"] {
  const clean = (pairs: Strings): Strings =>
    Object.fromEntries(
      Object.entries(pairs).map(([name, value]) => {
        if (!isSecret(name, value)) return [name, value];
        // The scheme stays readable, and the same token with and without it stays one secret.
        const [, scheme = "", token = value] = /^((?:Bearer|Basic|Token)\s+)(\S{6,})$/i.exec(value) ?? [];
        return [name, scheme + hide(name, token)];
      }),
    );
  switch (entry.kind) {
    case "command":
      return { kind: "command", command: entry.command, args: entry.args, env: clean(entry.env) };
    case "url":
      return { kind: "url", url: entry.url, headers: clean(entry.headers) };
  }
}
