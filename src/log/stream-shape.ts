/** One process's stream as the rest of the log uses it. Shapes only. */

import type { EntryBody } from "../audit/entry.ts";
import type { AuditLog } from "../audit/log.ts";
import type { Redact } from "../audit/redact.ts";
import type { Sealing } from "./cause.ts";
import type { Disk } from "./disk.ts";

export interface StreamParts {
  readonly name: string;
  readonly entries: Disk;
  readonly bodies: Disk;
  readonly now: () => number;
  /** The ledger's size last seen. */
  readonly ledgerSize: () => number;
  /** Takes secrets out of bodies that are kept. */
  readonly redact: Redact;
  /** Takes them out of entries: `entryCleaner`, made once for all streams of a process. */
  readonly clean: (entry: EntryBody) => EntryBody;
}

export interface Stream {
  readonly record: (entry: EntryBody) => number;
  readonly body: AuditLog["body"];
  readonly written: () => Promise<void>;
  readonly synced: () => Promise<void>;
  readonly size: number;
  /** Size and root of what the kernel has, without what is still buffered. */
  head(): { readonly size: number; readonly root: string };
  /** Calls with an intent and no outcome yet. */
  readonly inFlight: readonly string[];
  readonly sealed: Sealing | undefined;
  readonly onSealed: (listener: (sealing: Sealing) => void) => void;
  /** Nothing is written after it, and who waits is refused. */
  seal(step: string, error: unknown): void;
  /** Entries that are known to be on the device. */
  readonly durable: number;
  /** Once sealed: whether the device has taken everything that the kernel has; asks it at most once. */
  settle(): Promise<boolean>;
  /** What was recorded from number `from` on, which is at least `durable`. */
  left(from: number): readonly EntryBody[];
  /** Lines of bodies that were not written. */
  leftBodies(): string;
  /** Takes over such lines of another stream. */
  adopt(bodies: string): void;
  /** Closes the files; no listener is told. Nothing may be waiting any more. */
  close(): void;
}
