/** The ledger's lines as rows; the transaction makes one writer at a time. What they mean: audit. */

import { ledgerLine } from "../audit/leaf.ts";
import type { LedgerLeaf } from "../audit/log.ts";
import type { Database } from "./database.ts";
import { isText, jsonIn, numberIn, textIn } from "./row.ts";

export interface Ledger {
  append(leaves: readonly LedgerLeaf[], sign: (lines: readonly string[]) => string): number;
  size(): number;
  read(): { readonly lines: readonly string[]; readonly checkpoint: string | undefined };
}

export function ledgerIn(database: Database): Ledger {
  const size = (): number => numberIn(database.get("SELECT COALESCE(MAX(n) + 1, 0) AS size FROM ledger") ?? {}, "size");
  const from = (n: number): readonly string[] =>
    database.all("SELECT line FROM ledger WHERE n >= ? ORDER BY n", n).map((row) => textIn(row, "line"));
  // The ledger only grows, so lines committed once are not read again: a process appends once a second for days.
  let known: readonly string[] = [];

  return {
    size,
    append(leaves, sign) {
      const lines = database.write(() => {
        const before = [...known, ...from(known.length)];
        const added = leaves.map(ledgerLine);
        const all = [...before, ...added];
        for (const [index, line] of added.entries()) {
          database.run("INSERT INTO ledger (n, line) VALUES (?, ?)", before.length + index, line);
        }
        const checkpoint = JSON.stringify(sign(all));
        database.run("INSERT OR REPLACE INTO ledger_head (one, checkpoint) VALUES (1, ?)", checkpoint);
        return all;
      });
      known = lines;
      return lines.length;
    },
    read() {
      const row = database.get("SELECT checkpoint FROM ledger_head");
      return { lines: from(0), checkpoint: row === undefined ? undefined : jsonIn(row, "checkpoint", isText) };
    },
  };
}
