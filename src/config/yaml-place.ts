/** Where the parts of a parsed YAML document stand. Knows nothing of what they mean. */

import { isMap, isScalar, isSeq, Scalar, type Node, type Pair, type YAMLMap } from "yaml";
import type { Place } from "../policy/manifest.ts";

export type Path = readonly (string | number)[];

/** `text` is where a scalar's own first character stands, behind a quote or a block header. */
export type Part = "key" | "value" | "text";

export type PlaceAt = (offset: number) => Place;

/** Gives the place of a path; for what is missing, that of the key it would stand under. */
export function placeFinder(root: Node, text: string, placeAt: PlaceAt): (path: Path, part?: Part) => Place {
  const byKey = new Map<YAMLMap, ReadonlyMap<string, Pair<Node, Node | null>>>();
  const pairIn = (map: YAMLMap<Node, Node | null>, key: string | number): Pair<Node, Node | null> | undefined => {
    const pairs = byKey.get(map) ?? pairsOf(map);
    byKey.set(map, pairs);
    return typeof key === "string" ? pairs.get(key) : undefined;
  };
  const startOf = (node: Node): Place => placeAt(node.range?.[0] ?? 0);

  return (path, part = "value") => {
    let node: Node | null = root;
    let key: Node = root;
    for (const step of path) {
      if (isMap<Node, Node | null>(node)) {
        const pair = pairIn(node, step);
        if (pair === undefined) return startOf(key);
        ({ key, value: node } = pair);
      } else if (isSeq<Node | null>(node) && typeof step === "number" && step < node.items.length) {
        node = node.items[step] ?? null;
        key = node ?? key;
      } else return startOf(key);
    }
    if (part === "key" || node === null) return startOf(key);
    return part === "text" ? placeAt(textOffset(node, text)) : startOf(node);
  };
}

/** The first of each name, as the value has it too. */
function pairsOf(map: YAMLMap<Node, Node | null>): Map<string, Pair<Node, Node | null>> {
  const pairs = new Map<string, Pair<Node, Node | null>>();
  for (const pair of map.items) {
    const name = isScalar(pair.key) ? pair.key.value : undefined;
    if (typeof name === "string" && !pairs.has(name)) pairs.set(name, pair);
  }
  return pairs;
}

function textOffset(node: Node, text: string): number {
  const start = node.range?.[0] ?? 0;
  if (!isScalar(node)) return start;
  switch (node.type) {
    case Scalar.QUOTE_DOUBLE:
    case Scalar.QUOTE_SINGLE:
      return start + 1;
    case Scalar.BLOCK_FOLDED:
    case Scalar.BLOCK_LITERAL: {
      // Behind the header's line and any empty ones.
      const header = /^.*\n\s*/.exec(text.slice(start));
      return start + (header?.[0].length ?? 0);
    }
    default:
      return start;
  }
}
