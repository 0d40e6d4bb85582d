/**
 * A sample that anybody can draw again: each id is hashed with the seed, and those with the smallest digests are taken. Whoever
 * does not choose the seed cannot choose the sample. Pure.
 */

import { hash } from "node:crypto";

/** As it is told in evidence: what to do, with any program that knows SHA-256. */
export const METHOD = "the `sample` ids with the smallest sha256(seed + LF + id), as lower-case hex, in that order";

/** At most `size` of the ids. */
export const draw = (ids: readonly string[], seed: string, size: number): readonly string[] =>
  ids
    .map((id) => ({ id, digest: hash("sha256", `${seed}\n${id}`, "hex") }))
    .toSorted((a, b) => (a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0))
    .slice(0, size)
    .map(({ id }) => id);
