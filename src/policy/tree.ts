/** Questions to a condition's tree as the parser gives it, before macros are expanded. Pure. */

import type { ASTNode } from "@marcbachmann/cel-js";

export const COMPREHENSIONS = new Set(["all", "exists", "exists_one", "map", "filter"]);

export const sourceOf = (node: ASTNode): string => node.input.slice(node.start, node.end);

/** Whether a list is itself made by a comprehension: two in a row multiply as two nested ones do. */
export function loops(node: ASTNode): boolean {
  switch (node.op) {
    case "rcall":
      return COMPREHENSIONS.has(node.args[0]) || loops(node.args[1]) || node.args[2].some(loops);
    case "call":
      return node.args[1].some(loops);
    case "list":
      return node.args.some(loops);
    case "map":
      return node.args.flat().some(loops);
    case ".":
    case ".?":
      return loops(node.args[0]);
    case "!_":
    case "-_":
      return loops(node.args);
    case "value":
    case "id":
      return false;
    default:
      return node.args.some(loops);
  }
}

/** Paths that are there for sure when `node` came out as `outcome`. */
export function factsIf(node: ASTNode, outcome: boolean): readonly string[] {
  switch (node.op) {
    case "call": {
      const [asked] = node.args[1];
      const path = node.args[0] === "has" && asked !== undefined ? pathOf(asked) : undefined;
      return outcome && path !== undefined ? [path] : [];
    }
    case "!_":
      return factsIf(node.args, !outcome);
    case "&&":
    case "||":
      // The other outcome says only that one of both sides had it.
      return outcome === (node.op === "&&") ? node.args.flatMap((each) => factsIf(each, outcome)) : [];
    default:
      return [];
  }
}

function pathOf(node: ASTNode): string | undefined {
  if (node.op === "id") return node.args;
  if (node.op !== ".") return undefined;
  const above = pathOf(node.args[0]);
  return above === undefined ? undefined : `${above}.${node.args[1]}`;
}
