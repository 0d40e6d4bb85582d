/** Names that only other sections or files can settle: servers, groups, secrets, and where `client` suffices. */

import type { Place, Problem } from "../policy/manifest.ts";
import { nearest } from "../policy/nearest.ts";
import { problem } from "./problem.ts";
import type { YamlFile } from "./yaml.ts";

export interface Reference {
  readonly to: "server" | "group" | "secret" | "client-assurance";
  readonly name: string;
  readonly place: Place;
}

/** One file while it is being read: what it says, what is wrong with it, what it leans on. */
export interface Reading {
  readonly yaml: YamlFile;
  readonly problems: Problem[];
  readonly references: Reference[];
}

export interface Known {
  readonly servers: readonly string[];
  readonly groups: readonly string[];
  readonly secrets: readonly string[];
  /** Whether `approvals:` of kidoban.yaml says that the client's own prompt suffices. */
  readonly clientSuffices: boolean;
}

export function settle(references: readonly Reference[], known: Known): Problem[] {
  return references.flatMap(({ to, name, place }): Problem[] => {
    switch (to) {
      case "server":
        if (known.servers.includes(name)) return [];
        return [problem("no-such-server", { server: name, suggestion: nearest(name, known.servers) ?? "" }, place)];
      case "secret":
        if (known.secrets.includes(name)) return [];
        return [problem("unknown-secret", { name, suggestion: nearest(name, known.secrets) ?? "" }, place)];
      case "group":
        // A warning: such an ask can never be granted, which is strict enough to start with.
        if (known.groups.includes(name)) return [];
        return [
          problem("unknown-group", { group: name, suggestion: nearest(name, known.groups) ?? "" }, place, "warning"),
        ];
      case "client-assurance":
        return known.clientSuffices ? [] : [problem("client-not-allowed", {}, place)];
    }
  });
}
