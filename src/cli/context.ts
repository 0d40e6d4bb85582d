/** What every command is given. Commands open state themselves through `compose`, so that reading ones stay cheap. */

import type { Env } from "../config/env.ts";
import type { Language } from "../words/words.ts";
import type { Terminal } from "./terminal.ts";

export interface Context {
  readonly terminal: Terminal;
  readonly env: Env;
  readonly language: Language;
  /** `--config` or $KIDOBAN_CONFIG, absolute; never searched for. */
  readonly configPath: string | undefined;
  readonly stateDir: string;
  /** `--json`: one JSON value on stdout instead of text. */
  readonly json: boolean;
  now(): number;
}

/** Exit codes of every command, documented in the README. */
export const EXIT = {
  ok: 0,
  /** It worked, and the answer is no: a fault found, a finding, a difference. */
  found: 1,
  /** Wrong use: options, arguments, configuration. */
  usage: 2,
  /** The state, a file or a server could not be reached. */
  unavailable: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Says on stderr why not, and gives the code to end with. */
export function no({ terminal }: Context, sentence: string, code: ExitCode = EXIT.usage): ExitCode {
  terminal.err(`kidoban: ${sentence}\n`);
  return code;
}
