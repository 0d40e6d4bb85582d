/** What each subcommand of `kidoban log` is given, and how it says that it cannot. */

import { LogFilesError } from "../log/found-log.ts";
import type { en } from "../words/log.ts";
import { EXIT, no, type Context, type ExitCode } from "./context.ts";

export interface LogPlace {
  readonly context: Context;
  readonly words: typeof en;
  /** The live log of this state. */
  readonly dir: string;
}

/** As given on the command line. `id` for show; `path`, `key`, `checkpoint`, `witness`, `bodiesKey`, `tsaCa` for verify;
 * `state` and `name` for witness; `id` and `number` for prove; `from` for find-secret; `out` and `format` for export; the rest for list. */
export interface LogOptions {
  readonly agent?: string | undefined;
  readonly tool?: string | undefined;
  readonly decision?: string | undefined;
  readonly server?: string | undefined;
  readonly kind?: string | undefined;
  readonly by?: string | undefined;
  readonly limit?: string | undefined;
  readonly before?: string | undefined;
  /** Of a restore that a person has been told the reason of. */
  readonly acceptEpoch?: string | undefined;
  /** False: nothing that stands in the index on disk counts. */
  readonly index?: boolean | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly follow?: boolean | undefined;
  readonly id?: string | undefined;
  readonly out?: string | undefined;
  readonly format?: string | undefined;
  readonly path?: string | undefined;
  readonly key?: string | undefined;
  readonly checkpoint?: string | undefined;
  readonly bodiesKey?: string | undefined;
  readonly witness?: string | undefined;
  /** The root certificate of who stamped the log. */
  readonly tsaCa?: string | undefined;
  readonly state?: string | undefined;
  readonly name?: string | undefined;
  readonly number?: string | undefined;
  readonly from?: string | undefined;
  /** Of a replay, as `from` is. */
  readonly to?: string | undefined;
  /** Ends `follow`; left out: only a signal to the process does. */
  readonly signal?: AbortSignal | undefined;
}

/** Wrong use of a command. */
export const misused = ({ context }: LogPlace, sentence: string): ExitCode => no(context, sentence);

/** Something that could not be read or written. */
export const unreachable = ({ context }: LogPlace, sentence: string): ExitCode =>
  no(context, sentence, EXIT.unavailable);

/** For files that are no log; other errors are thrown on. */
export function noLog(place: LogPlace, error: unknown): ExitCode {
  if (!(error instanceof LogFilesError)) throw error;
  const { words } = place;
  switch (error.code) {
    case "missing":
      return unreachable(place, words.noLog(error.path));
    case "part-missing":
      return unreachable(place, words.partMissing(error.path));
    case "format":
      return misused(place, words.notAnExport(error.path));
    case "crowded":
      return misused(place, words.crowded(error.path));
  }
}
