/** What a text of SQL does, for an approver: kinds of statements, tables written and read, what it calls. Pure. */

import type { Json } from "../json.ts";
import type { Collected } from "./collected.ts";
import { isPlain, type Dialect, type SqlFacts, type SqlParse } from "./dialect.ts";
import { postgresqlFacts } from "./postgresql-facts.ts";
import { statementFacts } from "./statement-facts.ts";
import { rewritten, tokensOf } from "./tokens.ts";

/**
 * Never throws. Undefined is said plainly to the approver: a summary that is wrong misleads more than none. So what a
 * server's settings decide is not summed up either.
 */
export function sqlFacts(text: string, dialect: Dialect, parse: SqlParse): SqlFacts | undefined {
  if (!isPlain(text)) return undefined;
  const found: Collected = { statements: [], writes: new Set(), reads: new Set(), calls: new Set() };
  try {
    if (dialect === "postgresql") postgresqlFacts(text, parse, found);
    else {
      const tokens = tokensOf(text, dialect);
      if (tokens === undefined) return undefined;
      const tree = parse(rewritten(tokens));
      for (const statement of Array.isArray(tree) ? tree : [tree]) statementFacts(statement as Json, dialect, found);
    }
  } catch {
    return undefined;
  }
  if (found.statements.length === 0) return undefined;
  return {
    statements: found.statements,
    writes: sorted(found.writes),
    reads: sorted(found.reads),
    calls: sorted(found.calls),
  };
}

const sorted = (names: ReadonlySet<string>): readonly string[] => [...names].toSorted();
