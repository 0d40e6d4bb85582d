/** What stands in the file of a stream that nobody writes any more. Reads; changes nothing. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Entry, EntryBody } from "../audit/entry.ts";
import { NO_PREV, parseEntry, type ParsedLine } from "../audit/line.ts";
import { lineBatches } from "../audit/lines.ts";
import type { LedgerLeaf } from "../audit/log.ts";
import { callPairing } from "../audit/pairing.ts";
import { leafHash, Tree } from "../audit/tree.ts";
import { isAbsent } from "./error-code.ts";

export interface Survey {
  readonly size: number;
  readonly root: string;
  readonly torn: number;
  readonly tail: string | undefined;
  readonly open: readonly string[];
  /** By what its calls were decided at its end. */
  readonly applied: readonly EntryBody[];
  /** Whole entries that were not counted: beyond `most`. */
  readonly left: readonly EntryBody[];
}

export interface Damage {
  /** Entries before it. */
  readonly size: number;
  /** `line-newer`: written by a later program, which is to settle it. */
  readonly missing: "stream-missing" | "tail-missing" | "root" | "line-newer";
}

/**
 * Counts the entries as far as the chain holds, and no further than `most`; what comes after is the torn rest of a last
 * write, or in doubt. Inside what the ledger signed nothing may be torn, missing or changed.
 */
export async function survey(
  path: string,
  signed: Pick<LedgerLeaf, "stream" | "size" | "root">,
  most = Number.POSITIVE_INFINITY,
): Promise<Survey | Damage> {
  const tree = new Tree();
  const pairing = callPairing(signed.stream);
  const left: EntryBody[] = [];
  const applied = new Map<string, EntryBody>();
  let prev = NO_PREV;
  let isWhole = true;
  const rest: Uint8Array[] = [];
  try {
    for await (const batch of lineBatches(createReadStream(path) as AsyncIterable<Uint8Array>)) {
      for (const { text, bytes, ended } of batch) {
        const parsed: ParsedLine | undefined = isWhole && ended && text !== undefined ? parseEntry(text) : undefined;
        if (parsed?.kind === "newer") return { size: tree.size, missing: "line-newer" };
        const entry: Entry | undefined = parsed?.kind === "entry" ? parsed.entry : undefined;
        isWhole = entry !== undefined && entry.n === tree.size + left.length && entry.prev === prev;
        if (isWhole && text !== undefined) prev = leafHash(text);
        if (!isWhole || entry === undefined || tree.size === most) {
          rest.push(bytes, ...(ended ? [Buffer.of(10)] : []));
          if (isWhole && entry !== undefined) left.push(entry.body);
          continue;
        }
        tree.append(prev);
        pairing.take(entry.body, tree.size);
        if (entry.body.kind === "config.applied") applied.set(entry.body.config, entry.body);
        if (tree.size === signed.size && tree.root() !== signed.root) return { size: tree.size, missing: "root" };
      }
    }
  } catch (error) {
    if (isAbsent(error)) return { size: 0, missing: "stream-missing" };
    throw error;
  }
  if (tree.size < signed.size) return { size: tree.size, missing: "tail-missing" };
  const torn = rest.reduce((sum, bytes) => sum + bytes.length, 0);
  return {
    size: tree.size,
    root: tree.root(),
    torn,
    tail: torn === 0 ? undefined : sha256(rest),
    left,
    applied: [...applied.values()],
    open: [...pairing.facts().inFlight.keys()],
  };
}

function sha256(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
