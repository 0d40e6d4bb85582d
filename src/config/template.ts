/** Texts with secrets by name: `Bearer ${secret:TRACKER_TOKEN}`. There is no other expansion and no escape. */

import { problem } from "./problem.ts";
import type { Reading } from "./references.ts";
import type { Path } from "./yaml-place.ts";

export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "secret"; readonly name: string }
  /** Looks like an expansion and is none. */
  | { readonly kind: "unknown"; readonly text: string };

const EXPANSION = /\$\{([^${}]*)\}/g;
export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

export function templateParts(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of template.matchAll(EXPANSION)) {
    if (match.index > end) parts.push({ kind: "text", text: template.slice(end, match.index) });
    const [scheme, name] = (match[1] ?? "").split(":", 2);
    const known = scheme === "secret" && name !== undefined && match[1] === `secret:${name}` && SECRET_NAME.test(name);
    parts.push(known ? { kind: "secret", name } : { kind: "unknown", text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < template.length) parts.push({ kind: "text", text: template.slice(end) });
  return parts;
}

/** Names of the secrets in it, in order. */
export const secretsIn = (template: string): string[] =>
  templateParts(template).flatMap((part) => (part.kind === "secret" ? [part.name] : []));

/** Checks values that know one expansion and no other, e.g. of `env` and `headers`. */
export function readTemplates(
  { yaml, problems, references }: Reading,
  path: Path,
  values: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    const place = yaml.place([...path, name]);
    for (const part of templateParts(value)) {
      if (part.kind === "secret") references.push({ to: "secret", name: part.name, place });
      if (part.kind === "unknown") problems.push(problem("bad-template", { found: part.text }, place));
    }
  }
}
