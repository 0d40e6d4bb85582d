/**
 * Puts servers back into a JSON file that its client has changed since they were wrapped: their original text in the
 * place of the gates, everything else as it is now. Pure.
 */

import type { Node } from "jsonc-parser";
import { lineEndingAt } from "./client-file.ts";
import type { Change } from "./client-file.ts";
import type { Dialect } from "./dialect.ts";
import { applyEdits } from "./edit.ts";
import type { Edit } from "./edit.ts";
import { find, meaningOf, rangeOf, rootOf, withoutBom } from "./json-tree.ts";
import { after, sameMeaning } from "./meaning.ts";

/** Undefined where any of the gates is not there any more as it was written. */
export function restore(
  current: string,
  original: string,
  changes: readonly Change[],
  dialect: Dialect,
): string | undefined {
  const now = withoutBom(current);
  const before = withoutBom(original).body;
  const [root, old] = [rootOf(now.body), rootOf(before)];
  if (root === undefined || old === undefined) return undefined;

  const edits: Edit[] = [];
  for (const [place, ours] of byPlace(changes)) {
    const gate = ours.find(({ becomes }) => becomes !== undefined);
    // What was taken out beside a gate that was there before has no place to go back to.
    if (gate === undefined) return undefined;
    for (const change of ours) {
      if (change.becomes === undefined) continue;
      const found = find(root, [...place, change.becomes.name]);
      if (found === undefined || !isAsWritten(root, old, change, dialect)) return undefined;
      const back = change === gate ? [change, ...ours.filter(({ becomes }) => becomes === undefined)] : [change];
      const texts = back.map(({ path }) => textAt(before, old, path));
      edits.push({ ...rangeOf(found.member.property), text: texts.join(between(now.body, found.member.property)) });
    }
  }
  const edited = applyEdits(now.body, edits);
  const result = rootOf(edited);
  const isBack = ({ path }: Change): boolean =>
    result !== undefined && sameMeaning(meaningAt(result, path), meaningAt(old, path));
  return changes.every(isBack) ? now.bom + edited : undefined;
}

/** The changes by the keys of the object that they are in. */
function byPlace(changes: readonly Change[]): ReadonlyMap<readonly string[], readonly Change[]> {
  const groups = new Map<string, readonly Change[]>();
  for (const change of changes) {
    const key = JSON.stringify(change.path.slice(0, -1));
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return new Map([...groups.values()].map((group) => [group[0]?.path.slice(0, -1) ?? [], group]));
}

/** Whether the gate means what we wrote: a person may have made something else of it. */
function isAsWritten(root: Node, old: Node, change: Change, dialect: Dialect): boolean {
  const { path, becomes } = change;
  if (becomes === undefined) return false;
  const written = after(meaningOf(old), change, dialect);
  let at = written;
  for (const key of [...path.slice(0, -1), becomes.name]) {
    const next = at.kind === "object" ? at.members.get(key) : undefined;
    if (next === undefined) return false;
    at = next;
  }
  return sameMeaning(at, meaningAt(root, [...path.slice(0, -1), becomes.name]));
}

function meaningAt(root: Node, path: readonly string[]): ReturnType<typeof meaningOf> | undefined {
  const found = find(root, path);
  return found === undefined ? undefined : meaningOf(found.member.value);
}

function textAt(text: string, root: Node, path: readonly string[]): string {
  const found = find(root, path);
  if (found === undefined) throw new Error("the original is not what was changed");
  const { start, end } = rangeOf(found.member.property);
  return text.slice(start, end);
}

function between(text: string, { offset }: Node): string {
  const lineStart = text.lastIndexOf("\n", offset - 1) + 1;
  const lead = text.slice(lineStart, offset);
  return /^[ \t]*$/.test(lead) && lineStart > 0 ? `,${lineEndingAt(text, offset)}${lead}` : ", ";
}
