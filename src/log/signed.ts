/** One stream under the ledger: its two files, its beginning there, its checkpoints and its end. */

import { join } from "node:path";
import type { LedgerLeaf } from "../audit/log.ts";
import type { Redact } from "../audit/redact.ts";
import { sealedDisk } from "./body-cipher.ts";
import { syncFolder, type Disk } from "./disk.ts";
import type { Ledger } from "./ledger.ts";
import { bodiesFile, entriesFile } from "./names.ts";
import { OpenStream } from "./stream.ts";
import type { Stream } from "./stream-shape.ts";

export interface SignedParts {
  readonly dir: string;
  readonly ledger: Ledger;
  readonly now: () => number;
  readonly redact: Redact;
  /** 32 bytes: what bodies are encrypted under. */
  readonly bodiesKey: Buffer;
  readonly create: (path: string) => Disk;
}

export interface SignedStream {
  readonly name: string;
  readonly stream: Stream;
  /** What was signed of it last. */
  readonly lastLeaf: LedgerLeaf;
  /** Signs what is there, where there is news or a day has passed without any; `closed`: for good. */
  checkpoint(state: "open" | "closed"): Promise<void>;
}

/** A day without news leaves a checkpoint too: it says that at that time the log ended here. */
const QUIET_MS = 24 * 60 * 60_000;

/** Makes the files and opens the stream in the ledger; it has no entry yet. */
export async function beginStream(name: string, parts: SignedParts): Promise<SignedStream> {
  const { dir, ledger, now, redact, bodiesKey, create } = parts;
  // The file before its leaf: an opened stream without a file is then always a deleted one.
  const bodies = sealedDisk(create(join(dir, bodiesFile(name))), name, bodiesKey);
  const entries = create(join(dir, entriesFile(name)));
  syncFolder(dir);
  const stream = new OpenStream({ name, entries, bodies, now, ledgerSize: ledger.size, redact });

  const leaf = (head: { readonly size: number; readonly root: string }, state: LedgerLeaf["state"]): LedgerLeaf => ({
    stream: name,
    ...head,
    state,
    time: new Date(now()).toISOString(),
  });
  const opened = leaf(stream.head(), "opened");
  try {
    await ledger.append(opened);
  } catch (error) {
    stream.close();
    throw error;
  }

  const signed = {
    name,
    stream,
    lastLeaf: opened,
    async checkpoint(state: "open" | "closed"): Promise<void> {
      const head = stream.head();
      // Of this moment: what is recorded while it is synced comes after it.
      const next = leaf(head, state);
      const isRecent = now() - Date.parse(signed.lastLeaf.time) < QUIET_MS;
      if (head.size === signed.lastLeaf.size && state === "open" && isRecent) return;
      // On the device before it is signed: a crash must not make the ledger promise what the file has lost.
      await stream.synced();
      await ledger.append(next);
      signed.lastLeaf = next;
    },
  };
  return signed;
}
