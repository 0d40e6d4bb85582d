/** What a call goes by in the log. */

import { randomBytes } from "node:crypto";

const ID_BYTES = 12;
let pool = Buffer.alloc(0);
let drawn = 0;

/** 12 random bytes, hex. Drawn in bulk: each trip to the generator costs more than the entry that the id stands in. */
export function newId(): string {
  if (drawn === pool.length) [pool, drawn] = [randomBytes(256 * ID_BYTES), 0];
  const from = drawn;
  drawn += ID_BYTES;
  return pool.toString("hex", from, drawn);
}
