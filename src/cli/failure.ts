/** Errors to exit codes and sentences, once for all commands. */

import { ConfigError } from "../config/error.ts";
import { renderProblems } from "../config/diagnostics.ts";
import { RejectedConfig } from "../compose/rejected.ts";
import { LedgerError } from "../log/ledger.ts";
import { StoreError } from "../store/store.ts";
import { ServerError } from "../gateway/ports.ts";
import { en, ja } from "../words/cli.ts";
import type { Language } from "../words/words.ts";
import { EXIT, type ExitCode } from "./context.ts";
import type { Terminal } from "./terminal.ts";

/** What a person is told of an error; all problems of a configuration at once. */
export function describe(language: Language, error: unknown): string {
  const words = language === "ja" ? ja : en;
  if (error instanceof RejectedConfig) return renderProblems(error.problems, error.sources, language);
  if ((error instanceof StoreError || error instanceof LedgerError) && error.code === "newer")
    return words.stateNewer(error.message);
  if (error instanceof StoreError || error instanceof LedgerError) return words.stateUnavailable(error.message);
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): ExitCode {
  if (error instanceof RejectedConfig || error instanceof ConfigError) return EXIT.usage;
  // node:util parseArgs
  if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"))
    return EXIT.usage;
  if (error instanceof StoreError || error instanceof ServerError) return EXIT.unavailable;
  return EXIT.unavailable;
}

export function failure(terminal: Terminal, language: Language, error: unknown): ExitCode {
  terminal.err(`kidoban: ${describe(language, error)}\n`);
  return codeOf(error);
}
