/** What is wrong in files that would come into force. */

import { ConfigError } from "../config/error.ts";
import type { Problem } from "../policy/manifest.ts";

/** Carries everything that its message is made from. */
export class RejectedConfig extends Error {
  readonly code = "rejected";
  readonly problems: readonly Problem[];
  readonly sources: ReadonlyMap<string, string>;
  constructor(problems: readonly Problem[], sources: ReadonlyMap<string, string>) {
    super(`the configuration has ${problems.filter((one) => one.severity === "error").length} errors`);
    this.problems = problems;
    this.sources = sources;
  }
}

export const noAgent = (agent: string): ConfigError =>
  new ConfigError("no-agent", `there is no manifests/${agent}.yaml`);
