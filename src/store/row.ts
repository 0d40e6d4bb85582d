/** Reads values out of rows. What does not fit was not written by us: StoreError "corrupt". */

import type { Row } from "./driver.ts";
import { StoreError } from "./store.ts";

const corrupt = (what: string): StoreError =>
  new StoreError("corrupt", `the store holds what Kidoban never wrote: ${what}`);

export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw corrupt(column);
  return value;
}

export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw corrupt(column);
  return value;
}

export const maybeNumberIn = (row: Row, column: string): number | undefined =>
  row[column] === null ? undefined : numberIn(row, column);

/** A column of JSON text. `is` guards every member that the program leans on. */
export function jsonIn<T>(row: Row, column: string, is: (value: unknown) => value is T): T {
  let value: unknown;
  try {
    value = JSON.parse(textIn(row, column));
  } catch {
    throw corrupt(column);
  }
  if (!is(value)) throw corrupt(column);
  return value;
}

export const isText = (value: unknown): value is string => typeof value === "string";
