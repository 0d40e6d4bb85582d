/**
 * What comes and goes with each call, a few at a time. A Map or a Set would do the same, but V8 makes the table of one anew
 * when it empties and when it has seen as many keys as it has room for, and links each to its follower: once the first is
 * old, all of them, with all that stood in them, stay until a full collection. To look through a few costs no more.
 */

export class Bag<T> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  add(one: T): void {
    this.#all.push(one);
  }

  delete(one: T): void {
    take(this.#all, this.#all.indexOf(one));
  }

  /** Those of now: what happens meanwhile changes nothing of it. */
  all(): readonly T[] {
    return this.#all.slice();
  }
}

export class Table<K, V> {
  readonly #keys: K[] = [];
  readonly #values: V[] = [];

  get size(): number {
    return this.#keys.length;
  }

  has(key: K): boolean {
    return this.#keys.includes(key);
  }

  get(key: K): V | undefined {
    const at = this.#keys.indexOf(key);
    return at < 0 ? undefined : this.#values[at];
  }

  /** In place of what the key had, if anything. */
  set(key: K, value: V): void {
    const at = this.#keys.indexOf(key);
    if (at >= 0) this.#values[at] = value;
    else {
      this.#keys.push(key);
      this.#values.push(value);
    }
  }

  delete(key: K): boolean {
    const at = this.#keys.indexOf(key);
    take(this.#keys, at);
    take(this.#values, at);
    return at >= 0;
  }

  /** Those of now, as above. */
  values(): readonly V[] {
    return this.#values.slice();
  }
}

/** The last comes in the place of the one that is taken out. */
function take(list: unknown[], at: number): void {
  if (at < 0) return;
  const last = list.pop();
  if (at < list.length) list[at] = last;
}
