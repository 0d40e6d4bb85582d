/**
 * Rules that name URIs, on templates that serve them: `deny resource:files/file:///etc/*` holds for `file:///{path}` too.
 * A URI can be written in many ways, so each is looked at; this is for rules that deny or ask alone.
 */

import type { Condition, Held } from "./condition.ts";
import type { Pattern, Rule } from "./manifest.ts";
import { matches, matchesText } from "./pattern.ts";

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

/** Escapes are read this many times over: servers behind servers may each read them once. */
const READINGS = 3;

/** As written, with dots resolved (WHATWG URL), and each with its escapes read. */
function spellings(uri: string): readonly string[] {
  let found: readonly string[] = [uri];
  for (let times = 0; times < READINGS; times++) {
    found = [...new Set(found.flatMap((each) => [each, resolved(each), unescaped(each)]))];
  }
  return found;
}

const resolved = (uri: string): string => (URL.canParse(uri) ? new URL(uri).href : uri);

/** Half an escape stays as it is; what is not UTF-8 is read byte by byte. */
function unescaped(uri: string): string {
  return uri.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes.replaceAll(/%(..)/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    }
  });
}
