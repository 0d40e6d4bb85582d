/** Makes problems whose code has words and whose values fit them. */

import type { en } from "../words/policy-problems.ts";
import type { Place, Problem } from "./manifest.ts";

export type PolicyProblemCode = keyof typeof en;
type ValuesOf<C extends PolicyProblemCode> = Parameters<(typeof en)[C]>[0];

export function problem<C extends PolicyProblemCode>(
  code: C,
  values: ValuesOf<C>,
  place: Place,
  severity: Problem["severity"] = "error",
): Problem {
  return { code, values, place, severity };
}
