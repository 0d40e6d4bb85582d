/**
 * Merkle tree over lines, as in RFC 6962 section 2.1: leaf and node hashes, a tree that grows by a stack of at most one
 * hash per bit of its size. Hashes are 64 hex digits. Knows lines only as text.
 */

import { hash } from "node:crypto";
import { roomFor } from "./room.ts";

/** The root of a tree without leaves: sha256 of nothing. */
export const EMPTY_ROOT = hash("sha256", "", "hex");

/** Its first byte stays 0. */
let leaf = Buffer.alloc(4096);

/** sha256(0x00 ‖ leaf). */
export function leafHash(line: string): string {
  return hash("sha256", "\0" + line, "hex");
}

/** The same of a line as its bytes. */
export function leafHashOf(line: Uint8Array): string {
  leaf = roomFor(leaf, 1, 1 + line.length);
  leaf.set(line, 1);
  return hash("sha256", leaf.subarray(0, line.length + 1), "hex");
}

const node = Buffer.alloc(65, 1);
/** sha256(0x01 ‖ left ‖ right). */
export function nodeHash(left: string, right: string): string {
  node.write(left + right, 1, "hex");
  return hash("sha256", node, "hex");
}

/** What must be kept of a tree so that it can grow: the roots of its full subtrees, largest first. */
export interface TreeState {
  readonly size: number;
  readonly stack: readonly string[];
}

/** A tree that goes on from `from`; left out: an empty one. */
export class Tree {
  #size: number;
  readonly #stack: string[];

  constructor(from: TreeState = { size: 0, stack: [] }) {
    this.#size = from.size;
    this.#stack = [...from.stack];
  }

  get size(): number {
    return this.#size;
  }

  /** Appends one leaf by its hash. */
  append(leaf: string): void {
    let right = leaf;
    // Each low set bit of the old size is a full subtree of that height which the new leaf completes.
    for (let bits = this.#size; bits % 2 === 1; bits = Math.floor(bits / 2))
      right = nodeHash(this.#stack.pop() ?? "", right);
    this.#stack.push(right);
    this.#size++;
  }

  root(): string {
    let right = this.#stack.at(-1);
    if (right === undefined) return EMPTY_ROOT;
    for (let i = this.#stack.length - 2; i >= 0; i--) right = nodeHash(this.#stack[i] ?? "", right);
    return right;
  }

  state(): TreeState {
    return { size: this.#size, stack: [...this.#stack] };
  }
}

/** The tree over these lines, which come after what `from` holds. */
export function treeOver(lines: Iterable<string>, from?: TreeState): Tree {
  const tree = new Tree(from);
  for (const line of lines) tree.append(leafHash(line));
  return tree;
}
