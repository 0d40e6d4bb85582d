/** Comma-separated values for a spreadsheet (RFC 4180), so that Excel opens them in Japanese and runs nothing in them. Pure. */

import type { Plain } from "./plain.ts";

/** Excel takes a file for UTF-8 only with this mark. */
export const BOM = "\uFEFF";

/**
 * A cell. What a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection): agents and
 * servers choose names.
 */
function cell(value: string): string {
  const safe = /^[\s]*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const COLUMNS: readonly (readonly [string, (plain: Plain) => string | undefined])[] = [
  ["time", (plain) => plain.time],
  ["kind", (plain) => plain.kind],
  ["agent", (plain) => plain.agent],
  ["server", (plain) => plain.server],
  ["what", (plain) => plain.what],
  ["name", (plain) => plain.name],
  ["decision", (plain) => plain.effect],
  ["rules", (plain) => plain.rules.join(" ")],
  ["status", (plain) => plain.status],
  ["by", (plain) => plain.by],
  ["call", (plain) => plain.call],
  ["request", (plain) => plain.request],
  ["stream", (plain) => plain.stream],
  ["n", (plain) => String(plain.n)],
  ["leaf", (plain) => plain.leaf],
];

/** One row, with its line end. */
export const csvRow = (cells: readonly string[]): string => `${cells.map(cell).join(",")}\r\n`;

export const csvHead = (): string => `${BOM}${csvRow(COLUMNS.map(([name]) => name))}`;
export const csvLine = (plain: Plain): string => csvRow(COLUMNS.map(([, read]) => read(plain) ?? ""));
