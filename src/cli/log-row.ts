/** One entry as a row of a table in a terminal. */

import type { Colors } from "picocolors/types.js";
import { columnsOf } from "../approval/wrap.ts";
import type { Row } from "../log/told.ts";

const padded = (text: string, columns: number): string => text + " ".repeat(Math.max(0, columns - columnsOf(text)));

const COLUMNS = ["time", "agent", "what", "event"] as const;
type Widths = Readonly<Record<(typeof COLUMNS)[number], number>>;

/** Widths that fit the rows; rows that come later may be wider and then shift. */
export const widthsOf = (rows: readonly Pick<Row, keyof Widths>[]): Widths => {
  const widest = (column: keyof Widths): number => Math.max(0, ...rows.map((row) => columnsOf(row[column])));
  return { time: widest("time"), agent: widest("agent"), what: widest("what"), event: widest("event") };
};

export function lineOf(row: Row, widths: Widths, colors: Colors): string {
  const paint = { plain: (text: string) => text, good: colors.green, warn: colors.yellow, bad: colors.red }[row.tone];
  const cells = COLUMNS.map((column) => {
    const cell = padded(row[column], widths[column]);
    return column === "event" ? paint(cell) : column === "time" ? colors.dim(cell) : cell;
  });
  return `${[...cells, row.detail].join("  ").trimEnd()}\n`;
}
