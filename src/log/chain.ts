/** The chain and the tree over the lines of one stream. A line is hashed when somebody needs it: the next one, or the ledger. */

import { NO_PREV } from "../audit/line.ts";
import { roomFor } from "../audit/room.ts";
import { leafHash, Tree } from "../audit/tree.ts";

/** As the hex digits that they are: to make bytes of them and digits again takes longer than to copy twice as many. */
const HASH_BYTES = 64;

/**
 * Hashes that are not in the tree yet: folding them waits for the next checkpoint, off the call path. Kept as bytes: as
 * texts, all of them would outlive some rounds of the garbage collector and stay until a full one.
 */
class Unfolded {
  #room = Buffer.allocUnsafeSlow(1024 * HASH_BYTES);
  #length = 0;

  push(hash: string): void {
    this.#room = roomFor(this.#room, this.#length, this.#length + HASH_BYTES);
    this.#length += this.#room.write(hash, this.#length, "latin1");
  }

  /** The first `count`, or all that there are, go into the tree. */
  foldInto(tree: Tree, count: number): void {
    const end = Math.min(count * HASH_BYTES, this.#length);
    for (let at = 0; at < end; at += HASH_BYTES) tree.append(this.#room.toString("latin1", at, at + HASH_BYTES));
    this.#room.copyWithin(0, end, this.#length);
    this.#length -= end;
  }
}

export class Chain {
  readonly #tree = new Tree();
  #prev = NO_PREV;
  /** The last line, as long as it has no hash yet. */
  #unhashed: string | undefined;
  readonly #unfolded = new Unfolded();

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
    this.#unfolded.foldInto(this.#tree, size - this.#tree.size);
    return { size: this.#tree.size, root: this.#tree.root() };
  }
}
