/** One dialect's reader, made of its parser. Loaded with the parser, so that who names no dialect pays for nothing here. */

import type { Dialect, SqlParse, SqlReader } from "./dialect.ts";
import { sqlFacts } from "./facts.ts";
import { sqlReads } from "./reads.ts";

export const readerOf = (dialect: Dialect, parse: SqlParse): SqlReader => ({
  reads: (text) => sqlReads(text, dialect, parse),
  facts: (text) => sqlFacts(text, dialect, parse),
});
