/** Texts for properties of them. The library's own units of all Unicode each make a table of a million characters first. */

import { integer, oneof, string } from "fast-check";

const SURROGATES = { from: 0xd800, count: 0x800 };

/** Any one character of Unicode. */
export const character = integer({ min: 0, max: 0x10ffff - SURROGATES.count }).map((n) =>
  String.fromCodePoint(n < SURROGATES.from ? n : n + SURROGATES.count),
);

export const anyText = string({ unit: oneof(string({ minLength: 1, maxLength: 1 }), character) });
