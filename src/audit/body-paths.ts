/** Places in JSON texts that a configuration names, and what stands there. Knows nothing of what becomes of it. */

import { parseTree, type Node } from "jsonc-parser";

/** Names of members from the outside in; `*` is any member, and any element of a list. */
export type BodyPath = readonly string[];

/** Of one call: what is taken out of its arguments and of its result before they are kept. */
export interface Hiding {
  readonly args: readonly BodyPath[];
  readonly result: readonly BodyPath[];
}

export interface Hidden {
  /** Of the value in the text, its quotes included; UTF-16 units, the end not included. */
  readonly from: number;
  readonly to: number;
  /** What stands there: of a string itself, of all else its text. */
  readonly value: string;
}

/** `text` is JSON. What stands within another that is hidden is not named again. */
export function hiddenIn(text: string, places: readonly BodyPath[]): readonly Hidden[] {
  const root = places.length === 0 ? undefined : parseTree(text);
  return root === undefined ? [] : within(text, root, places);
}

function within(text: string, node: Node, places: readonly BodyPath[]): readonly Hidden[] {
  if (places.some((place) => place.length === 0)) {
    const [from, to] = [node.offset, node.offset + node.length];
    return [{ from, to, value: node.type === "string" ? String(node.value) : text.slice(from, to) }];
  }
  const children =
    node.type === "object"
      ? (node.children ?? []).map(({ children: [name, value] = [] }) => [String(name?.value), value] as const)
      : (node.children ?? []).map((value, at) => [String(at), value] as const);
  return children.flatMap(([name, value]) => {
    const rest = places.filter(([first]) => first === "*" || first === name).map((place) => place.slice(1));
    return value === undefined || rest.length === 0 ? [] : within(text, value, rest);
  });
}
