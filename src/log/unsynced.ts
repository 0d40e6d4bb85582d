/**
 * Lines that the device may not have: should it fail, their entries are recorded again elsewhere. Kept as the bytes that
 * were written: as objects, each would live through some rounds of the garbage collector and cost it as much as the rest
 * of its call.
 */

import type { EntryBody } from "../audit/entry.ts";
import { parseEntry } from "../audit/line.ts";
import { roomFor } from "../audit/room.ts";

/** Kept from one sync to the next, which is due after two thousand entries; what is wider is given back. */
const ROOM_BYTES = 2 * 1024 * 1024;

export class Unsynced {
  #room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  #length = 0;
  #from = 0;

  /** Number of the first of them; all before are on the device. */
  get from(): number {
    return this.#from;
  }

  /** Bytes of them all. */
  get length(): number {
    return this.#length;
  }

  /** Lines as they went to the file. */
  push(lines: Uint8Array): void {
    this.#room = roomFor(this.#room, this.#length, this.#length + lines.length);
    this.#room.set(lines, this.#length);
    this.#length += lines.length;
  }

  /** All before number `upTo` are on the device: the first `bytes` of what is kept. */
  settle(upTo: number, bytes: number): void {
    const rest = this.#room.subarray(bytes, this.#length);
    // Not while as much comes between two syncs: a wide one thrown away with each stays until a full collection.
    if (this.#room.length > ROOM_BYTES && this.#length <= ROOM_BYTES) this.#room = Buffer.allocUnsafeSlow(ROOM_BYTES);
    this.#room.set(rest);
    this.#length = rest.length;
    this.#from = upTo;
  }

  /** What stands from number `first` on, in these and in the lines that no file has taken. */
  since(first: number, unwritten: Uint8Array): readonly EntryBody[] {
    const text = Buffer.concat([this.#room.subarray(0, this.#length), unwritten]).toString("utf8");
    return text
      .split("\n")
      .slice(Math.max(0, first - this.#from), -1)
      .map(bodyOf);
  }
}

function bodyOf(line: string): EntryBody {
  const parsed = parseEntry(line);
  if (parsed.kind !== "entry") throw new Error("a line of our own cannot be read");
  return parsed.entry.body;
}
