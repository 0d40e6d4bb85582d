/** A log written anew by whoever stole its key: the chain, the leaves and the checkpoint fit whatever the entries now say. */

import type { KeyObject } from "node:crypto";
import { checkpointText, signNote } from "../../src/audit/checkpoint.ts";
import type { EntryBody } from "../../src/audit/entry.ts";
import { ledgerLine, parseLedgerLine } from "../../src/audit/leaf.ts";
import { entryLine, NO_PREV, parseEntry } from "../../src/audit/line.ts";
import { leafHash, treeOver } from "../../src/audit/tree.ts";
import { copyOf, linesOf, ofLines, type Bytes } from "./fixture.ts";

export function ledgerHead(ledger: Buffer): { readonly size: number; readonly root: string } {
  const tree = treeOver(linesOf(ledger));
  return { size: tree.size, root: tree.root() };
}

/** The ledger signed by this key, under the name of the log. */
export function signed(bytes: Bytes, key: KeyObject): Bytes {
  const [origin = ""] = bytes.checkpoint.split("\n");
  return {
    ...bytes,
    checkpoint: signNote(checkpointText({ origin, ...ledgerHead(bytes.ledger) }), origin, key),
  };
}

/** What stands in place of one entry: itself, another, several, or none. */
export type Change = (body: EntryBody, stream: string) => EntryBody | readonly EntryBody[];

/** `moved` gives the time that an entry then has. */
export function forged(
  bytes: Bytes,
  key: KeyObject,
  change: Change,
  moved: (body: EntryBody, time: string) => string = (_, time) => time,
): Bytes {
  const made = copyOf(bytes);
  /** For each stream, how many entries there are now in place of the first so many. */
  const counts = new Map<string, readonly number[]>();
  for (const [stream, content] of bytes.streams) {
    const lines: string[] = [];
    const count = [0];
    for (const line of linesOf(content)) {
      const parsed = parseEntry(line);
      if (parsed.kind !== "entry") throw new Error(line);
      const { time, after, body } = parsed.entry;
      for (const each of [change(body, stream)].flat()) {
        const last = lines.at(-1);
        lines.push(
          entryLine(lines.length, last === undefined ? NO_PREV : leafHash(last), moved(each, time), after, each),
        );
      }
      count.push(lines.length);
    }
    counts.set(stream, count);
    made.streams.set(stream, ofLines(lines));
  }
  made.ledger = ofLines(
    linesOf(bytes.ledger).map((line) => {
      const leaf = parseLedgerLine(line);
      if (leaf === undefined) throw new Error(line);
      const size = counts.get(leaf.stream)?.[leaf.size] ?? 0;
      const entries = linesOf(made.streams.get(leaf.stream) ?? Buffer.alloc(0));
      return ledgerLine({ ...leaf, size, root: treeOver(entries.slice(0, size)).root() });
    }),
  );
  return signed(made, key);
}
