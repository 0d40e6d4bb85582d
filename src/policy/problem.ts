/** Makes problems whose code has words and whose values fit them. */

import type { en } from "../words/policy-problems.ts";
import type { Place, Problem } from "./manifest.ts";

export type PolicyProblemCode = keyof typeof en;
/** What a sentence takes; some take nothing. */
type ValuesOf<S> = S extends (values: infer V extends Readonly<Record<string, string>>) => string
  ? V
  : Readonly<Record<string, never>>;

/** For the words of one part: `Words` are its sentences by code. */
export const problemsIn =
  <Words extends object>() =>
  <C extends keyof Words & string>(
    code: C,
    values: ValuesOf<Words[C]>,
    place: Place,
    severity: Problem["severity"] = "error",
  ): Problem => ({ code, values, place, severity });

export const problem = problemsIn<typeof en>();
