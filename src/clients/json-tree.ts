/** The syntax tree of a JSON file with comments, and what it means. Pure. */

import { parseTree, printParseErrorCode } from "jsonc-parser";
import type { Node, ParseError } from "jsonc-parser";
import { placeOf } from "./client-file.ts";
import type { ReadAnswer } from "./client-file.ts";
import { leaf, list, object } from "./meaning.ts";
import type { Meaning } from "./meaning.ts";

const BOM = "\uFEFF";

/** A text without its byte order mark, which parsers do not know, and the mark. */
export function withoutBom(text: string): { readonly bom: string; readonly body: string } {
  return text.startsWith(BOM) ? { bom: BOM, body: text.slice(1) } : { bom: "", body: text };
}

export type Parsed =
  /** `root` is undefined for an empty file. */
  { readonly kind: "tree"; readonly root: Node | undefined } | Extract<ReadAnswer, { readonly kind: "unreadable" }>;

/** Comments and trailing commas are allowed, whether or not the client takes them: it is not ours to say. */
export function parseJson(body: string): Parsed {
  const errors: ParseError[] = [];
  const root = parseTree(body, errors, { allowTrailingComma: true, allowEmptyContent: true, disallowComments: false });
  const [error] = errors;
  if (error === undefined) return { kind: "tree", root };
  return { kind: "unreadable", ...placeOf(body, error.offset), fault: printParseErrorCode(error.error) };
}

/** Undefined for what cannot be read. */
export function rootOf(body: string): Node | undefined {
  const parsed = parseJson(body);
  return parsed.kind === "tree" ? parsed.root : undefined;
}

export interface Member {
  readonly name: string;
  readonly property: Node;
  readonly key: Node;
  readonly value: Node;
  /** Another member of the same object has this name. */
  readonly twice: boolean;
}

/** The members of an object; none of anything else. */
export function membersOf(node: Node): readonly Member[] {
  if (node.type !== "object") return [];
  const members = (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key === undefined || value === undefined ? [] : [{ name: String(key.value), property, key, value }];
  });
  const counts = new Map<string, number>();
  for (const { name } of members) counts.set(name, (counts.get(name) ?? 0) + 1);
  return members.map((member) => ({ ...member, twice: counts.get(member.name) !== 1 }));
}

export const rangeOf = (node: Node): { readonly start: number; readonly end: number } => ({
  start: node.offset,
  end: node.offset + node.length,
});

/** The object that holds what is at `path`, and the one member that it is; undefined where there is none or two. */
export function find(
  root: Node,
  path: readonly string[],
): { readonly object: Node; readonly member: Member } | undefined {
  const [key, ...deeper] = path;
  const member = membersOf(root).find(({ name }) => name === key);
  if (member === undefined || member.twice) return undefined;
  return deeper.length === 0 ? { object: root, member } : find(member.value, deeper);
}

export function meaningOf(node: Node): Meaning {
  if (node.type === "object") return object(membersOf(node).map(({ name, value }) => [name, meaningOf(value)]));
  return node.type === "array" ? list((node.children ?? []).map(meaningOf)) : leaf(node.value);
}
