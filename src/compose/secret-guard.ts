/** Finds the values of secrets, exact and JSON-escaped, in what passes (P9); new ones can be learned while it is in use. */

import { secretNeedles } from "../config/secrets.ts";
import type { SecretGuard } from "../gateway/parts.ts";

export interface LearningGuard extends SecretGuard {
  /** From now on this value is found too; before anybody is given it. */
  learn(name: string, value: string): void;
}

/** A server may echo a value after it was replaced, but not for ever: so many of one name are kept. */
const KEPT = 8;

interface Needle {
  readonly name: string;
  readonly needle: string;
}

export function learningGuard(): LearningGuard {
  const known = new Map<string, readonly string[]>();
  let needles: readonly Needle[] = [];
  return {
    carries: (text) => needles.some(({ needle }) => text.includes(needle)),
    hide: (text) =>
      needles.reduce(
        (left, { name, needle }) => (left.includes(needle) ? left.replaceAll(needle, `[secret ${name}]`) : left),
        text,
      ),
    learn(name, value) {
      const values = known.get(name) ?? [];
      if (values.at(-1) === value) return;
      known.set(name, [...values.filter((one) => one !== value), value].slice(-KEPT));
      needles = [...known]
        .flatMap(([of, all]) => all.flatMap((one) => secretNeedles([one])).map((needle) => ({ name: of, needle })))
        // The longest first, so that replacing one does not leave the rest of another.
        .toSorted((a, b) => b.needle.length - a.needle.length);
    },
  };
}
