/** The parsers of SQL that an archived configuration's conditions name. */

import type { ArchivedConfig } from "../audit/archive.ts";
import { withSql } from "../config/sql-readers.ts";
import type { SqlReaders } from "../policy/sql/dialect.ts";

export async function readersFor({ rules, manifests, locks }: ArchivedConfig): Promise<SqlReaders> {
  const named = { config: { rules }, manifests: new Map(manifests), locks: new Map(locks), sql: new Map() };
  return (await withSql(named)).sql;
}
