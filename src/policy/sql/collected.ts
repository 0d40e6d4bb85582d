/** Facts as they are gathered from a tree. */

import type { SqlStatement } from "./dialect.ts";

export interface Collected {
  readonly statements: SqlStatement[];
  readonly writes: Set<string>;
  readonly reads: Set<string>;
  readonly calls: Set<string>;
}
