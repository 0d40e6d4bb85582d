/**
 * One entry's proof in a file of its own: C2SP tlog-proof.md. It proves a leaf of the ledger under a signed checkpoint; its
 * `extra` line holds what leads from there to the entry, since our trees stand one upon the other: the leaf's own line and
 * the entry's place in the stream that the leaf speaks of. Pure.
 */

import { openCheckpoint, type Checkpoint, type NoteRefusal, type VerifierKey } from "./checkpoint.ts";
import { parseLedgerLine } from "./leaf.ts";
import { inclusionProof, provesInclusion } from "./proof.ts";
import { leafHash } from "./tree.ts";

const HEAD = "c2sp.org/tlog-proof@v1";

/** What `extra` says, as JSON. */
interface Extra {
  readonly v: 1;
  /** The ledger's line, whose leaf the proof is of. */
  readonly leaf: string;
  /** The entry's line, and its number in the stream. */
  readonly entry: string;
  readonly n: number;
  /** Hashes from the entry to the stream's root, hex. */
  readonly path: readonly string[];
}

export interface Proven {
  readonly checkpoint: Checkpoint;
  readonly stream: string;
  readonly n: number;
  /** The entry's line. */
  readonly entry: string;
}

/**
 * `ledger`: the ledger's lines under the checkpoint; `leaf`: which of them, covering the entry; `lines`: those of the stream
 * that the leaf covers. Throws RangeError where the entry is not among them.
 */
export function proofOf(
  ledger: readonly string[],
  leaf: number,
  lines: readonly string[],
  n: number,
  checkpointNote: string,
): string {
  const extra: Extra = {
    v: 1,
    leaf: ledger[leaf] ?? "",
    entry: lines[n] ?? "",
    n,
    path: inclusionProof(lines.map(leafHash), n),
  };
  const hashes = inclusionProof(ledger.map(leafHash), leaf).map((hash) => Buffer.from(hash, "hex").toString("base64"));
  const head = [HEAD, `extra ${Buffer.from(JSON.stringify(extra)).toString("base64")}`, `index ${leaf}`];
  return [...head, ...hashes, "", checkpointNote].join("\n");
}

type Read = { readonly refused: NoteRefusal | "format" | "not-included" };

/** What a `.tlog-proof` proves under the log's key, or why it proves nothing. */
export function readProof(text: string, by: VerifierKey): Proven | Read {
  const cut = text.indexOf("\n\n");
  const [head, extraLine = "", indexLine = "", ...coded] = text.slice(0, Math.max(cut, 0)).split("\n");
  const index = /^index (0|[1-9]\d{0,15})$/.exec(indexLine)?.[1];
  const extra = parseExtra(extraLine);
  const hashes = coded.map((each) => Buffer.from(each, "base64"));
  const isStrict = hashes.every((hash, at) => hash.length === 32 && hash.toString("base64") === coded[at]);
  if (head !== HEAD || index === undefined || extra === undefined || !isStrict) return { refused: "format" };
  const checkpoint = openCheckpoint(text.slice(cut + 2), by);
  if ("refused" in checkpoint) return checkpoint;
  const leaf = parseLedgerLine(extra.leaf);
  const path = hashes.map((hash) => hash.toString("hex"));
  const holds =
    leaf !== undefined &&
    provesInclusion(leafHash(extra.leaf), Number(index), checkpoint.size, path, checkpoint.root) &&
    provesInclusion(leafHash(extra.entry), extra.n, leaf.size, extra.path, leaf.root);
  return holds ? { checkpoint, stream: leaf.stream, n: extra.n, entry: extra.entry } : { refused: "not-included" };
}

const isPath = (list: unknown): list is readonly string[] =>
  Array.isArray(list) && list.every((each) => typeof each === "string" && /^[0-9a-f]{64}$/.test(each));

function parseExtra(line: string): Extra | undefined {
  const coded = /^extra ([A-Za-z0-9+/]+={0,2})$/.exec(line)?.[1];
  if (coded === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(coded, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { v, leaf, entry, n, path } = value as Readonly<Record<string, unknown>>;
  if (v !== 1 || typeof leaf !== "string" || typeof entry !== "string" || !Number.isSafeInteger(n)) return undefined;
  return isPath(path) ? { v, leaf, entry, n: n as number, path } : undefined;
}
