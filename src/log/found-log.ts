/** A log as it was found, whichever way it is kept, or why it is none. */

import type { StampFile } from "../audit/stamps.ts";
import type { LogFiles } from "../audit/verify.ts";

export interface FoundLog {
  readonly files: LogFiles;
  /** The public key that stands beside the log. It proves less than one that was kept elsewhere. */
  readonly key: string;
  /** Of its checkpoints, smallest first. */
  readonly stamps: readonly StampFile[];
}

/**
 * `missing`: nothing is there; `part-missing`: a folder without a file that a log has; `format`: no export of this
 * version; `crowded`: too many files that the ledger does not know.
 */
export class LogFilesError extends Error {
  readonly code: "missing" | "part-missing" | "format" | "crowded";
  readonly path: string;
  constructor(code: LogFilesError["code"], path: string, message: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}
