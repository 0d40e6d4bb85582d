/** `sql_reads()` as rules and locks use it: what is wrong with it at load, and what it says when it cannot say. */

import { describe, expect, test } from "vitest";
import { parseFiles } from "../../../src/config/load.ts";
import { sqlReader, withSql } from "../../../src/config/sql-readers.ts";
import { compileCondition } from "../../../src/policy/condition.ts";
import { decide } from "../../../src/policy/decide.ts";
import { DIALECTS, type SqlReaders } from "../../../src/policy/sql/dialect.ts";
import { argumentsShape } from "../../../src/policy/shape.ts";
import { calm, item, policyOf, problemsOf, rule, schema, sources, text } from "../build.ts";

const QUERY = schema(
  { query: text, also: text, list: { type: "array", items: text }, limit: { type: "integer" } },
  "query",
  "list",
);
const all = async (): Promise<SqlReaders> =>
  new Map(await Promise.all(DIALECTS.map(async (name) => [name, await sqlReader(name)] as const)));
const compile = (source: string, sql?: SqlReaders) => compileCondition(source, argumentsShape(QUERY), undefined, sql);
const faults = (source: string) =>
  compile(source).faults.map(({ code, subject, suggestion }) => [code, subject, suggestion]);
const given = (query: string, list: readonly string[] = []) => ({
  agent: "a",
  server: "s",
  name: "n",
  args: { query, list: [...list] },
});

const call = (sql: string) =>
  ({ agent: "scribe", server: "tracker", kind: "tool", name: "query", args: { sql } }) as const;

describe("a condition that calls sql_reads()", () => {
  test("names a dialect, outright and one that there is", () => {
    expect(faults("sql_reads(args.query, 'postgresql')")).toEqual([]);
    expect(faults("sql_reads(args.query, 'postgres')")).toEqual([["condition-sql-dialect", "postgres", "postgresql"]]);
    expect(faults("sql_reads(args.query, 'oracle')")).toEqual([["condition-sql-dialect", "oracle", undefined]]);
    expect(faults("sql_reads(args.query, args.query)")).toEqual([["condition-sql-dialect", "args.query", undefined]]);
    expect(faults("sql_reads(args.query)")[0]?.[0]).toBe("condition-overload");
    expect(faults("sql_reads(args.limit, 'mysql')")[0]?.[0]).toBe("condition-optional-field");
    expect(faults("has(args.limit) && sql_reads(args.limit, 'mysql')")[0]?.[0]).toBe("condition-overload");
    expect(faults("sql_reads(args.qery, 'mysql')")).toEqual([["condition-unknown-field", "args.qery", "query"]]);
    expect(faults("sql_read(args.query, 'mysql')")[0]).toEqual(["condition-function", "sql_read", "sql_reads"]);
  });

  test("is told at its place in the file, with what was meant", () => {
    const wrong = rule("reads", "allow", { match: ["tracker/query"], when: "sql_reads(args.sql, 'sqlit')" });
    expect(
      problemsOf({ rules: [wrong] }).map(({ code, values, place }) => [code, values["suggestion"], place.line]),
    ).toEqual([["condition-sql-dialect", "sqlite", 10]]);
  });

  test("P11: has no answer while its dialect's parser is not there, and no answer is a write", async () => {
    const condition = compile("sql_reads(args.query, 'sqlite')").condition;
    expect(condition?.holds(given("SELECT 1"))).toEqual({ failed: "sql-not-loaded" });
    expect(compile("sql_reads(args.query, 'sqlite')", await all()).condition?.holds(given("SELECT 1"))).toBe(true);

    const query = item("query", "write", {
      input: schema({ sql: text }, "sql"),
      readWhen: "sql_reads(args.sql, 'sqlite')",
    });
    const call = {
      agent: "scribe",
      server: "tracker",
      kind: "tool",
      name: "query",
      args: { sql: "SELECT 1" },
    } as const;
    const without = decide(policyOf({ tracker: [query] }), call, calm);
    expect([without.effect, without.access]).toEqual(["ask", "write"]);
    const loaded = decide(policyOf({ ...sources({ tracker: [query] }), sql: await all() }), call, calm);
    expect([loaded.effect, loaded.access]).toEqual(["allow", "read"]);
  });

  test("P11: a deny that asks for it holds where it has no answer", async () => {
    const only = rule("only-reads", "deny", { match: ["tracker/query"], when: "!sql_reads(args.sql, 'mysql')" });
    const made = sources({ rules: [only] });
    expect(decide(policyOf(made), call("SELECT 1"), calm).effect).toBe("deny");
    const policy = policyOf({ ...made, sql: await all() });
    expect(decide(policy, call("SELECT 1"), calm).effect).toBe("allow");
    expect(decide(policy, call("SELECT sleep(5)"), calm).effect).toBe("deny");
  });

  test("attack: many long texts cost a bounded time, and too many have no answer (P11)", async () => {
    const condition = compile("args.list.all(each, sql_reads(each, 'mysql'))", await all()).condition;
    const long = `SELECT 1${" UNION SELECT 1".repeat(100)}`;
    expect(condition?.holds(given("", ["SELECT 1", "SELECT 2"]))).toBe(true);
    expect(condition?.holds(given("", ["SELECT 1", "DELETE FROM t"]))).toBe(false);
    expect(
      condition?.holds(
        given(
          "",
          Array.from({ length: 200 }, () => long),
        ),
      ),
    ).toMatchObject({ failed: expect.any(String) });
  });
});

const files = (lock: string, when: string) =>
  parseFiles(
    new Map([
      [
        "kidoban.yaml",
        `kidoban: 1\nservers:\n  db: { command: db }\nrules:\n  - { id: r, effect: deny, match: [db/query], when: ${JSON.stringify(when)} }\n`,
      ],
      [
        "kidoban.lock/db.yaml",
        `kidoban: 1\nendpoint: db\ntools:\n  query:\n    access: write\n    destructive: false\n    ${lock}\n    definition: ${JSON.stringify({ name: "query", inputSchema: QUERY })}\n`,
      ],
    ]),
    "/project",
  );

const loaded = async (lock: string, when = "false") => {
  const read = files(lock, when);
  expect(read.problems).toEqual([]);
  return [...(await withSql(read)).sql.keys()];
};

describe("parsers", () => {
  test("are loaded for the dialects that a lock or a rule names, and no others", async () => {
    expect(await loaded("volatile: []")).toEqual([]);
    expect(await loaded("read_when: sql_reads(args.query, 'mysql')")).toEqual(["mysql"]);
    expect(await loaded("preview: { sql: query, dialect: postgresql }")).toEqual(["postgresql"]);
    expect(await loaded("preview: { sql: query, dialect: sqlite }", "!sql_reads(args.query, 'mysql')")).toEqual([
      "mysql",
      "sqlite",
    ]);
    expect(await loaded("volatile: []", "args.query == 'mysql'")).toEqual([]);
  });
});
