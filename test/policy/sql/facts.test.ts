/** What an approver is told of a text: the same for what all dialects know, and nothing where it is not sure. */

import { beforeAll, describe, expect, test } from "vitest";
import { sqlReader } from "../../../src/config/sql-readers.ts";
import { DIALECTS, type Dialect, type SqlFacts, type SqlReader } from "../../../src/policy/sql/dialect.ts";
import { corpus } from "./corpus.ts";

const readers = new Map<Dialect, SqlReader>();
beforeAll(async () => {
  for (const dialect of DIALECTS) readers.set(dialect, await sqlReader(dialect));
});
/** `kind kind! …`, what is written, read and called; `!`: without WHERE, `?`: with one, `(…)`: inside of another. */
function told(dialect: Dialect, text: string): string | undefined {
  const facts = readers.get(dialect)?.facts(text);
  return facts && [kinds(facts), facts.writes, facts.reads, facts.calls].map(String).join(" | ");
}
const kinds = ({ statements }: SqlFacts): string =>
  statements
    .map(({ kind, where, inside }) => {
      const one = kind + (where === undefined ? "" : where ? "?" : "!");
      return inside ? `(${one})` : one;
    })
    .join(", ");

const COMMON: readonly (readonly [string, string])[] = [
  ["SELECT * FROM a JOIN b ON a.id = b.id WHERE x IN (SELECT y FROM c)", "SELECT |  | a,b,c | "],
  ["UPDATE users SET a = 1", "UPDATE! | users |  | "],
  ["UPDATE users SET a = (SELECT max(b) FROM o) WHERE id = 1", "UPDATE? | users | o | "],
  ["DELETE FROM s.users", "DELETE! | s.users |  | "],
  ["DELETE FROM users WHERE id IN (SELECT id FROM old)", "DELETE? | users | old | "],
  ["DELETE FROM users WHERE id = 1; DROP TABLE x", "DELETE?, DROP TABLE | users,x |  | "],
  ["INSERT INTO t (a) SELECT b FROM u", "INSERT | t | u | "],
  ["INSERT INTO t VALUES (evil(1))", "INSERT | t |  | evil"],
  ["DROP TABLE IF EXISTS a, s.b", "DROP TABLE | a,s.b |  | "],
  // A named query may have a table's name, so it is never left out.
  ["WITH users AS (SELECT * FROM users) SELECT * FROM users", "SELECT |  | users | "],
  ["SELECT lower(a), nowhere(b) FROM t", "SELECT |  | t | nowhere"],
  ["CREATE VIEW v AS SELECT * FROM t", "CREATE VIEW | v | t | "],
];
const OWN: Readonly<Record<Dialect, readonly (readonly [string, string])[]>> = {
  postgresql: [
    [
      "WITH d AS (DELETE FROM users RETURNING *) INSERT INTO archive SELECT * FROM d",
      "INSERT, (DELETE!) | archive,users | d | ",
    ],
    ["UPDATE a SET x = 1 FROM b WHERE a.id = b.id", "UPDATE? | a | b | "],
    ["DELETE FROM a USING b", "DELETE! | a | b | "],
    ["MERGE INTO u USING p ON u.id = p.id WHEN MATCHED THEN DELETE", "MERGE | u | p | "],
    ["COPY users TO '/tmp/x'", "COPY |  | users | "],
    ["COPY users FROM PROGRAM 'id'", "COPY | users |  | "],
    ["SELECT * INTO n FROM o", "SELECT INTO | n | o | "],
    ["EXPLAIN ANALYZE DELETE FROM t", "EXPLAIN, (DELETE!) | t |  | "],
    ["TRUNCATE a, b", "TRUNCATE | a,b |  | "],
    ["CALL p(1)", "CALL |  |  | p"],
    ["SELECT evil.lower(a) FROM t", "SELECT |  | t | evil.lower"],
    ["DROP FUNCTION f(int)", "DROP FUNCTION | f |  | "],
    ["ALTER TABLE t ADD COLUMN c int", "ALTER TABLE | t |  | "],
    ["GRANT ALL ON users TO PUBLIC", "GRANT | users |  | "],
    ['DELETE FROM "Users"', "DELETE! | Users |  | "],
  ],
  mysql: [
    ["UPDATE a JOIN b ON a.id = b.id SET a.x = 1", "UPDATE! | a,b |  | "],
    ["DELETE u FROM users u JOIN o ON u.id = o.id", "DELETE! | users | o,users | "],
    ["SELECT shop.lower(a), evil(b) OVER (ORDER BY b) FROM t", "SELECT |  | t | evil,shop.lower"],
    ["REPLACE INTO t VALUES (1)", "REPLACE | t |  | "],
    ["SELECT * FROM t INTO OUTFILE '/tmp/x'", "SELECT INTO |  | t | "],
    ["TRUNCATE TABLE t", "TRUNCATE | t |  | "],
    ["CALL p(1)", "CALL |  |  | p"],
  ],
  sqlite: [
    ["REPLACE INTO t VALUES (1)", "REPLACE | t |  | "],
    ["CREATE TABLE x AS SELECT * FROM y", "CREATE TABLE | x | y | "],
    ["ALTER TABLE users ADD COLUMN x TEXT", "ALTER | users |  | "],
  ],
};

describe.each(DIALECTS)("facts of %s", (dialect) => {
  test.each([...COMMON, ...OWN[dialect]])("%s", (text, wanted) => {
    expect(told(dialect, text)).toBe(wanted);
  });

  test("are none where the text cannot be parsed, or where a setting decides how it is read (P11)", () => {
    const unsure = ["", "nonsense", "SELECT 'a", "SELECT 1\0; DELETE FROM t"];
    expect(unsure.filter((text) => told(dialect, text) !== undefined)).toEqual([]);
    // Of a backslash SQLite knows nothing; the others are set to know it, or not.
    const escaped = "DELETE FROM t WHERE a = '\\'' -- x'";
    expect(told(dialect, escaped)).toBe(dialect === "sqlite" ? "DELETE? | t |  | " : undefined);
    expect(told("mysql", "SELECT 1 /*! ; DELETE FROM t */")).toBeUndefined();
    expect(told("sqlite", "SELECT 1 # ; DELETE FROM t")).toBeUndefined();
  });

  test("of a text that is judged a read name nothing that is written and nothing that is called", () => {
    const wrong = corpus(dialect)
      .filter(({ isRead }) => isRead)
      .map(({ text }) => ({ text, facts: readers.get(dialect)?.facts(text) }))
      .filter(({ facts }) => facts !== undefined && facts.writes.length + facts.calls.length > 0);
    expect(wrong).toEqual([]);
  });
});
