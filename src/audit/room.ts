/** Memory for bytes that are gathered. */

/** Room for `most` bytes, what stands in the first `length` kept: the same buffer where it has them, else a wider one. */
export function roomFor(room: Buffer<ArrayBuffer>, length: number, most: number): Buffer<ArrayBuffer> {
  if (most <= room.length) return room;
  const wider = Buffer.allocUnsafeSlow(2 * most);
  room.copy(wider, 0, 0, length);
  return wider;
}
