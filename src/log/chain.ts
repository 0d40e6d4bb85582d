/** The chain and the tree over the lines of one stream. A line is hashed when somebody needs it: the next one, or the ledger. */

import { NO_PREV } from "../audit/line.ts";
import { leafHash, Tree } from "../audit/tree.ts";

export class Chain {
  readonly #tree = new Tree();
  #prev = NO_PREV;
  /** The last line, as long as it has no hash yet. */
  #unhashed: string | undefined;
  /** Hashes of lines that are not in the tree yet: folding them waits for the next checkpoint, off the call path. */
  readonly #unfolded: string[] = [];

  /** The hash of the last line, which the next one names. */
  prev(): string {
    this.hashLast();
    return this.#prev;
  }

  /** The next line, after `prev` was asked. */
  add(line: string): void {
    this.#unhashed = line;
  }

  /** What would be done for the next line. */
  hashLast(): void {
    if (this.#unhashed === undefined) return;
    this.#prev = leafHash(this.#unhashed);
    this.#unfolded.push(this.#prev);
    this.#unhashed = undefined;
  }

  /** Size and root of the tree over the first `size` lines, which is never less than it was before. */
  head(size: number): { readonly size: number; readonly root: string } {
    this.hashLast();
    for (const hash of this.#unfolded.splice(0, size - this.#tree.size)) this.#tree.append(hash);
    return { size: this.#tree.size, root: this.#tree.root() };
  }
}
