/** Which texts are reads: a corpus for each dialect, attacks spliced into reads, and the real SQLite as a witness. */

import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqlReader } from "../../../src/config/sql-readers.ts";
import { DIALECTS, type Dialect, type SqlReader } from "../../../src/policy/sql/dialect.ts";
import { corpus } from "./corpus.ts";
import { engine, type Engine } from "./engine.ts";

const readers = new Map<Dialect, SqlReader>();
const reads = (dialect: Dialect, text: string): boolean => readers.get(dialect)?.reads(text) ?? true;

beforeAll(async () => {
  for (const dialect of DIALECTS) readers.set(dialect, await sqlReader(dialect));
});

describe.each(DIALECTS)("P2: %s", (dialect) => {
  const cases = corpus(dialect);

  test("has a corpus that is large enough to mean something", () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
    expect(cases.filter(({ isRead }) => isRead).length).toBeGreaterThan(60);
  });

  test("every text of the corpus is what it is said to be", () => {
    expect(cases.filter(({ text, isRead }) => reads(dialect, text) !== isRead)).toEqual([]);
  });

  test("letters in capitals and blanks change nothing", () => {
    const plain = cases.filter(({ text, isRead }) => isRead && !/['"`\\]|--/.test(text));
    const shouting = plain.map(({ text }) => text.toUpperCase());
    const spaced = plain.map(({ text }) => text.replaceAll(" ", "\n  \t"));
    expect([...shouting, ...spaced].filter((text) => !reads(dialect, text))).toEqual([]);
  });

  test("attack: an effect spliced into a read, between any two words of it, makes it no read", () => {
    const bases = cases.filter(({ text, isRead }) => isRead && !/['"`\\;]|--|\/\*/.test(text)).map(({ text }) => text);
    const splice = fc
      .tuple(fc.constantFrom(...bases), fc.constantFrom(...EFFECTS[dialect]), fc.nat(), fc.boolean())
      .map(([base, effect, at, replaces]) => {
        const words = base.split(" ");
        return words.toSpliced(at % (words.length + 1), replaces ? 1 : 0, effect).join(" ");
      });
    fc.assert(
      fc.property(splice, (text) => !reads(dialect, text)),
      { seed: 4, numRuns: 3000 },
    );
  });

  test("attack: nothing between quotes, comments and escapes hides an effect from the reader", () => {
    const hidden = fc
      .tuple(
        fc.constantFrom(...OPENERS),
        fc.constantFrom(...CLOSERS),
        fc.constantFrom(...EFFECTS[dialect]),
        fc.constantFrom("SELECT 'a", "SELECT 1", "SELECT a FROM t WHERE a = '", "SELECT '' "),
        fc.constantFrom("", " -- '", " /*", "'", " '", "\n--", " #"),
      )
      .map(([opener, closer, effect, before, after]) => `${before}${opener}x${closer} ${effect}${after}`);
    fc.assert(
      fc.property(hidden, (text) => !reads(dialect, text) || isInert(text, dialect)),
      { seed: 5, numRuns: 4000 },
    );
  });

  test("what is too long, too deep or too much to parse is no read, and does not keep the gate", () => {
    const large = [
      deep("(", ")", 5000),
      deep("NOT ", "", 3000),
      deep("- ", "", 4000),
      deep("lower(", ")", 2000),
      deep("CASE WHEN 1 THEN ", " END", 1500),
      deep("(SELECT ", ")", 1500),
      `SELECT ${"1+".repeat(9000)}1`,
      `SELECT '${"a".repeat(30_000)}'`,
      `SELECT 1${" UNION SELECT 1".repeat(3000)}`,
    ];
    expect(large.filter((text) => reads(dialect, text))).toEqual([]);
    // The parser is as good as before.
    expect(reads(dialect, "SELECT 1")).toBe(true);
  });
});

const deep = (open: string, close: string, times: number): string =>
  `SELECT ${open.repeat(times)}1${close.repeat(times)}`;

const OPENERS = [
  "'",
  "''",
  "\\'",
  '"',
  "`",
  "--",
  "-- ",
  "/*",
  "/*!",
  "/*!50000",
  "/*+",
  "#",
  "$$",
  "$a$",
  "E'",
  "\\",
  "\0",
  "\r",
  "[",
  "{",
];
const CLOSERS = ["'", "''", "\\'", '"', "`", "\n", "\r", "*/", "/**/", "$$", "$a$", "\\", "]", "}", "\u2028", "\u0085"];
const COMMON = [
  "; DELETE FROM users",
  "; SELECT 1",
  "INTO x",
  "FOR UPDATE",
  "evil(1)",
  "evil.lower(1)",
  "RETURNING *",
  "UNION DELETE FROM users",
];
const EFFECTS: Readonly<Record<Dialect, readonly string[]>> = {
  postgresql: [
    ...COMMON,
    "pg_sleep(1)",
    "nextval(1)",
    "set_config(1, 2, false)",
    "pg_catalog.pg_sleep(1)",
    "OPERATOR(evil.+)",
    "::evil",
    "FOR SHARE",
    "(WITH x AS (DELETE FROM users RETURNING 1) SELECT 1 FROM x)",
    "INTO TEMP x",
  ],
  mysql: [
    ...COMMON,
    "sleep(1)",
    "INTO OUTFILE 1",
    "INTO @a",
    "@a := 1",
    "LOCK IN SHARE MODE",
    "PROCEDURE ANALYSE()",
    "/*!50000 sleep(1)*/",
    "load_file(1)",
  ],
  sqlite: [
    ...COMMON,
    "load_extension(1)",
    "readfile(1)",
    "writefile(1, 2)",
    "; PRAGMA user_version = 5",
    "; ATTACH 1 AS x",
    "eval(1)",
  ],
};

/** Whether the effect stands in a string or a comment of this very text, by each dialect's plainest rules. */
function isInert(text: string, dialect: Dialect): boolean {
  const comments =
    dialect === "postgresql"
      ? /^(?:'(?:[^']|'')*'|"[^"]*"|--[^\n\r]*|\/\*[^*]*\*\/|[^'"-])*$/
      : /^(?:'(?:[^']|'')*'|"[^"]*"|--[^\n\r]*|[^'"-])*$/;
  const bare = text.replaceAll(/'(?:[^']|'')*'|"[^"]*"|--[^\n\r]*/g, " ");
  return (
    comments.test(text) &&
    !/delete|into|update|evil|pg_sleep|nextval|set_config|operator|::|share|sleep|@|lock|procedure|load|file|pragma|attach|eval|returning|;./i.test(
      bare,
    )
  );
}

describe("SQLite itself agrees", () => {
  let real: Engine;
  beforeAll(() => (real = engine()));
  afterAll(() => real.close());

  test("P2: what is judged a read does nothing but read, and leaves the file as it was", () => {
    const before = real.fingerprint();
    const judged = corpus("sqlite").filter(({ text }) => reads("sqlite", text));
    for (const { text } of judged) {
      expect([text, real.effects(text)]).toEqual([text, []]);
      real.run(text);
    }
    expect(real.fingerprint()).toBe(before);
    // The witness can see an effect.
    expect(real.effects("DELETE FROM users")).not.toEqual([]);
    expect(real.effects("SELECT load_extension('x')")).not.toEqual([]);
  });

  test("attack: mutated texts that are judged reads do nothing but read", { timeout: 60_000 }, () => {
    const before = real.fingerprint();
    const cases = corpus("sqlite");
    const texts = cases.map(({ text }) => text);
    const readings = cases.filter(({ isRead }) => isRead).map(({ text }) => text);
    const scrap = fc.constantFrom(...SCRAPS, ...texts.flatMap((text) => text.split(" ")));
    const mutated = fc
      .tuple(
        fc.oneof(fc.constantFrom(...texts), fc.constantFrom(...readings)),
        fc.array(fc.tuple(fc.nat(), fc.nat(3), scrap, fc.boolean()), { minLength: 1, maxLength: 4 }),
      )
      .map(([text, edits]) => {
        let now = text;
        for (const [at, cut, put, blank] of edits) {
          const start = at % (now.length + 1);
          now = now.slice(0, start) + (blank ? ` ${put} ` : put) + now.slice(start + cut);
        }
        return now;
      });
    let judged = 0;
    fc.assert(
      fc.property(mutated, (text) => {
        if (!reads("sqlite", text)) return true;
        judged += 1;
        const effects = real.effects(text);
        real.run(text);
        return effects.length === 0;
      }),
      { seed: 6, numRuns: 20_000 },
    );
    expect(judged).toBeGreaterThan(500);
    expect(real.fingerprint()).toBe(before);
  });
});

const SCRAPS = [
  "'",
  "''",
  '"',
  "`",
  "[",
  "]",
  "--",
  "/*",
  "*/",
  "\n",
  "\r",
  "\0",
  ";",
  "(",
  ")",
  ",",
  "\\",
  "#",
  "@a",
  "?",
  "||",
  "->",
  "DELETE FROM users",
  "load_extension",
  "AS",
  "FROM",
  "SELECT",
  "1",
];
