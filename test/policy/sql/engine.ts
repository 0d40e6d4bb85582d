/** The real SQLite beside the judgement: what it would do for a text, and what it did to its file. */

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, DatabaseSync } from "@photostructure/sqlite";
import { FUNCTIONS } from "../../../src/policy/sql/rules.ts";

const SCHEMA = `
  CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, created TEXT);
  CREATE TABLE docs (id INTEGER PRIMARY KEY, data TEXT);
  CREATE TABLE t (a, b, c);
  CREATE TABLE 顧客 (氏名 TEXT);
  CREATE INDEX by_name ON users (name);
  INSERT INTO users VALUES (1, 'a'), (2, 'b'), (3, 'c');
  INSERT INTO orders VALUES (1, 1, '2026-01-01');
  INSERT INTO docs VALUES (1, '{"a": 1}');
`;

/** The engine calls these two operators by their signs. */
const known = new Set([...FUNCTIONS.sqlite, "->", "->>"]);

export interface Engine {
  /** What it would do, by its authorizer, that is more than reading. Nothing where it refuses the text. */
  effects(text: string): readonly string[];
  /** Runs it as a server might that takes several statements. */
  run(text: string): void;
  fingerprint(): string;
  close(): void;
}

export function engine(): Engine {
  const folder = mkdtempSync(join(tmpdir(), "kidoban-sql-"));
  const file = join(folder, "data.db");
  const database = new DatabaseSync(file);
  database.exec(SCHEMA);
  const { SQLITE_OK, SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE, SQLITE_FUNCTION, SQLITE_PRAGMA } = constants;
  const reading = new Set([SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE]);
  return {
    effects(text) {
      const found: string[] = [];
      database.setAuthorizer((action, first, second) => {
        const isKnown = action === SQLITE_FUNCTION && known.has((second ?? "").toLowerCase());
        // Only those that are told with an argument or none reach this far; see the corpus.
        const isTelling = action === SQLITE_PRAGMA && /_list$|_info$/.test(first ?? "");
        if (!reading.has(action) && !isKnown && !isTelling) found.push(`${action} ${first} ${second}`);
        return SQLITE_OK;
      });
      try {
        database.prepare(text);
      } catch {
        // What it refuses has no effect.
      } finally {
        database.setAuthorizer(null);
      }
      return found;
    },
    run(text) {
      try {
        database.exec(text);
      } catch {
        // As above.
      }
    },
    fingerprint: () => createHash("sha256").update(readFileSync(file)).digest("hex"),
    close() {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
