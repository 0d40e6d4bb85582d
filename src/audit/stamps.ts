/**
 * The stamps of a log held against its ledger: each is of a checkpoint that this ledger had, signed by the log's key, and
 * existed when an authority says. Pure; `certificate.ts` says who is believed.
 */

import { isUtf8 } from "node:buffer";
import type { Certificate } from "./certificate.ts";
import { openCheckpoint, parseVerifier, type Checkpoint, type VerifierKey } from "./checkpoint.ts";
import { parseLedgerLine } from "./leaf.ts";
import { lineBatches, type Chunks } from "./lines.ts";
import { CLOCK_MS, momentOf } from "./moment.ts";
import { follow, keysBefore } from "./rotation.ts";
import { MAX_STAMP_BYTES, openStamp, type Stamp, type StampRefusal } from "./stamp.ts";
import { leafHash, Tree } from "./tree.ts";

/** A checkpoint with what an authority said of it, by the size that both files are named by. */
export interface StampFile {
  readonly size: number;
  /** Undefined where the stamp stands alone. */
  readonly note: Chunks | undefined;
  readonly answer: Chunks;
}

/**
 * `note-missing`: the checkpoint that it is of is not there. `checkpoint`: that is none that the log's key has signed, or of
 * another size. `other-history`: the ledger never had it. `rolled-back`: of more than the log now has.
 */
type StampFaultCode = StampRefusal | "note-missing" | "checkpoint" | "other-history" | "rolled-back";

export interface StampedAt extends Stamp {
  readonly size: number;
  /** When the last line under that checkpoint was written, by the log's own clock, ms. */
  readonly writtenAt: number;
}

export type StampsVerdict =
  | { readonly kind: "none" }
  | { readonly kind: "fault"; readonly size: number; readonly why: StampFaultCode }
  | {
      readonly kind: "stamped";
      readonly count: number;
      readonly first: StampedAt;
      readonly newest: StampedAt;
      /** The one by whose time the log's clock was ahead most, where that is more than clocks may differ. */
      readonly ahead: StampedAt | undefined;
    };

/** By how much the log's clock was ahead of the authority's, ms: what is under a stamp was written before it was stamped. */
export const aheadBy = ({ writtenAt, at, accuracyMs = 0 }: StampedAt): number => writtenAt - at - accuracyMs;

interface Ledger {
  readonly ledger: Chunks;
  /** Of the checkpoint that all was proven under. */
  readonly size: number;
  readonly rotations: string;
  /** As `verifierText` writes it. */
  readonly key: string;
}

/** Of a log that is proven already. The first fault, smallest checkpoint first. Reading errors are thrown on. */
export async function checkStamps(
  stamps: readonly StampFile[],
  log: Ledger,
  trusted: readonly Certificate[],
): Promise<StampsVerdict> {
  const keys = keysOf(log);
  const had = await rootsAt(log.ledger, new Set(stamps.map(({ size }) => size)));
  const believed: StampedAt[] = [];
  for (const { size, ...files } of stamps.toSorted((a, b) => a.size - b.size)) {
    const fault = (why: StampFaultCode): StampsVerdict => ({ kind: "fault", size, why });
    const note = files.note && (await bytesOf(files.note));
    const answer = await bytesOf(files.answer);
    if (files.note === undefined) return fault("note-missing");
    const checkpoint = note && believable(note, keys);
    if (note === undefined || checkpoint?.size !== size) return fault("checkpoint");
    if (size > log.size) return fault("rolled-back");
    const own = had.get(size);
    if (own?.root !== checkpoint.root) return fault("other-history");
    const stamp = answer === undefined ? ({ refused: "malformed" } as const) : openStamp(answer, note, { trusted });
    if ("refused" in stamp) return fault(stamp.refused);
    believed.push({ ...stamp, size, writtenAt: own.writtenAt });
  }
  const [first, newest] = [believed[0], believed.at(-1)];
  if (first === undefined || newest === undefined) return { kind: "none" };
  const [most] = believed.toSorted((a, b) => aheadBy(b) - aheadBy(a));
  const ahead = most !== undefined && aheadBy(most) > CLOCK_MS ? most : undefined;
  return { kind: "stamped", count: believed.length, first, newest, ahead };
}

/** All that the log ever had: a stamp may be older than the key that was given, and each change is signed by both keys. */
function keysOf({ rotations, key }: Ledger): readonly VerifierKey[] {
  const followed = follow(rotations, key);
  const present = (followed !== undefined && "rotations" in followed && followed.rotations.at(-1)?.to) || key;
  return [present, ...keysBefore(rotations, present)].flatMap((text) => parseVerifier(text) ?? []);
}

/** By whichever of these keys was the log's when it was signed. */
function believable(note: Buffer, keys: readonly VerifierKey[]): Checkpoint | undefined {
  if (!isUtf8(note)) return undefined;
  const text = note.toString("utf8");
  const [opened] = keys.flatMap((key) => {
    const checkpoint = openCheckpoint(text, key);
    return "refused" in checkpoint ? [] : [checkpoint];
  });
  return opened;
}

interface Had {
  readonly root: string;
  readonly writtenAt: number;
}

/** Roots and times of a ledger at these sizes. */
async function rootsAt(ledger: Chunks, sizes: ReadonlySet<number>): Promise<ReadonlyMap<number, Had>> {
  const tree = new Tree();
  const had = new Map<number, Had>();
  for await (const batch of lineBatches(ledger))
    for (const { text = "" } of batch) {
      tree.append(leafHash(text));
      if (!sizes.has(tree.size)) continue;
      had.set(tree.size, { root: tree.root(), writtenAt: momentOf(parseLedgerLine(text)?.time ?? "") ?? NaN });
    }
  return had;
}

/** Whole; undefined where it is longer than any stamp or checkpoint, of which no more is read. */
async function bytesOf(chunks: Chunks): Promise<Buffer | undefined> {
  const read: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    read.push(chunk);
    length += chunk.length;
    if (length > MAX_STAMP_BYTES) return undefined;
  }
  return Buffer.concat(read);
}
