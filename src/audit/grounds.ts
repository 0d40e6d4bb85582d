/** What decisions leave behind for whoever proves that they were allowed. Shape only. */

import type { Approver } from "../approval/approver.ts";
import type { PassUse } from "../approval/pass.ts";
import type { Obligation } from "../policy/call.ts";

/** What a use of an approval or of a pass is held against once all streams have been read. */
export interface Grounds {
  readonly approvers: readonly Approver[];
  /** What the decision demanded when it was made again; undefined where it could not be. */
  readonly demanded: readonly Obligation[] | undefined;
  /** For a pass: the call as passes are judged by it; undefined where its arguments are not there. */
  readonly use: Omit<PassUse, "now"> | undefined;
  /** Of the arguments that were sent. */
  readonly action: string | undefined;
}
