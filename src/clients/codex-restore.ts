/** Puts servers back into a configuration file of Codex that was changed since they were wrapped. Pure. */

import { isObject } from "../policy/json.ts";
import { lineEndingAt } from "./client-file.ts";
import type { Change } from "./client-file.ts";
import { CODEX, extentOf, meaningOf, parseToml, ROOT, tableOf } from "./codex-table.ts";
import { applyEdits } from "./edit.ts";
import type { Edit } from "./edit.ts";
import { after, sameMeaning } from "./meaning.ts";
import type { Meaning } from "./meaning.ts";
import { statementsOf } from "./toml-text.ts";

/** Undefined where any of the gates is not there any more as it was written. */
export function restore(current: string, original: string, changes: readonly Change[]): string | undefined {
  const [now, before] = [valueOf(current), valueOf(original)];
  if (now === undefined || before === undefined) return undefined;
  const written = changes.reduce((meaning, change) => after(meaning, change, CODEX), before);
  const [first, ...others] = changes.filter(({ becomes }) => becomes !== undefined);
  if (first === undefined) return undefined;
  const gone = changes.filter(({ becomes }) => becomes === undefined);

  const edits: Edit[] = [];
  for (const change of [first, ...others]) {
    const name = change.becomes?.name ?? "";
    const place = extent(current, name);
    const texts = (change === first ? [change, ...gone] : [change]).map(({ path }) => textOf(original, path[1] ?? ""));
    if (place === undefined || texts.includes(undefined)) return undefined;
    if (!sameMeaning(server(now, name), server(written, name))) return undefined;
    const eol = lineEndingAt(current, place.start);
    edits.push({ ...place, text: texts.join(eol + eol) });
  }
  const edited = applyEdits(current, edits);
  const result = valueOf(edited);
  const isBack = ({ path }: Change): boolean =>
    result !== undefined && sameMeaning(server(result, path[1] ?? ""), server(before, path[1] ?? ""));
  return changes.every(isBack) ? edited : undefined;
}

function valueOf(text: string): Meaning | undefined {
  try {
    const value = parseToml(text);
    return isObject(value[ROOT]) ? meaningOf(value) : undefined;
  } catch {
    return undefined;
  }
}

function server(root: Meaning, name: string): Meaning | undefined {
  const servers = root.kind === "object" ? root.members.get(ROOT) : undefined;
  return servers?.kind === "object" ? servers.members.get(name) : undefined;
}

function extent(text: string, name: string): { readonly start: number; readonly end: number } | undefined {
  const statements = statementsOf(text);
  const table = tableOf(statements, name);
  return table === undefined ? undefined : extentOf(statements, table);
}

function textOf(text: string, name: string): string | undefined {
  const place = extent(text, name);
  return place === undefined ? undefined : text.slice(place.start, place.end);
}
