/** What the rest of the program needs of the audit log and of the ledger's keeper. Shapes only; log/ and store/ provide them. */

import type { BodyPath } from "./body-paths.ts";
import type { BodyRef, EntryBody } from "./entry.ts";

/** The log cannot be written any more: nothing may be forwarded. */
export class SealedError extends Error {
  readonly code = "sealed";
}

/**
 * One process's stream. The order of use is: `record`, then await `written` (killed processes lose nothing of it) or
 * `synced` (neither do crashed machines), then act. Both reject with SealedError once an append has failed.
 */
export interface AuditLog {
  readonly stream: string;
  /** Buffers one entry and gives its number. Entries of one turn reach the kernel in a single write. */
  record(entry: EntryBody): number;
  /**
   * Keeps a body beside the stream and gives what an entry may say of it. `"json"`: the text is one line of JSON
   * and is kept without being quoted again. `false` only digests; `beside` then names a
   * body of the same call, under whose nonce it is digested, so that nothing more has to be written. `hidden`: places of
   * a JSON text that are not kept, with what stands there.
   */
  body(text: string, keep: boolean | "json", beside?: BodyRef, hidden?: readonly BodyPath[]): BodyRef;
  /** Keeps a configuration beside the streams and gives the digest that entries name it by. Durable before they are written. */
  archive(text: string): string;
  written(): Promise<void>;
  synced(): Promise<void>;
  /** Why the log is sealed, once it is. */
  readonly sealed: string | undefined;
  /** Called once, when the log seals itself. */
  onSealed(listener: (reason: string) => void): void;
  close(reason: string): Promise<void>;
}

/** One leaf of the ledger: what a stream looked like at a moment. Its line is made by `ledgerLine` of leaf.ts, nowhere else. */
export interface LedgerLeaf {
  readonly stream: string;
  /** Entries in the stream. */
  readonly size: number;
  /** RFC 6962 Merkle tree head over the stream's lines, hex. */
  readonly root: string;
  readonly state: "opened" | "open" | "closed" | "recovered";
  readonly time: string;
}

/** Keeps the ledger: one writer at a time, by its transaction. */
export interface LedgerStore {
  /**
   * Appends leaves in one exclusive transaction. `sign` is given the leaf lines in order from number `from` on (left out: 0),
   * the new ones included, with the number of the first it is given, and gives the checkpoint text that is stored with them.
   * What `sign` throws undoes the transaction and is thrown on. Gives the new size.
   */
  appendLedger(
    leaves: readonly LedgerLeaf[],
    sign: (lines: readonly string[], first?: number) => string,
    from?: number,
  ): Promise<number>;
  /** Runs `step` while no process appends; what it gives or throws is given or thrown on. It must not call the store. */
  alone<T>(step: () => T): Promise<T>;
  ledgerSize(): Promise<number>;
  /** All leaf lines, in order, and the last checkpoint. */
  readLedger(): Promise<{ readonly lines: readonly string[]; readonly checkpoint: string | undefined }>;
}
