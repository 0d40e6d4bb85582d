/**
 * Loads the parsers of SQL that a configuration names, and no others: a start that needs none pays nothing. PostgreSQL's is
 * its own, compiled to WebAssembly (libpg_query); MySQL and SQLite have a grammar in JavaScript (node-sql-parser).
 */

import type { Json } from "../policy/json.ts";
import type { Lock, Manifest, Rule } from "../policy/manifest.ts";
import { DIALECTS, type Dialect, type SqlParse, type SqlReader, type SqlReaders } from "../policy/sql/dialect.ts";

/** What of a loaded configuration may name a dialect. */
interface Naming {
  readonly config: { readonly rules: readonly Rule[] } | undefined;
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly locks: ReadonlyMap<string, Lock>;
  readonly sql: SqlReaders;
}

const loading = new Map<Dialect, Promise<SqlReader>>();

/** With readers for every dialect that a condition or a preview of it names. Rejects where a parser cannot be loaded. */
export async function withSql<L extends Naming>(loaded: L): Promise<L> {
  const dialects = dialectsIn(loaded);
  if (dialects.length === 0) return loaded;
  const readers = dialects.map(async (dialect) => [dialect, await sqlReader(dialect)] as const);
  return { ...loaded, sql: new Map(await Promise.all(readers)) };
}

/** Loaded once in a process. */
export function sqlReader(dialect: Dialect): Promise<SqlReader> {
  const reader = loading.get(dialect) ?? load(dialect);
  loading.set(dialect, reader);
  return reader;
}

/** By the texts alone: a name too many costs a parser, and one that hides leaves its condition without an answer (P11). */
function dialectsIn({ config, manifests, locks }: Naming): readonly Dialect[] {
  const items = [...locks.values()].flatMap((lock) => lock.items);
  const rules = [...(config?.rules ?? []), ...[...manifests.values()].flatMap((manifest) => manifest.rules)];
  const conditions = [...rules.map(({ when }) => when), ...items.map(({ readWhen }) => readWhen)].flatMap((one) =>
    one?.source.includes("sql_reads") === true ? [one.source] : [],
  );
  const shown = new Set(items.flatMap(({ preview }) => (preview?.kind === "sql" ? [preview.dialect] : [])));
  return DIALECTS.filter((name) => shown.has(name) || conditions.some((source) => source.includes(name)));
}

async function load(dialect: Dialect): Promise<SqlReader> {
  const [parse, { readerOf }] = await Promise.all([PARSERS[dialect](), import("../policy/sql/reader.ts")]);
  return readerOf(dialect, parse);
}

const PARSERS: Readonly<Record<Dialect, () => Promise<SqlParse>>> = {
  async postgresql() {
    const { loadModule, parseSync, SqlError } = await import("libpg-query");
    await loadModule();
    let isBroken = false;
    return (text) => {
      if (isBroken) throw new Error("the parser is broken");
      try {
        return parseSync(text) as unknown as Json;
      } catch (error) {
        // Out of its stack or memory it was left in the middle of something: what it says from then on proves nothing.
        isBroken = !(error instanceof SqlError);
        throw error;
      }
    };
  },
  async mysql() {
    const { Parser } = (await import("node-sql-parser/build/mysql.js")).default;
    return grammar(new Parser(), "mysql");
  },
  async sqlite() {
    const { Parser } = (await import("node-sql-parser/build/sqlite.js")).default;
    return grammar(new Parser(), "sqlite");
  },
};

interface Grammar {
  astify(text: string, options: { readonly database: string }): unknown;
}
const grammar =
  (parser: Grammar, database: string): SqlParse =>
  (text) =>
    parser.astify(text, { database }) as Json;
