/** The part of an SQLite connection that the index needs. Whoever opens it hands it in: log/ knows no store. */

interface IndexStatement {
  run(...values: (string | number | null)[]): unknown;
  get(...values: (string | number | null)[]): unknown;
  all(...values: (string | number | null)[]): unknown[];
}

export interface IndexDatabase {
  exec(sql: string): void;
  prepare(sql: string): IndexStatement;
  close(): void;
}

/** What is in the index does not fit the files, or is none: it is thrown away and made anew. It never was evidence. */
export class IndexError extends Error {
  readonly code = "index";
}

export type Row = Readonly<Record<string, string | number | null>>;

export function numberOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new IndexError(`${column} is no number`);
  return value;
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new IndexError(`${column} is no text`);
  return value;
}
