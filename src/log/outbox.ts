/**
 * Lines on their way into one file, as the bytes that they will be there. A text is encoded once and can be digested
 * where it stands. Knows nothing of what the lines say.
 */

import { roomFor } from "../audit/room.ts";
import { withGetters } from "../policy/with-getters.ts";
import { ShortWrite } from "./cause.ts";
import type { Disk } from "./disk.ts";

/** Kept from one write to the next; what is wider is given back. Pages that no line has reached take no memory. */
const ROOM_BYTES = 256 * 1024;

export interface Outbox {
  /** Bytes that wait, and so where the next text goes. */
  readonly length: number;
  /** Appends a text in UTF-8, after a gap that `put` is to fill. */
  add(text: string, gap?: number): void;
  /** Appends one byte: to encode a text takes longer, however short it is. */
  addByte(byte: number): void;
  /** Puts a text of ASCII over what stands at `at`. */
  put(at: number, text: string): void;
  /** Takes back all from `at` on. */
  cut(at: number): void;
  /** What stands from `at` on; good until the next change. */
  from(at: number): Uint8Array;
  /**
   * Appends all to the file, or throws: what is left of a short write stays there, as the file's torn last line, and all
   * of it stays here.
   */
  write(): void;
}

export function openOutbox(disk: Disk, roomBytes = ROOM_BYTES): Outbox {
  let room = Buffer.allocUnsafeSlow(roomBytes);
  let length = 0;

  return withGetters({
    get length() {
      return length;
    },
    add(text, gap = 0) {
      // What JavaScript counts as one takes at most three bytes.
      room = roomFor(room, length, length + gap + 3 * text.length);
      length += gap + room.write(text, length + gap, "utf8");
    },
    addByte(byte) {
      room = roomFor(room, length, length + 1);
      room[length++] = byte;
    },
    put: (at, text) => void room.write(text, at, "latin1"),
    cut(at) {
      length = at;
    },
    from: (at) => room.subarray(at, length),
    write() {
      const taken = disk.write(room.subarray(0, length));
      if (taken !== length) throw new ShortWrite(`short write: ${taken} of ${length} bytes`);
      length = 0;
      if (room.length > roomBytes) room = Buffer.allocUnsafeSlow(roomBytes);
    },
  });
}
