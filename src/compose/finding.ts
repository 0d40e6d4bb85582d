/** One thing that `kidoban check` found: what it is, how bad, and where. Text is made from `code` and `values` in words/. */

import type { Place } from "../policy/manifest.ts";
import type { en } from "../words/check.ts";

export type FindingCode = keyof (typeof en)["findings"];
/** error: a promise does not hold, or something cannot work. note: to be known, nothing to be done. */
export type Severity = "error" | "warning" | "note";

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly values: Readonly<Record<string, string>>;
  /** As places in configuration files name it, or an absolute path. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}

type ValuesOf<C extends FindingCode> = (typeof en)["findings"][C] extends (
  values: infer V extends Readonly<Record<string, string>>,
) => string
  ? V
  : Readonly<Record<string, never>>;

export function finding<C extends FindingCode>(
  code: C,
  severity: Severity,
  values: ValuesOf<C>,
  at?: Place | string,
): Finding {
  const where = at === undefined ? {} : typeof at === "string" ? { file: at } : { file: at.file, line: at.line };
  return { code, severity, values, ...where };
}
