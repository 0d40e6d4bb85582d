/** What nobody can guess, as text. */

import { randomBytes } from "node:crypto";

const AT_ONCE = 256;

/** Gives so many random bytes at each call, hex. Drawn in bulk: a trip to the generator costs more than an entry of the log. */
export function randomHex(bytes: number): () => string {
  let pool = "";
  let drawn = 0;
  return () => {
    if (drawn === pool.length) [pool, drawn] = [randomBytes(AT_ONCE * bytes).toString("hex"), 0];
    const from = drawn;
    drawn += 2 * bytes;
    return pool.slice(from, drawn);
  };
}
