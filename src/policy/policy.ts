/** Makes a policy of what people wrote, and says everything that is wrong with it at once. Pure; reads no file. */

import { bind } from "./bind.ts";
import type { Policy } from "./bound.ts";
import { conditionProblems } from "./condition-problems.ts";
import { exampleProblems } from "./examples.ts";
import type { PolicySources, Problem } from "./manifest.ts";
import { ruleProblems } from "./rule-problems.ts";

export type { Policy } from "./bound.ts";

export interface CompiledPolicy {
  /** Not to be decided by as long as `problems` holds an error. */
  readonly policy: Policy;
  readonly problems: readonly Problem[];
}

export function compilePolicy(sources: PolicySources): CompiledPolicy {
  const { policy, problems } = compileAccepted(sources);
  // A policy with errors has no sure answers to hold examples against.
  const examples = problems.some(({ severity }) => severity === "error") ? [] : exampleProblems(policy, sources);
  return { policy, problems: [...problems, ...examples] };
}

/**
 * For a configuration whose bytes were accepted before, and its examples with them: these are not run again, which saves
 * a start the loading of the schema checker.
 */
export function compileAccepted(sources: PolicySources): CompiledPolicy {
  const { policy, attempts } = bind(sources);
  return { policy, problems: [...ruleProblems(sources), ...conditionProblems(attempts, sources.locks)] };
}
