/** One stream under the ledger: its two files, its beginning there, its checkpoints and its end. */

import { join } from "node:path";
import type { LedgerLeaf } from "../audit/log.ts";
import { SealedDisk } from "./body-cipher.ts";
import { syncFolder, type Disk } from "./disk.ts";
import type { Ledger } from "./ledger.ts";
import { bodiesFile, entriesFile } from "./names.ts";
import { OpenStream } from "./stream.ts";
import type { Stream, StreamParts } from "./stream-shape.ts";

export interface SignedParts extends Pick<StreamParts, "now" | "redact" | "clean"> {
  readonly dir: string;
  readonly ledger: Ledger;
  /** 32 bytes: what bodies are encrypted under. */
  readonly bodiesKey: Buffer;
  readonly create: (path: string) => Disk;
}

/** A day without news leaves a checkpoint too: it says that at that time the log ended here. */
const QUIET_MS = 24 * 60 * 60_000;

/** A class, as all that comes anew with each stream: see `OpenStream`. */
export class SignedStream {
  readonly name: string;
  readonly stream: Stream;
  readonly #ledger: Ledger;
  readonly #now: () => number;
  #lastLeaf: LedgerLeaf;

  constructor(name: string, stream: Stream, { ledger, now }: Pick<SignedParts, "ledger" | "now">) {
    this.name = name;
    this.stream = stream;
    this.#ledger = ledger;
    this.#now = now;
    this.#lastLeaf = this.#leaf("opened");
  }

  /** What was signed of it last; before `open`, what will be. */
  get lastLeaf(): LedgerLeaf {
    return this.#lastLeaf;
  }

  /** Entries that no checkpoint has signed yet. */
  get unsigned(): number {
    return this.stream.size - this.#lastLeaf.size;
  }

  #leaf(state: LedgerLeaf["state"]): LedgerLeaf {
    return { stream: this.name, ...this.stream.head(), state, time: new Date(this.#now()).toISOString() };
  }

  /** Its beginning in the ledger. */
  async open(): Promise<void> {
    await this.#ledger.append(this.#lastLeaf);
  }

  /** Signs what is there, where there is news or a day has passed without any; `closed`: for good. */
  async checkpoint(state: "open" | "closed"): Promise<void> {
    // Of this moment: what is recorded while it is synced comes after it.
    const next = this.#leaf(state);
    const isRecent = this.#now() - Date.parse(this.#lastLeaf.time) < QUIET_MS;
    if (next.size === this.#lastLeaf.size && state === "open" && isRecent) return;
    // On the device before it is signed: a crash must not make the ledger promise what the file has lost.
    await this.stream.synced();
    await this.#ledger.append(next);
    this.#lastLeaf = next;
  }
}

/** Makes the files and opens the stream in the ledger; it has no entry yet. */
export async function beginStream(name: string, parts: SignedParts): Promise<SignedStream> {
  const { dir, ledger, now, redact, clean, bodiesKey, create } = parts;
  // The file before its leaf: an opened stream without a file is then always a deleted one.
  const bodies = new SealedDisk(create(join(dir, bodiesFile(name))), name, bodiesKey);
  const entries = create(join(dir, entriesFile(name)));
  syncFolder(dir);
  const stream = new OpenStream({ name, entries, bodies, now, ledgerSize: ledger.size, redact, clean });
  const signed = new SignedStream(name, stream, parts);
  try {
    await signed.open();
  } catch (error) {
    stream.close();
    throw error;
  }
  return signed;
}
