/** Opens this process's log: the ledger, then the stream under it, then a checkpoint at least every second with news. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { KeyObject } from "node:crypto";
import { archiveDigest } from "../audit/archive.ts";
import { SealedError, type AuditLog, type LedgerLeaf, type LedgerStore } from "../audit/log.ts";
import type { Facts } from "../audit/members.ts";
import type { Redact } from "../audit/redact.ts";
import { keepArchive } from "./archive.ts";
import { sealedDisk } from "./body-cipher.ts";
import { createFile, syncFolder, type Disk } from "./disk.ts";
import { LedgerError, openLedger } from "./ledger.ts";
import { bodiesFile, entriesFile } from "./names.ts";
import { recoverStreams, type Recovered } from "./recover.ts";
import { openStream } from "./stream.ts";

export interface LogOptions {
  /** The `log` folder of the state; made when it is missing. */
  readonly dir: string;
  readonly ledger: LedgerStore;
  /** The installation's private Ed25519 key. */
  readonly key: KeyObject;
  /**
   * From `newStreamId`. The process must be registered under it before: a stream that is open in the ledger and belongs to
   * no listed process is never recovered.
   */
  readonly stream: string;
  readonly facts: Omit<Facts<"stream.opened">, "stream" | "log" | "key">;
  readonly now: () => number;
  readonly redact: Redact;
  /** 32 bytes: what bodies are encrypted under. */
  readonly bodiesKey: Buffer;
  /** How the stream's files are made; left out: on the disk. */
  readonly create?: (path: string) => Disk;
}

export interface OpenLog extends AuditLog {
  /** Settles what dead processes left behind. Idempotent; the caller knows from a kernel lock that they are dead. */
  recover(dead: readonly string[]): Promise<readonly Recovered[]>;
}

const CHECKPOINT_MS = 1000;
const CHECKPOINT_ENTRIES = 1000;
/** A store that is only busy gets this many seconds before unsigned entries are too many to go on. */
const CHECKPOINT_FAILURES = 10;

/** @throws LedgerError, what the store throws, or what the file system says; nothing was recorded then. */
export async function openLog(options: LogOptions): Promise<OpenLog> {
  const { dir, ledger: store, key, stream: name, facts, now, redact, create = createFile } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const ledger = await openLedger(dir, store, key);

  // The file before its leaf: an opened stream without a file is then always a deleted one.
  const bodies = sealedDisk(create(join(dir, bodiesFile(name))), name, options.bodiesKey);
  const entries = create(join(dir, entriesFile(name)));
  syncFolder(dir);
  const stream = openStream({ entries, bodies, now, ledgerSize: () => ledger.size, redact });

  const leaf = (head: { readonly size: number; readonly root: string }, state: LedgerLeaf["state"]): LedgerLeaf => ({
    stream: name,
    ...head,
    state,
    time: new Date(now()).toISOString(),
  });
  await ledger.append(leaf(stream.head(), "opened"));
  stream.record({ kind: "stream.opened", stream: name, log: ledger.origin, key: ledger.verifier, ...facts });
  await stream.synced();

  let signed = 0;
  let failures = 0;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** A checkpoint is due in this turn's end. */
  let soon = false;
  let copyDue = false;
  let closing = false;
  /** Set with the last entry: nothing may follow it, not even while it is being signed. */
  let ended = false;

  async function checkpoint(state: "open" | "closed"): Promise<void> {
    const head = stream.head();
    if (head.size === signed && state === "open") return;
    // On the device before it is signed: a crash must not make the ledger promise what the file has lost.
    await stream.synced();
    await ledger.append(leaf(head, state));
    signed = head.size;
    failures = 0;
  }

  /** Each second the copy beside the streams is written too; a thousand entries sooner only sign. */
  function tick(timed: boolean): void {
    if (timed) {
      timer = undefined;
      copyDue = true;
    } else soon = false;
    if (closing) return;
    running ??= checkpoint("open")
      .catch((error: unknown) => {
        if (error instanceof SealedError) return;
        failures++;
        // A store that is away may come back; one that is not what was signed stays so.
        if (failures < CHECKPOINT_FAILURES && !(error instanceof LedgerError)) return;
        stream.seal(`ledger: ${error instanceof Error ? error.message : String(error)}`);
      })
      .then(() => (copyDue && !closing ? ledger.mirror() : undefined))
      .finally(() => {
        running = undefined;
        copyDue = false;
        if (stream.size > signed && stream.sealed === undefined) expectNews();
      });
  }

  function expectNews(): void {
    if (timer !== undefined || closing) return;
    // Unref'd: an idle process may end, and what it did not sign is signed by whoever recovers it.
    timer = setTimeout(() => tick(true), CHECKPOINT_MS).unref();
  }
  expectNews();

  const log: OpenLog = {
    stream: name,
    record(entry) {
      if (ended) return stream.size;
      const n = stream.record(entry);
      if (timer === undefined) expectNews();
      if (n - signed >= CHECKPOINT_ENTRIES && !soon && running === undefined) {
        soon = true;
        setImmediate(() => tick(false));
      }
      return n;
    },
    body: stream.body,
    archive(text) {
      try {
        return keepArchive(dir, text);
      } catch (error) {
        // An entry must not name what is not there.
        stream.seal(`archive: ${error instanceof Error ? error.message : String(error)}`);
        return archiveDigest(text);
      }
    },
    written: () => (ended ? Promise.reject(new SealedError("closed")) : stream.written()),
    synced: () => (ended ? Promise.reject(new SealedError("closed")) : stream.synced()),
    get sealed() {
      return stream.sealed;
    },
    onSealed: stream.onSealed,
    recover: (dead) => recoverStreams({ dir, dead, store, ledger, log, now }),
    async close(reason) {
      if (closing) return;
      closing = true;
      clearTimeout(timer);
      await running;
      try {
        if (stream.sealed !== undefined) return;
        for (const call of stream.inFlight) {
          stream.record({
            kind: "call.outcome",
            call,
            status: "unknown",
            detail: "the gate closed before an answer came",
          });
        }
        stream.record({ kind: "stream.closed", reason });
        ended = true;
        await checkpoint("closed");
      } finally {
        ended = true;
        stream.close();
      }
    },
  };
  return log;
}
