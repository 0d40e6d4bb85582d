/**
 * Which SQLite runs: Node's own where it is there and sound, else the same API from @photostructure/sqlite.
 * One process uses one of them only: locks are per process, and two libraries would not see each other's.
 */

/** What a column may hold here. */
export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

export interface PreparedStatement {
  run(...values: Value[]): { readonly changes: number | bigint };
  get(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
}

/** The part of `DatabaseSync` that both libraries have. */
export interface Connection {
  exec(sql: string): void;
  prepare(sql: string): PreparedStatement;
  close(): void;
}

interface ConnectionOptions {
  readonly readOnly?: boolean;
}

export interface Driver {
  /** Of the SQLite inside, e.g. `3.51.3`. */
  readonly version: string;
  open(path: string, options?: ConnectionOptions): Connection;
}

interface SqliteModule {
  readonly DatabaseSync: new (path: string, options: { readonly readOnly: boolean }) => Connection;
}

/**
 * Whether this SQLite is free of the WAL-reset bug, which loses committed writes when several processes write and
 * checkpoint: 3.7.0 to 3.51.2, fixed in 3.51.3, 3.50.7 and 3.44.6 (https://sqlite.org/wal.html, section 9).
 */
export function keepsCommits(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (major !== 3) return major > 3;
  if (minor === 44) return patch >= 6;
  if (minor === 50) return patch >= 7;
  return minor > 51 || (minor === 51 && patch >= 3);
}

const isSqlite = (module: unknown): module is SqliteModule =>
  typeof module === "object" && module !== null && "DatabaseSync" in module;

function driverOf(module: SqliteModule): Driver {
  const open: Driver["open"] = (path, options) =>
    new module.DatabaseSync(path, { readOnly: options?.readOnly ?? false });
  const memory = open(":memory:");
  const row = memory.prepare("SELECT sqlite_version() AS version").get() as Row;
  memory.close();
  return { version: String(row["version"]), open };
}

/** Node's own, or undefined where it has none (Node 20). Loading it may warn; that one warning is not passed on. */
function builtIn(): Driver | undefined {
  const { emitWarning } = process;
  // Synchronous until it is put back, so that no other warning can get lost.
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes("SQLite")) Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    const module: unknown = process.getBuiltinModule?.("node:sqlite");
    return isSqlite(module) ? driverOf(module) : undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

let chosen: Promise<Driver> | undefined;

async function choose(): Promise<Driver> {
  const own = builtIn();
  if (own !== undefined && keepsCommits(own.version)) return own;
  return driverOf(await import("@photostructure/sqlite"));
}

/** The same one for the whole process. */
export const sqliteDriver = (): Promise<Driver> => (chosen ??= choose());
