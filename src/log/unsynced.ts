/**
 * Lines that the device may not have: should it fail, their entries are recorded again elsewhere. Kept as the bytes that
 * were written: as objects, each would live through some rounds of the garbage collector and cost it as much as the rest
 * of its call.
 */

import type { EntryBody } from "../audit/entry.ts";
import { parseEntry } from "../audit/line.ts";
import { roomFor } from "../audit/room.ts";
import { withGetters } from "../policy/with-getters.ts";

/** Kept from one sync to the next, which is due after a thousand entries; what is wider is given back. */
const ROOM_BYTES = 1024 * 1024;

export interface Unsynced {
  /** Number of the first of them; all before are on the device. */
  readonly from: number;
  /** Bytes of them all. */
  readonly length: number;
  /** Lines as they went to the file. */
  push(lines: Uint8Array): void;
  /** All before number `upTo` are on the device: the first `bytes` of what is kept. */
  settle(upTo: number, bytes: number): void;
  /** What stands from number `first` on, in these and in the lines that no file has taken. */
  since(first: number, unwritten: Uint8Array): readonly EntryBody[];
}

export function openUnsynced(): Unsynced {
  let room = Buffer.allocUnsafeSlow(ROOM_BYTES);
  let length = 0;
  let from = 0;
  return withGetters({
    get from() {
      return from;
    },
    get length() {
      return length;
    },
    push(lines) {
      room = roomFor(room, length, length + lines.length);
      room.set(lines, length);
      length += lines.length;
    },
    settle(upTo, bytes) {
      const rest = room.subarray(bytes, length);
      // Not while as much comes between two syncs: a wide one thrown away with each stays until a full collection.
      if (room.length > ROOM_BYTES && length <= ROOM_BYTES) room = Buffer.allocUnsafeSlow(ROOM_BYTES);
      room.set(rest);
      length = rest.length;
      from = upTo;
    },
    since(first, unwritten) {
      const text = Buffer.concat([room.subarray(0, length), unwritten]).toString("utf8");
      return text
        .split("\n")
        .slice(Math.max(0, first - from), -1)
        .map(bodyOf);
    },
  });
}

function bodyOf(line: string): EntryBody {
  const parsed = parseEntry(line);
  if (parsed.kind !== "entry") throw new Error("a line of our own cannot be read");
  return parsed.entry.body;
}
