/**
 * Lines on their way into one file, as the bytes that they will be there. A text is encoded once and can be digested
 * where it stands. Knows nothing of what the lines say.
 */

import { roomFor } from "../audit/room.ts";
import { ShortWrite } from "./cause.ts";
import type { Disk } from "./disk.ts";

/** Kept from one write to the next; what is wider is given back. Pages that no line has reached take no memory. */
const ROOM_BYTES = 256 * 1024;

export class Outbox {
  readonly #disk: Disk;
  readonly #roomBytes: number;
  #room: Buffer<ArrayBuffer>;
  #length = 0;

  constructor(disk: Disk, roomBytes = ROOM_BYTES) {
    this.#disk = disk;
    this.#roomBytes = roomBytes;
    this.#room = Buffer.allocUnsafeSlow(roomBytes);
  }

  /** Bytes that wait, and so where the next text goes. */
  get length(): number {
    return this.#length;
  }

  /** Appends a text in UTF-8, after a gap that `put` is to fill. */
  add(text: string, gap = 0): void {
    const start = this.#length + gap;
    // What JavaScript counts as one takes at most three bytes.
    this.#room = roomFor(this.#room, this.#length, start + 3 * text.length);
    this.#length = start + this.#room.write(text, start, "utf8");
  }

  /** Appends one byte: to encode a text takes longer, however short it is. */
  addByte(byte: number): void {
    this.#room = roomFor(this.#room, this.#length, this.#length + 1);
    this.#room[this.#length++] = byte;
  }

  /** Puts a text of ASCII over what stands at `at`. */
  put(at: number, text: string): void {
    this.#room.write(text, at, "latin1");
  }

  /** Takes back all from `at` on. */
  cut(at: number): void {
    this.#length = at;
  }

  /** What stands from `at` on; good until the next change. */
  from(at: number): Uint8Array {
    return this.#room.subarray(at, this.#length);
  }

  /**
   * Appends all to the file and gives it, good until the next change; or throws: what is left of a short write stays there,
   * as the file's torn last line, and all of it stays here.
   */
  write(): Uint8Array {
    const bytes = this.from(0);
    const taken = this.#disk.write(bytes);
    if (taken !== bytes.length) throw new ShortWrite(`short write: ${taken} of ${bytes.length} bytes`);
    this.#length = 0;
    if (this.#room.length > this.#roomBytes) this.#room = Buffer.allocUnsafeSlow(this.#roomBytes);
    return bytes;
  }
}
