/**
 * Rules that name URIs, on templates that serve them: `deny resource:files/file:///etc/*` holds for `file:///{path}` too.
 * A URI can be written in many ways, so each is looked at; this is for rules that deny or ask alone.
 */

import type { Condition, Held } from "./condition.ts";
import type { Pattern, Rule } from "./manifest.ts";
import { matches, matchesText } from "./pattern.ts";
import { spellings } from "./uri-spelling.ts";

export const namesUrisOf = ({ kind, server }: Pattern, id: string): boolean =>
  kind === "resource" && matchesText(server, id, true);

/** Holds where a pattern matches the URI that is read, and then as the rule's own condition does. */
export const whereUriMatches = (rule: Rule, server: string, own: Condition | undefined): Condition => ({
  source: own?.source ?? "",
  holds(inputs): Held {
    const { uri } = inputs.args;
    if (typeof uri !== "string") return { failed: "no_such_key" };
    const read = spellings(uri);
    const isNamed = rule.match.some((pattern) =>
      read.some((name) => matches(pattern, { kind: "resource", server, name }, { ignoreCase: true })),
    );
    return isNamed ? (own?.holds(inputs) ?? true) : false;
  },
});
