/** One SQLite connection: its settings, its transactions, its errors as StoreErrors. Knows no table. */

import { open, type FileHandle } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection, Driver, PreparedStatement, Row, Value } from "./driver.ts";
import { privateFile } from "./folder.ts";
import { StoreError } from "./store.ts";

/** SQLite's busy handler is unfair under load; the longest wait seen with four writers was 6.7 s. */
const BUSY_TIMEOUT_MS = 10_000;

const CODES: Readonly<Record<number, StoreError["code"]>> = {
  5: "busy",
  6: "busy",
  11: "corrupt",
  14: "open",
  26: "corrupt",
};

interface SqliteError extends Error {
  /** SQLite's result code, extended. */
  readonly errcode: number;
}

const isSqliteError = (error: unknown): error is SqliteError =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number";

/** SQLite's primary result code, or undefined for an error of another kind. */
const resultCode = (error: unknown): number | undefined => (isSqliteError(error) ? error.errcode & 0xff : undefined);

const storeError = (error: unknown): unknown =>
  isSqliteError(error) ? new StoreError(CODES[error.errcode & 0xff] ?? "io", error.message, error) : error;

/** Runs a step; an error of SQLite's comes out as a StoreError. */
export function attempt<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw storeError(error);
  }
}

export class Database {
  // Held as long as any statement: one of the libraries does not keep a statement's database alive by itself.
  readonly #connection: Connection;
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #written: () => void;
  readonly #aheadPath: string;
  /** SQLite takes no lock on this file, so that closing it drops none (it locks the database and its index). */
  #ahead: Promise<FileHandle> | undefined;

  /** `written` is called after each committed transaction of this connection. */
  constructor(connection: Connection, path: string, written: () => void) {
    this.#connection = connection;
    this.#aheadPath = `${path}-wal`;
    this.#written = written;
  }

  #prepared(sql: string, values: readonly Value[]): PreparedStatement {
    // Text is cut at a NUL by one of the libraries. What others wrote is stored as JSON, which escapes it.
    if (values.some((value) => typeof value === "string" && value.includes("\0"))) {
      throw new TypeError("text with a NUL cannot be bound");
    }
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Gives the number of rows changed. Only within `write`. */
  run(sql: string, ...values: Value[]): number {
    return attempt(() => Number(this.#prepared(sql, values).run(...values).changes));
  }

  get(sql: string, ...values: Value[]): Row | undefined {
    return attempt(() => this.#prepared(sql, values).get(...values) as Row | undefined);
  }

  all(sql: string, ...values: Value[]): readonly Row[] {
    return attempt(() => this.#prepared(sql, values).all(...values) as Row[]);
  }

  exec(sql: string): void {
    attempt(() => this.#connection.exec(sql));
  }

  /** One transaction that has the write lock from its start, so that what `step` reads stays true until it has written. */
  write<T>(step: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    let result: T;
    try {
      result = step();
      this.exec("COMMIT");
    } catch (error) {
      try {
        this.#connection.exec("ROLLBACK");
      } catch {
        // SQLite has rolled back by itself already, e.g. on a full disk.
      }
      throw error;
    }
    this.#written();
    return result;
  }

  /**
   * Like `write`, but what was committed reaches the device only later: nobody may be told of it before `synced` has
   * resolved. The commit itself then costs the calling thread no disk. A later `write`, of any process, syncs it too.
   */
  writeUnsynced<T>(step: () => T): T {
    this.exec("PRAGMA synchronous = NORMAL");
    try {
      return this.write(step);
    } finally {
      this.exec("PRAGMA synchronous = FULL");
    }
  }

  /** Resolves when all that was committed before is on the device; in this mode it stands in the write-ahead log. */
  async synced(): Promise<void> {
    try {
      // The promise is kept: of two that ask at once, one handle would be lost.
      await (await (this.#ahead ??= open(this.#aheadPath, "r+"))).datasync();
    } catch (error) {
      throw new StoreError("io", `the write-ahead log could not be synced: ${String(error)}`, error);
    }
  }

  /** Holds the write lock while `step` runs, which writes elsewhere. */
  alone<T>(step: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    try {
      return step();
    } finally {
      this.exec("ROLLBACK");
    }
  }

  /** All that `step` reads is of one moment, whatever other processes write meanwhile. */
  read<T>(step: () => T): T {
    this.exec("BEGIN");
    try {
      return step();
    } finally {
      this.exec("COMMIT");
    }
  }

  close(): void {
    this.#statements.clear();
    void this.#ahead?.then((file) => file.close()).catch(() => undefined);
    attempt(() => this.#connection.close());
  }
}

/** Turning WAL on needs the file alone for a moment and does not wait for it by itself. */
async function writeAhead(connection: Connection): Promise<void> {
  const until = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      const row = connection.prepare("PRAGMA journal_mode = WAL").get() as Row | undefined;
      if (row?.["journal_mode"] === "wal") return;
      throw new StoreError("open", "the state's file system cannot share a write-ahead log");
    } catch (error) {
      if (resultCode(error) !== 5 || performance.now() > until) throw storeError(error);
    }
    await sleep(10);
  }
}

/** Opens the file, made when it is missing, with every commit durable when it returns. Throws StoreError. */
export async function openDatabase(driver: Driver, path: string, written: () => void): Promise<Database> {
  privateFile(path);
  const connection = attempt(() => driver.open(path));
  try {
    attempt(() => connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`));
    await writeAhead(connection);
    // fullfsync: on macOS alone a plain fsync does not reach the disk.
    attempt(() => connection.exec("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA trusted_schema = OFF"));
    // What is deleted is overwritten at once: it is not to lie about in the free pages of the file.
    attempt(() => connection.exec("PRAGMA secure_delete = ON"));
  } catch (error) {
    connection.close();
    throw error;
  }
  return new Database(connection, path, written);
}
