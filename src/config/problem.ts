/** Makes problems of files, and says which stop a load. */

import type { Problem } from "../policy/manifest.ts";
import { problemsIn } from "../policy/problem.ts";
import type { en } from "../words/config-problems.ts";

export const problem = problemsIn<typeof en>();

/** Whether any of these stops a load. */
export const hasErrors = (problems: readonly Problem[]): boolean => problems.some((each) => each.severity === "error");
