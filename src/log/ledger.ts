/**
 * The tree of signed checkpoints over all streams, as one process sees it: appends leaves through the store's exclusive
 * transaction, signs the new root inside it, mirrors it to files afterwards. Knows nothing of entries.
 */

import type { KeyObject } from "node:crypto";
import { checkpointText, openCheckpoint, parseVerifier, signNote, verifierText } from "../audit/checkpoint.ts";
import { ledgerLine, parseLedgerLine } from "../audit/leaf.ts";
import type { LedgerLeaf, LedgerStore } from "../audit/log.ts";
import { keysBefore } from "../audit/rotation.ts";
import { treeOver } from "../audit/tree.ts";
import { logOrigin, readRotations } from "./rotations.ts";
import { cachedMark, mirroredSize, writeKey, writeMirror, type Mark } from "./mirror.ts";

/**
 * `rolled-back`: shorter than what was signed. `tampered`: not what was signed. `key`: signed by another key. `newer`:
 * written by a later program. `ended`: somebody took this process for dead and has ended its stream.
 */
export class LedgerError extends Error {
  readonly code: "rolled-back" | "tampered" | "key" | "newer" | "ended";
  constructor(code: LedgerError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export interface Ledger {
  /** The log's name, first line of every checkpoint. */
  readonly origin: string;
  /** The public key as `verifierText` writes it. */
  readonly verifier: string;
  /** Leaves that this process has seen and mirrored. */
  readonly size: () => number;
  /** False when the leaf would end a stream that has ended already. */
  append(leaf: LedgerLeaf): Promise<boolean>;
  /** Writes the copy of what `append` has left to it: leaves of streams that go on are copied once a second, not each. */
  mirror(): Promise<void>;
}

/** Undoes the store's transaction: nothing else can, and it is no error. */
class AlreadyEnded extends Error {}

const ends = (leaf: LedgerLeaf): boolean => leaf.state === "closed" || leaf.state === "recovered";
const lineBytes = (lines: readonly string[]): number =>
  lines.reduce((sum, line) => sum + Buffer.byteLength(line, "utf8") + 1, 0);

interface Draft {
  readonly fresh: readonly string[];
  readonly mark: Mark;
  readonly note: string;
}

/** @throws LedgerError where the store's ledger is not what this installation has signed. */
export async function openLedger(dir: string, store: LedgerStore, key: KeyObject): Promise<Ledger> {
  const origin = logOrigin(dir, key);
  const verifier = verifierText(origin, key);
  const start = cachedMark(dir, verifier) ?? (await readWhole(dir, store, verifier));
  let mark = start;
  /** Lines committed but not mirrored yet, from `mirrored` on. */
  let unmirrored: string[] = [];
  let mirrored = start;
  let latest = "";
  writeKey(dir, verifier);

  /** Streams whose end has passed by since this process opened the ledger. */
  const ended = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  function drafting(leaf: LedgerLeaf, lines: readonly string[], first: number): Draft {
    const fresh = lines.slice(mark.tree.size - first);
    // Never sign what contradicts an earlier signature: C2SP tlog-checkpoint.md asks that of every log.
    if (first > mark.tree.size || fresh.length < 1)
      throw new LedgerError("rolled-back", "the store's ledger is shorter than what was signed");
    if (fresh.at(-1) !== ledgerLine(leaf)) throw new LedgerError("tampered", "the store changed a leaf");
    const tree = treeOver(fresh, mark.tree);
    for (const line of fresh.slice(0, -1)) note(line);
    if (ended.has(leaf.stream)) {
      if (ends(leaf)) throw new AlreadyEnded();
      throw new LedgerError("ended", "another process has ended this stream, taking its process for dead");
    }
    const text = checkpointText({ origin, size: tree.size, root: tree.root() });
    return {
      fresh,
      mark: { tree: tree.state(), bytes: mark.bytes + lineBytes(fresh) },
      note: signNote(text, origin, key),
    };
  }

  function note(line: string): void {
    const leaf = parseLedgerLine(line);
    if (leaf !== undefined && ends(leaf)) ended.add(leaf.stream);
  }

  /** Alone, since of two at once the older checkpoint could come out on top, without a stream that has begun since. */
  async function mirror(withTree: boolean): Promise<void> {
    if (unmirrored.length === 0) return;
    await store.alone(() => writeMirror(dir, verifier, mirrored, unmirrored, mark, latest, withTree));
    mirrored = mark;
    unmirrored = [];
  }

  /** Where that fails the store has it, and the copy is written with the next one. Until then no entry has seen this leaf. */
  const mirrorIfPossible = (withTree: boolean): Promise<void> => mirror(withTree).catch(() => undefined);

  function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = last.then(step);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function append(leaf: LedgerLeaf): Promise<boolean> {
    let draft: Draft | undefined;
    try {
      await store.appendLedger(
        [leaf],
        (lines, first = 0) => {
          draft = drafting(leaf, lines, first);
          return draft.note;
        },
        mark.tree.size,
      );
    } catch (error) {
      if (error instanceof AlreadyEnded) return false;
      throw error;
    }
    if (draft === undefined) throw new LedgerError("tampered", "the store appended a leaf without a signature");
    mark = draft.mark;
    note(ledgerLine(leaf));
    unmirrored = unmirrored.concat(draft.fresh);
    latest = draft.note;
    // What opens, ends or recovers a stream is copied at once, with the stack for the next start. Without the copy of its
    // beginning a stream would be an unknown one.
    if (leaf.state === "opened") await mirror(true);
    else if (leaf.state !== "open") await mirrorIfPossible(true);
    return true;
  }

  return {
    origin,
    verifier,
    size: () => mirrored.tree.size,
    mirror: () => inTurn(() => mirrorIfPossible(false)),
    append: (leaf) => inTurn(() => append(leaf)),
  };
}

/** Reads the store's whole ledger, holds it against its checkpoint and writes the mirror anew. */
async function readWhole(dir: string, store: LedgerStore, verifier: string): Promise<Mark> {
  // The copy first: another process may append between the two, to the store before the copy.
  const verifiers = [verifier, ...keysBefore(readRotations(dir), verifier)];
  const copied = Math.max(...verifiers.map((each) => mirroredSize(dir, each) ?? 0));
  const { lines, checkpoint: note } = await store.readLedger();
  const tree = treeOver(lines);
  const mark = { tree: tree.state(), bytes: lineBytes(lines) };
  if (copied > lines.length) {
    throw new LedgerError("rolled-back", "the store's ledger is older than its copy in the log folder");
  }
  if (note === undefined) {
    if (lines.length > 0) throw new LedgerError("tampered", "the store's ledger has lines and no checkpoint");
    return mark;
  }
  const checkpoint = verifiers
    .map((each) => parseVerifier(each))
    .map((each) => (each === undefined ? undefined : openCheckpoint(note, each)))
    .find((opened) => opened !== undefined && !("refused" in opened));
  if (checkpoint === undefined || "refused" in checkpoint)
    throw new LedgerError("key", "the store's checkpoint is not signed by this installation's key");
  if (checkpoint.size !== lines.length || checkpoint.root !== tree.root()) {
    throw new LedgerError("tampered", "the store's ledger is not what its checkpoint was signed for");
  }
  await store.alone(() =>
    writeMirror(dir, verifier, { tree: { size: 0, stack: [] }, bytes: 0 }, lines, mark, note, true),
  );
  return mark;
}
