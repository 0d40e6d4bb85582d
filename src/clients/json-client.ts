/**
 * The JSON files of clients, comments allowed: finds the servers in them and replaces them. Knows the shape of such
 * files, not where they are.
 */

import { getNodeValue, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Node, ParseError } from "jsonc-parser";
import { placeOf } from "./client-file.ts";
import type { Change, ClientFile, FoundServer, Location, ReadAnswer } from "./client-file.ts";
import { readEntry, TRANSPORT_KEYS } from "./entry.ts";
import { applyEdits, membersOf, rangeOf, removals, settingsInPlaceOf } from "./json-edit.ts";
import type { Edit, Member } from "./json-edit.ts";
import { after, leaf, list, object, sameMeaning } from "./meaning.ts";
import type { Meaning } from "./meaning.ts";

const OPTIONS = { allowTrailingComma: true, allowEmptyContent: true, disallowComments: false } as const;
const BOM = "\uFEFF";

/**
 * The reading and writing half of a client whose servers are members of objects. `containers` are the key paths of
 * those objects; `*` stands for every key there, which is then a folder.
 */
export const jsonClient = (containers: readonly (readonly string[])[]): Pick<ClientFile, "read" | "replace"> => ({
  read: (text, at) => read(text, at, containers),
  replace,
});

function read(text: string, at: Location, containers: readonly (readonly string[])[]): ReadAnswer {
  const body = text.startsWith(BOM) ? text.slice(1) : text;
  const errors: ParseError[] = [];
  const root = parseTree(body, errors, OPTIONS);
  const [error] = errors;
  if (error !== undefined) {
    return { kind: "unreadable", ...placeOf(body, error.offset), fault: printParseErrorCode(error.error) };
  }
  if (root === undefined) return { kind: "servers", servers: [] };
  return { kind: "servers", servers: containers.flatMap((path) => walk(root, path, [], at)) };
}

function walk(node: Node, rest: readonly string[], path: readonly string[], at: Location): readonly FoundServer[] {
  const [key, ...deeper] = rest;
  const members = membersOf(node);
  if (key === undefined) {
    return members.map((member) => ({ path: [...path, member.name], name: member.name, entry: entryOf(member, at) }));
  }
  return members
    .filter(({ name }) => key === "*" || key === name)
    .flatMap(({ name, value, twice }) => {
      const found = walk(value, deeper, [...path, name], key === "*" ? { ...at, folder: name } : at);
      // Clients take the last of two equal keys; which of them a person means cannot be told.
      return twice ? found.map((server) => ({ ...server, entry: twiceAt(name) })) : found;
    });
}

const twiceAt = (name: string): FoundServer["entry"] => ({ kind: "left", why: "twice", value: name });

function entryOf({ name, value, twice }: Member, at: Location): FoundServer["entry"] {
  if (twice) return twiceAt(name);
  const repeated = firstTwice(value);
  return repeated === undefined ? readEntry(getNodeValue(value), at) : twiceAt(repeated);
}

function firstTwice(node: Node): string | undefined {
  for (const { name, value, twice } of membersOf(node)) {
    const inside = twice ? name : firstTwice(value);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

function replace(text: string, changes: readonly Change[]): string {
  const bom = text.startsWith(BOM) ? BOM : "";
  const body = text.slice(bom.length);
  const root = parseTree(body, [], OPTIONS);
  if (root === undefined) throw new Error("nothing to change in an empty file");

  const leaving = new Map<Node, Set<Node>>();
  const edits = changes.flatMap((change): readonly Edit[] => {
    const { object, member } = locate(root, change.path);
    if (change.becomes !== undefined) return rewrite(body, member, change.becomes);
    const gone = leaving.get(object) ?? new Set();
    leaving.set(object, gone.add(member.property));
    return [];
  });
  for (const [object, gone] of leaving) edits.push(...removals(body, object, gone));

  const edited = applyEdits(body, edits);
  if (!sameMeaning(parsed(edited), changes.reduce(after, meaningOf(root))))
    throw new Error("the edit would change more");
  return bom + edited;
}

/** The object that holds the server at `path`, and the server in it. */
function locate(root: Node, path: readonly string[]): { readonly object: Node; readonly member: Member } {
  const [key, ...deeper] = path;
  const member = membersOf(root).find(({ name }) => name === key);
  if (member === undefined || member.twice) throw new Error(`no single member ${JSON.stringify(key)}`);
  return deeper.length === 0 ? { object: root, member } : locate(member.value, deeper);
}

function rewrite(text: string, member: Member, becomes: NonNullable<Change["becomes"]>): readonly Edit[] {
  const settings = membersOf(member.value);
  const [anchor, ...others] = settings.filter(({ name }) => TRANSPORT_KEYS.has(name));
  if (anchor === undefined) throw new Error("a server without a transport");
  const type = settings.find(({ name }) => name === "type");
  return [
    ...(becomes.name === member.name ? [] : [{ ...rangeOf(member.key), text: JSON.stringify(becomes.name) }]),
    ...(type === undefined ? [] : [{ ...rangeOf(type.value), text: '"stdio"' }]),
    { ...rangeOf(anchor.property), text: settingsInPlaceOf(text, anchor.property, becomes) },
    ...removals(text, member.value, new Set(others.map(({ property }) => property))),
  ];
}

function meaningOf(node: Node): Meaning {
  if (node.type === "object") return object(membersOf(node).map(({ name, value }) => [name, meaningOf(value)]));
  return node.type === "array" ? list((node.children ?? []).map(meaningOf)) : leaf(node.value);
}

function parsed(text: string): Meaning | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, OPTIONS);
  return root === undefined || errors.length > 0 ? undefined : meaningOf(root);
}
