/** The ledger's lines as rows; the transaction makes one writer at a time. What they mean: audit. */

import { ledgerLine } from "../audit/leaf.ts";
import type { LedgerLeaf } from "../audit/log.ts";
import type { Database } from "./database.ts";
import { isText, jsonIn, numberIn, textIn } from "./row.ts";
import { StoreError } from "./store.ts";

export interface Ledger {
  /** See LedgerStore.appendLedger. Costs what the lines from `first` on cost, however long the ledger is. */
  append(
    leaves: readonly LedgerLeaf[],
    sign: (lines: readonly string[], first: number) => string,
    first: number,
  ): Promise<number>;
  size(): number;
  /** The last checkpoint, as a signed note. */
  head(): string | undefined;
  read(): { readonly lines: readonly string[]; readonly checkpoint: string | undefined };
}

export function ledgerIn(database: Database): Ledger {
  const count = (): number =>
    numberIn(database.get("SELECT COALESCE(MAX(n) + 1, 0) AS size FROM ledger") ?? {}, "size");
  const from = (first: number): readonly string[] =>
    database.all("SELECT line FROM ledger WHERE n >= ? ORDER BY n", first).map((row) => textIn(row, "line"));

  const head = (): string | undefined => {
    const row = database.get("SELECT checkpoint FROM ledger_head");
    return row === undefined ? undefined : jsonIn(row, "checkpoint", isText);
  };

  return {
    size: count,
    head,
    async append(leaves, sign, first) {
      const size = database.writeUnsynced(() => {
        const before = count();
        for (const [index, leaf] of leaves.entries()) {
          database.run("INSERT INTO ledger (n, line) VALUES (?, ?)", before + index, ledgerLine(leaf));
        }
        const after = before + leaves.length;
        const lines = from(first);
        // Never sign over a line that somebody took out.
        if (lines.length !== Math.max(0, after - first)) throw new StoreError("corrupt", "the ledger lacks a line");
        const checkpoint = JSON.stringify(sign(lines, first));
        database.run("INSERT OR REPLACE INTO ledger_head (one, checkpoint) VALUES (1, ?)", checkpoint);
        return after;
      });
      await database.synced();
      return size;
    },
    read() {
      return database.read(() => ({ lines: from(0), checkpoint: head() }));
    },
  };
}
