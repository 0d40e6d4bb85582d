/**
 * The JSON files of clients, comments allowed: finds the servers in them and replaces them. Knows the shape of such
 * files, not where they are.
 */

import { getNodeValue } from "jsonc-parser";
import type { Node } from "jsonc-parser";
import { WAIT_TOOL } from "../gateway/exposed.ts";
import type { Change, ClientFile, FoundServer, Location, Placed, ReadAnswer } from "./client-file.ts";
import { COMMON } from "./dialect.ts";
import type { Dialect } from "./dialect.ts";
import { filterOf, readEntry, TRANSPORT_KEYS } from "./entry.ts";
import { applyEdits } from "./edit.ts";
import type { Edit } from "./edit.ts";
import { removals, settingsInPlaceOf } from "./json-edit.ts";
import { restore } from "./json-restore.ts";
import { find, meaningOf, membersOf, parseJson, rangeOf, rootOf, withoutBom } from "./json-tree.ts";
import type { Member } from "./json-tree.ts";
import { after, sameMeaning } from "./meaning.ts";
import { lacksWait } from "./tool-filter.ts";

/**
 * The reading and writing half of a client whose servers are members of objects. `containers` are the key paths of
 * those objects; `*` stands for every key there, which is then a folder.
 */
export const jsonClient = (
  containers: readonly (readonly string[])[],
  dialect: Dialect = COMMON,
): Pick<ClientFile, "read" | "replace" | "restore"> => ({
  read: (text, at) => read(text, { at, dialect }, containers),
  replace: (text, changes) => replace(text, changes, dialect),
  restore: (current, original, changes) => restore(current, original, changes, dialect),
});

/** Where a text stands, and in which words. */
interface Source {
  readonly at: Location;
  readonly dialect: Dialect;
}

function read(text: string, source: Source, containers: readonly (readonly string[])[]): ReadAnswer {
  const parsed = parseJson(withoutBom(text).body);
  if (parsed.kind === "unreadable") return parsed;
  const { root } = parsed;
  return {
    kind: "servers",
    servers: root === undefined ? [] : containers.flatMap((path) => walk(root, path, [], source)),
  };
}

function walk(node: Node, rest: readonly string[], path: readonly string[], source: Source): readonly FoundServer[] {
  const [key, ...deeper] = rest;
  const members = membersOf(node);
  if (key === undefined) {
    return members.map((member) => {
      const filter = filterOf(getNodeValue(member.value), source.dialect);
      return {
        path: [...path, member.name],
        name: member.name,
        entry: entryOf(member, source),
        ...(filter === undefined ? {} : { filter }),
      };
    });
  }
  return members
    .filter(({ name }) => key === "*" || key === name)
    .flatMap(({ name, value, twice }) => {
      const inside = key === "*" ? { ...source, at: { ...source.at, folder: name } } : source;
      const found = walk(value, deeper, [...path, name], inside);
      // Clients take the last of two equal keys; which of them a person means cannot be told.
      return twice ? found.map((server) => ({ ...server, entry: twiceAt(name) })) : found;
    });
}

const twiceAt = (name: string): FoundServer["entry"] => ({ kind: "left", why: "twice", value: name });

function entryOf({ name, value, twice }: Member, { at, dialect }: Source): FoundServer["entry"] {
  if (twice) return twiceAt(name);
  const repeated = firstTwice(value);
  return repeated === undefined ? readEntry(getNodeValue(value), at, dialect) : twiceAt(repeated);
}

function firstTwice(node: Node): string | undefined {
  for (const { name, value, twice } of membersOf(node)) {
    const inside = twice ? name : firstTwice(value);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

function replace(text: string, changes: readonly Change[], dialect: Dialect): string {
  const { bom, body } = withoutBom(text);
  const root = rootOf(body);
  if (root === undefined) throw new Error("nothing to change in this file");

  const leaving = new Map<Node, Set<Node>>();
  const edits = changes.flatMap((change): readonly Edit[] => {
    const found = find(root, change.path);
    if (found === undefined) throw new Error(`no single member ${JSON.stringify(change.path.at(-1))}`);
    if (change.becomes !== undefined) return rewrite(body, found.member, change.becomes, dialect);
    const gone = leaving.get(found.object) ?? new Set();
    leaving.set(found.object, gone.add(found.member.property));
    return [];
  });
  for (const [object, gone] of leaving) edits.push(...removals(body, object, gone));

  const edited = applyEdits(body, edits);
  const result = rootOf(edited);
  const wanted = changes.reduce((meaning, change) => after(meaning, change, dialect), meaningOf(root));
  if (!sameMeaning(result && meaningOf(result), wanted)) {
    throw new Error("the edit would change more");
  }
  return bom + edited;
}

function rewrite(text: string, member: Member, becomes: Placed, dialect: Dialect): readonly Edit[] {
  const settings = membersOf(member.value);
  const [anchor, ...others] = settings.filter(({ name }) => TRANSPORT_KEYS.has(name));
  if (anchor === undefined) throw new Error("a server without a transport");
  const type = settings.find(({ name }) => name === "type");
  const { allow, deny } = dialect.filter ?? {};
  const filters = becomes.joint === true ? settings.filter(({ name }) => name === allow || name === deny) : [];
  return [
    ...(becomes.name === member.name ? [] : [{ ...rangeOf(member.key), text: JSON.stringify(becomes.name) }]),
    ...(type === undefined ? [] : [{ ...rangeOf(type.value), text: JSON.stringify(dialect.type) }]),
    { ...rangeOf(anchor.property), text: settingsInPlaceOf(text, anchor.property, dialect.starts(becomes)) },
    ...settings.flatMap(({ name, value }) => (name === allow && filters.length === 0 ? withWait(value) : [])),
    ...removals(text, member.value, new Set([...others, ...filters].map(({ property }) => property))),
  ];
}

/** A list of allowed tools gets the gate's own. */
function withWait(list: Node): readonly Edit[] {
  const names = (list.children ?? []).map(({ value }): unknown => value);
  const inside = list.offset + 1;
  return lacksWait(names) ? [{ start: inside, end: inside, text: `${JSON.stringify(WAIT_TOOL)}, ` }] : [];
}
