/**
 * Opens this process's log: the ledger, then the stream under it, then a checkpoint at least every second with news. One
 * stream may be succeeded by another while calls go on: those without an outcome are carried over.
 */

import { mkdirSync } from "node:fs";
import type { KeyObject } from "node:crypto";
import { archiveDigest } from "../audit/archive.ts";
import type { EntryBody } from "../audit/entry.ts";
import { SealedError, type AuditLog, type LedgerStore } from "../audit/log.ts";
import type { Facts } from "../audit/members.ts";
import type { Redact } from "../audit/redact.ts";
import type { Follows } from "../audit/stream-entry.ts";
import { keepArchive } from "./archive.ts";
import { createFile, type Disk } from "./disk.ts";
import { LedgerError, openLedger } from "./ledger.ts";
import { nextStreamId } from "./names.ts";
import { recoverStreams, type Recovered } from "./recover.ts";
import { beginStream } from "./signed.ts";

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
  readonly facts: Omit<Facts<"stream.opened">, "stream" | "log" | "key" | "follows">;
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
  /**
   * Ends the stream with `reason` and goes on in a new one. Settles when the old one has ended in the ledger. Throws what
   * keeps the new one from being opened, and nothing has changed then; SealedError where the log is sealed or closed.
   */
  succeed(reason: string): Promise<void>;
}

const CHECKPOINT_MS = 1000;
const CHECKPOINT_ENTRIES = 1000;
/** A store that is only busy gets this many seconds before unsigned entries are too many to go on. */
const CHECKPOINT_FAILURES = 10;

/** @throws LedgerError, what the store throws, or what the file system says; nothing was recorded then. */
export async function openLog(options: LogOptions): Promise<OpenLog> {
  const { dir, ledger: store, key, facts, now, redact, bodiesKey, create = createFile } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const ledger = await openLedger(dir, store, key);
  const listeners: ((reason: string) => void)[] = [];
  let sealed: string | undefined;

  const begin = async (name: string) => {
    const begun = await beginStream(name, { dir, ledger, now, redact, bodiesKey, create });
    begun.stream.onSealed(seal);
    return begun;
  };

  function seal(reason: string): void {
    if (sealed !== undefined) return;
    sealed = reason;
    current.stream.seal(reason);
    for (const listener of listeners) listener(reason);
  }

  const opening = (name: string, follows?: Follows) =>
    ({
      kind: "stream.opened",
      stream: name,
      log: ledger.origin,
      key: ledger.verifier,
      ...facts,
      ...(follows === undefined ? {} : { follows }),
    }) as const;

  let current = await begin(options.stream);
  current.stream.record(opening(current.name));
  await current.stream.synced();

  /** What calls are decided by, for each kidoban.yaml: every stream says it for itself. */
  const applied = new Map<string, EntryBody>();
  let failures = 0;
  /** Signs, or succeeds: one at a time. */
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** A checkpoint is due in this turn's end. */
  let soon = false;
  let copyDue = false;
  let closing = false;
  /** Set with the last entry: nothing may follow it, not even while it is being signed. */
  let ended = false;
  /** Of a stream that was succeeded: settles when what it was given is on the device. */
  let before: Promise<void> | undefined;

  const isOver = (): string | undefined => sealed ?? (ended ? "closed" : undefined);

  function inTurn(step: () => Promise<void>): Promise<void> {
    const turn = (running ?? Promise.resolve()).then(step);
    const quiet = turn
      .catch(() => undefined)
      .finally(() => {
        if (running !== quiet) return;
        running = undefined;
        if (current.stream.size > current.signed && sealed === undefined) expectNews();
      });
    running = quiet;
    return turn;
  }

  async function signNews(): Promise<void> {
    try {
      await current.checkpoint("open");
      failures = 0;
    } catch (error) {
      if (error instanceof SealedError) return;
      failures++;
      // A store that is away may come back; one that is not what was signed stays so.
      if (failures < CHECKPOINT_FAILURES && !(error instanceof LedgerError)) return;
      seal(`ledger: ${messageOf(error)}`);
    }
    if (copyDue && !closing) await ledger.mirror();
    copyDue = false;
  }

  /** Each second the copy beside the streams is written too; a thousand entries sooner only sign. */
  function tick(timed: boolean): void {
    if (timed) {
      timer = undefined;
      copyDue = true;
    } else soon = false;
    if (!closing && running === undefined) void inTurn(signNews);
  }

  function expectNews(): void {
    if (timer !== undefined || closing) return;
    // Unref'd: an idle process may end, and what it did not sign is signed by whoever recovers it.
    timer = setTimeout(() => tick(true), CHECKPOINT_MS).unref();
  }
  expectNews();

  async function succeed(reason: string): Promise<void> {
    if (closing || isOver() !== undefined) throw new SealedError(isOver() ?? "closed");
    const old = current;
    const next = await begin(nextStreamId(old.name, now()));
    // In one turn, and in this order in the files: whoever reads the new stream finds all of the old one but its end.
    old.stream.head();
    if (isOver() !== undefined) throw new SealedError(isOver());
    current = next;
    next.stream.record(opening(next.name, { stream: old.name, reason, open: old.stream.inFlight }));
    for (const entry of applied.values()) next.stream.record(entry);
    next.stream.head();
    old.stream.record({ kind: "stream.closed", reason });
    const synced = old.stream.synced();
    before = synced;
    try {
      // Without the new one nobody would know of the calls that it carries on.
      await Promise.all([synced, next.stream.synced()]);
      if (before === synced) before = undefined;
      await old.checkpoint("closed");
    } catch (error) {
      seal(error instanceof SealedError ? error.message : `ledger: ${messageOf(error)}`);
      throw error;
    } finally {
      old.stream.close();
    }
  }

  const log: OpenLog = {
    get stream() {
      return current.name;
    },
    record(entry) {
      if (ended) return current.stream.size;
      if (entry.kind === "config.applied") applied.set(entry.config, entry);
      const n = current.stream.record(entry);
      if (timer === undefined) expectNews();
      if (n - current.signed >= CHECKPOINT_ENTRIES && !soon && running === undefined) {
        soon = true;
        setImmediate(() => tick(false));
      }
      return n;
    },
    body: (...given) => current.stream.body(...given),
    archive(text) {
      try {
        return keepArchive(dir, text);
      } catch (error) {
        // An entry must not name what is not there.
        seal(`archive: ${messageOf(error)}`);
        return archiveDigest(text);
      }
    },
    written: () => (ended ? Promise.reject(new SealedError("closed")) : current.stream.written()),
    synced() {
      if (ended) return Promise.reject(new SealedError("closed"));
      const now_ = current.stream.synced();
      return before === undefined ? now_ : Promise.all([before, now_]).then(() => undefined);
    },
    get sealed() {
      return sealed;
    },
    onSealed: (listener) => void listeners.push(listener),
    recover: (dead) => recoverStreams({ dir, dead, store, ledger, log, now }),
    succeed: (reason) => inTurn(() => succeed(reason)),
    async close(reason) {
      if (closing) return;
      closing = true;
      clearTimeout(timer);
      await running;
      const { stream } = current;
      try {
        if (sealed !== undefined) return;
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
        await current.checkpoint("closed");
      } finally {
        ended = true;
        stream.close();
      }
    },
  };
  return log;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
