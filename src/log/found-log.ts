/** A log as it was found, whichever way it is kept. Shape only. */

import type { StampFile } from "../audit/stamps.ts";
import type { LogFiles } from "../audit/verify.ts";

export interface FoundLog {
  readonly files: LogFiles;
  /** The public key that stands beside the log. It proves less than one that was kept elsewhere. */
  readonly key: string;
  /** Of its checkpoints, smallest first. */
  readonly stamps: readonly StampFile[];
}
