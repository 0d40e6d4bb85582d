/** Passkeys of somebody who has none here: always the same ones, and like those in use, so that names cannot be tried out. Pure. */

import { createHash, createHmac } from "node:crypto";

/** Of most authenticators on phones and in browsers; taken where nobody has a passkey to be like. */
const USUAL_BYTES = 32;

const bytesIn = (id: string): number => Buffer.from(id, "base64url").length;

/**
 * As many ids as somebody has, each as long as one of theirs; whose, follows from the name and stays as long as that person
 * has the same passkeys, whoever else comes or goes. `inUse`: the ids of each person, base64url. `key`: secret, for good.
 */
export function decoys(key: string, name: string, inUse: readonly (readonly string[])[]): readonly string[] {
  const weight = (ids: readonly string[]): string =>
    createHmac("sha256", key)
      .update(JSON.stringify([name, ids]))
      .digest("hex");
  const like = inUse
    .filter((ids) => ids.length > 0)
    .map((ids) => ({ ids, weight: weight(ids) }))
    .reduce<{ readonly ids: readonly string[]; readonly weight: string } | undefined>(
      (most, each) => (most === undefined || each.weight > most.weight ? each : most),
      undefined,
    );
  const lengths = like === undefined ? [USUAL_BYTES] : like.ids.map(bytesIn);
  return lengths.map((outputLength, at) =>
    createHash("shake256", { outputLength })
      .update(JSON.stringify([key, name, at]))
      .digest("base64url"),
  );
}
