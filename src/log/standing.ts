/** What the copy of the ledger beside the streams says of each of them last. Believed no further than the files bear it out. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseLedgerLine } from "../audit/leaf.ts";
import type { LedgerLeaf } from "../audit/log.ts";
import { LEDGER_FILE } from "./mirror.ts";

/** The last leaf of every stream, in the order in which streams were opened. */
export async function lastLeaves(dir: string): Promise<ReadonlyMap<string, LedgerLeaf>> {
  const leaves = new Map<string, LedgerLeaf>();
  for (const line of (await readFile(join(dir, LEDGER_FILE), "utf8")).split("\n")) {
    const leaf = parseLedgerLine(line);
    if (leaf !== undefined) leaves.set(leaf.stream, leaf);
  }
  return leaves;
}

/** Nothing is added to it any more. */
export const hasEnded = (leaf: LedgerLeaf | undefined): leaf is LedgerLeaf =>
  leaf?.state === "closed" || leaf?.state === "recovered";
