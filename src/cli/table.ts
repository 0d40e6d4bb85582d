/** Plain columns for people; East Asian wide characters take two places. */

import { columnsOf } from "../approval/wrap.ts";

const pad = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - columnsOf(text)));

/** Lines of a table with its head; the last column is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) =>
    Math.max(columnsOf(title), ...rows.map((row) => columnsOf(row[column] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => (column === cells.length - 1 ? cell : pad(cell, widths[column] ?? 0))).join("  ")}`.trimEnd();
  return [line(head), ...rows.map(line)];
}
