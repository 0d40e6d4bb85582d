/** What a person chose in `kidoban init`. Shapes only. */

import type { GrantedAccess } from "../clients/generate.ts";
import type { Moved } from "../clients/plan.ts";

export type Approve = "client" | "operator";

export interface Choices {
  readonly servers: readonly Moved[];
  readonly access: GrantedAccess;
  readonly approve: Approve;
}
