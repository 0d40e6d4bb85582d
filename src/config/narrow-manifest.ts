/**
 * Takes rights out of a manifest's text: only the lines that say them change, so that a person reviews a diff of a few lines.
 * Whether the result still loads, and only takes away, is for whoever asked to find out.
 */

import { isMap, isScalar, isSeq, parseDocument, type Node, type Pair, type YAMLMap } from "yaml";

export type Narrowing =
  | { readonly kind: "server"; readonly server: string }
  | { readonly kind: "writes"; readonly server: string }
  | {
      readonly kind: "list";
      readonly server: string;
      readonly list: "tools" | "resources" | "prompts";
      /** What stays. */
      readonly names: readonly string[];
    }
  | { readonly kind: "rule"; readonly id: string };

type Entry = Pair<Node, Node | null>;
type MapNode = YAMLMap<Node, Node | null>;

/** From when until when in the text something is replaced. */
interface Cut {
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

const entryOf = (map: MapNode, name: string): Entry | undefined =>
  map.items.find(({ key }) => isScalar(key) && key.value === name);
const mapIn = (map: MapNode, name: string): MapNode | undefined => {
  const value = entryOf(map, name)?.value;
  return isMap<Node, Node | null>(value) ? value : undefined;
};
const startOf = (node: Node | null | undefined): number => node?.range?.[0] ?? 0;
const endOf = ({ key, value }: Entry): number => (value ?? key).range?.[1] ?? 0;
const isWord = (text: string): boolean =>
  /^[A-Za-z_][A-Za-z0-9_.*?-]*$/.test(text) && !/^(?:true|false|null|yes|no)$/i.test(text);
const listText = (names: readonly string[]): string =>
  `[${names.map((name) => (isWord(name) && !name.startsWith("*") ? name : JSON.stringify(name))).join(", ")}]`;

/** The text with less in it; undefined where what is to be narrowed does not stand there. */
export function narrowManifest(text: string, narrowing: Narrowing): string | undefined {
  const { contents } = parseDocument(text, { prettyErrors: false, logLevel: "error" });
  if (!isMap<Node, Node | null>(contents)) return undefined;
  const cut = cutOf(text, contents, narrowing);
  return cut === undefined ? undefined : text.slice(0, cut.from) + cut.by + text.slice(cut.to);
}

function cutOf(text: string, root: MapNode, narrowing: Narrowing): Cut | undefined {
  if (narrowing.kind === "rule") return ruleCut(text, root, narrowing.id);
  const servers = mapIn(root, "servers");
  const entry = servers === undefined ? undefined : entryOf(servers, narrowing.server);
  if (servers === undefined || entry === undefined) return undefined;
  if (narrowing.kind === "server") return withoutEntry(text, servers, entry);
  const grant = entry.value;
  if (!isMap<Node, Node | null>(grant)) return undefined;
  const access = entryOf(grant, "access");
  if (access?.value?.range === undefined || access.value.range === null) return undefined;
  const [from, to] = access.value.range;
  if (narrowing.kind === "writes") return { from, to, by: "read-only" };
  const list = listText(narrowing.names);
  const known = entryOf(grant, narrowing.list)?.value;
  if (known?.range !== undefined && known.range !== null)
    return isSeq(known) && known.flow !== true ? undefined : { from: known.range[0], to: known.range[1], by: list };
  const added = `${narrowing.list}: ${list}`;
  if (grant.flow === true) return { from: to, to, by: `, ${added}` };
  const line = lineStart(text, startOf(access.key));
  return { from: line, to: line, by: `${text.slice(line, startOf(access.key))}${added}\n` };
}

const lineStart = (text: string, at: number): number => text.lastIndexOf("\n", at - 1) + 1;
const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
};

/** Comments of the same depth right above belong to what they stand above. */
function withComments(text: string, from: number): number {
  const indent = /^[ ]*/.exec(text.slice(from))?.[0] ?? "";
  let at = from;
  for (let above = lineStart(text, at - 1); at > 0; above = lineStart(text, at - 1)) {
    const line = text.slice(above, at);
    if (!line.startsWith(`${indent}#`)) break;
    at = above;
  }
  return at;
}

/** Whole lines, from that of `start` to that in which the last character stands. */
function lines(text: string, start: number, end: number, isFirst: boolean): Cut {
  const from = lineStart(text, start);
  return { from: isFirst ? from : withComments(text, from), to: lineEnd(text, Math.max(end - 1, start)), by: "" };
}

function withoutEntry(text: string, map: MapNode, entry: Entry): Cut | undefined {
  const at = map.items.indexOf(entry);
  const range = map.range ?? [0, 0];
  if (map.items.length === 1) {
    if (map.flow === true) return { from: range[0], to: range[1], by: "{}" };
    // Behind its key's colon, on the same line.
    const colon = text.lastIndexOf(":", startOf(entry.key));
    return { from: colon + 1, to: lineEnd(text, endOf(entry) - 1), by: " {}\n" };
  }
  if (map.flow !== true) return lines(text, startOf(entry.key), endOf(entry), at === 0);
  const next = map.items[at + 1];
  const previous = map.items[at - 1];
  if (next !== undefined) return { from: startOf(entry.key), to: startOf(next.key), by: "" };
  return previous === undefined ? undefined : { from: endOf(previous), to: endOf(entry), by: "" };
}

function ruleCut(text: string, root: MapNode, id: string): Cut | undefined {
  const rules = entryOf(root, "rules");
  const list = rules?.value;
  if (rules === undefined || !isSeq<Node>(list) || list.flow === true) return undefined;
  const at = list.items.findIndex((each) => isMap(each) && each.get("id") === id);
  const rule = list.items[at];
  if (rule === undefined) return undefined;
  const end = rule.range?.[1] ?? 0;
  if (list.items.length === 1) return lines(text, startOf(rules.key), end, false);
  return lines(text, startOf(rule), end, at === 0);
}
