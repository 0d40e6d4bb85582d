/**
 * `kind:server/name` as rules write it, and whether it matches. Linear: a name is the server's choice, so no pattern may
 * be made slow by it.
 */

import type { Kind } from "./call.ts";
import { fold } from "./fold.ts";
import type { Pattern, Place, Problem } from "./manifest.ts";
import { nearest } from "./nearest.ts";
import { problem } from "./problem.ts";

export interface Name {
  readonly kind: Kind;
  readonly server: string;
  readonly name: string;
}

const KINDS: Readonly<Record<string, Kind>> = {
  tool: "tool",
  resource: "resource",
  prompt: "prompt",
  completion: "completion",
};

/**
 * Splits at the first `/`, so a name may hold more of them (a resource's is its URI). A kind ends at a `:` before that.
 * `*` stands for any run and `?` for any one character of the server's id or of the name, never across the two.
 */
export function parsePattern(text: string, place: Place): Pattern | Problem {
  const slash = text.indexOf("/");
  if (slash < 0) return problem("pattern-without-slash", { text }, place);
  const head = text.slice(0, slash);
  const colon = head.indexOf(":");
  const word = colon < 0 ? "tool" : head.slice(0, colon);
  const kind = Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
  if (kind === undefined) {
    const suggestion = nearest(word, Object.keys(KINDS)) ?? "";
    return problem("pattern-unknown-kind", { text, kind: word, suggestion }, place);
  }
  const server = head.slice(colon + 1);
  const name = text.slice(slash + 1);
  if (server === "" || name === "") return problem("pattern-empty-part", { text }, place);
  return { kind, server, name, text, place };
}

/** As rules write it, the kind left out for a tool. */
export const written = ({ kind, server, name }: Name): string =>
  `${kind === "tool" ? "" : `${kind}:`}${server}/${name}`;

export const isProblem = (value: Pattern | Problem): value is Problem => "code" in value;

export const isLiteral = (part: string): boolean => !/[*?]/.test(part);

/** `ignoreCase` for deny and ask: there, a spelling too many matched is the safe mistake. See `fold` for what it ignores. */
export function matches(pattern: Pattern, target: Name, { ignoreCase }: { readonly ignoreCase: boolean }): boolean {
  return (
    pattern.kind === target.kind &&
    matchesText(pattern.server, target.server, ignoreCase) &&
    matchesText(pattern.name, target.name, ignoreCase)
  );
}

const RUN = -1;
const ONE = -2;

/** One part against its wildcards; also for the lists of a grant. */
export function matchesText(pattern: string, text: string, ignoreCase: boolean): boolean {
  if (pattern === "*") return true;
  const shape = ignoreCase ? fold : (plain: string) => plain;
  if (isLiteral(pattern)) return shape(pattern) === shape(text);
  // Only what was written as `*` or `?` is a wildcard, not what folding makes of a full-width one.
  const symbols = pattern
    .split(/([*?])/)
    .flatMap((piece, at) => (at % 2 === 0 ? points(shape(piece)) : [piece === "*" ? RUN : ONE]));
  return matchesSymbols(symbols, points(shape(text)));
}

const points = (text: string): number[] => Array.from(text, (each) => each.codePointAt(0) ?? 0);

/** Remembers only the last `*`, which suffices without alternation: at most pattern × text steps. */
function matchesSymbols(pattern: readonly number[], text: readonly number[]): boolean {
  let p = 0;
  let t = 0;
  let run = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === ONE || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (p < pattern.length && pattern[p] === RUN) {
      run = p++;
      resume = t;
    } else if (run >= 0) {
      p = run + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === RUN) p++;
  return p === pattern.length;
}
