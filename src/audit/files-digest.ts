/** What accepted files are known by. Pure; apart from all else, since every start needs it. */

import { createHash } from "node:crypto";

/** sha256, hex, over names and contents, whatever their order. */
export function filesDigest(files: Iterable<readonly [name: string, text: string]>): string {
  const hash = createHash("sha256");
  for (const [name, text] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    // Lengths keep a name's end and a text's beginning apart.
    for (const part of [Buffer.from(name), Buffer.from(text)]) hash.update(`${part.length}:`).update(part);
  }
  return hash.digest("hex");
}
