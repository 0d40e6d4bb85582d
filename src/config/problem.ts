/** Makes problems whose code has words and whose values fit them. */

import type { Place, Problem } from "../policy/manifest.ts";
import type { en } from "../words/config-problems.ts";

export type ConfigProblemCode = keyof typeof en;
type ValuesOf<C extends ConfigProblemCode> = (typeof en)[C] extends (
  values: infer V extends Readonly<Record<string, string>>,
) => string
  ? V
  : Readonly<Record<string, never>>;

export function problem<C extends ConfigProblemCode>(
  code: C,
  values: ValuesOf<C>,
  place: Place,
  severity: Problem["severity"] = "error",
): Problem {
  return { code, values, place, severity };
}

/** Whether any of these stops a load. */
export const hasErrors = (problems: readonly Problem[]): boolean => problems.some((each) => each.severity === "error");
