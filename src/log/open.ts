/**
 * Opens this process's log: the ledger, then the stream under it, then a checkpoint at least every second with news. One
 * stream may be succeeded by another while calls go on: those without an outcome are carried over.
 *
 * Where a stream fails the log is sealed: nobody gets leave to act any more. What ends what is on record already goes into
 * a new stream as soon as one can be opened, for which a full disk gives up its reserve. Sealed the log stays until it is
 * opened anew, but for causes that pass: no room, a read-only file system, a store that was busy.
 */

import { mkdirSync } from "node:fs";
import type { KeyObject } from "node:crypto";
import { archiveDigest } from "../audit/archive.ts";
import type { EntryBody } from "../audit/entry.ts";
import { SealedError, type AuditLog, type LedgerStore } from "../audit/log.ts";
import type { Facts } from "../audit/members.ts";
import type { Redact } from "../audit/redact.ts";
import { entryCleaner } from "../audit/redact-entry.ts";
import type { Follows } from "../audit/stream-entry.ts";
import { withGetters } from "../policy/with-getters.ts";
import { keepArchive } from "./archive.ts";
import { createFile, type Disk } from "./disk.ts";
import { hasCode } from "./error-code.ts";
import { LedgerError, openLedger } from "./ledger.ts";
import { nextStreamId } from "./names.ts";
import { openPace } from "./pace.ts";
import { recoverStreams, type Doubt, type Recovered } from "./recover.ts";
import { openSealing } from "./sealing.ts";
import { beginStream, type SignedStream } from "./signed.ts";

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
  /**
   * Settles what dead processes left behind. Idempotent; the caller knows from a kernel lock that they are dead. `doubts`:
   * of their streams, as `doubts` told while they lived.
   */
  recover(dead: readonly string[], doubts?: ReadonlyMap<string, Doubt>): Promise<readonly Recovered[]>;
  /**
   * Ends the stream with `reason` and goes on in a new one. Settles when the old one has ended in the ledger. Throws what
   * keeps the new one from being opened, and nothing has changed then; SealedError where the log is sealed or closed.
   */
  succeed(reason: string): Promise<void>;
  /** Streams of which a sync failed and that have not ended in the ledger: for whoever recovers them. */
  readonly doubts: ReadonlyMap<string, Doubt>;
  /** Called when the log takes everything again. */
  onOpened(listener: () => void): void;
  /** Once closed: whether all its streams have ended in the ledger; else somebody has to recover them. */
  readonly isSettled: boolean;
}

/** A store that is only busy gets this many seconds before unsigned entries are too many to go on. */
const CHECKPOINT_FAILURES = 10;

/** @throws LedgerError, what the store throws, or what the file system says; nothing was recorded then. */
export async function openLog(options: LogOptions): Promise<OpenLog> {
  const { dir, ledger: store, key, facts, now, redact, bodiesKey, create = createFile } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const ledger = await openLedger(dir, store, key);
  const shared = { dir, bodiesKey, ledger, now };
  const clean = entryCleaner(redact);
  let lastName = options.stream;
  /** Streams whose end in the ledger is left to whoever recovers them. */
  let unsettled = 0;

  async function begin(name: string): Promise<SignedStream> {
    lastName = name;
    unsettled++;
    const begun = await beginStream(name, { ...shared, redact, clean, create });
    begun.stream.onSealed(({ step, error }) => sealing.fail(begun, step, error));
    return begun;
  }

  const opening = (name: string, follows?: Follows): readonly EntryBody[] => [
    {
      kind: "stream.opened",
      stream: name,
      log: ledger.origin,
      key: ledger.verifier,
      ...facts,
      ...(follows === undefined ? {} : { follows }),
    },
    ...applied.values(),
  ];

  /** What calls are decided by, for each kidoban.yaml: every stream says it for itself. */
  const applied = new Map<string, EntryBody>();
  let failures = 0;
  let closing = false;
  /** Set with the last entry: nothing may follow it, not even while it is being signed. */
  let ended = false;
  /** Of a stream that was succeeded: settles when what it was given is on the device. */
  let before: Promise<void> | undefined;

  const pace = openPace(sign, () => (current.stream.sealed === undefined ? current.unsigned : 0));
  const sealing = openSealing({
    ...shared,
    inTurn: pace.inTurn,
    begin: () => begin(nextStreamId(lastName, now())),
    opening,
    current: () => current,
    goOn: (next) => (current = next),
    settled: () => unsettled--,
  });

  let current = await begin(options.stream);
  for (const entry of opening(current.name)) current.stream.record(entry);
  try {
    await current.stream.synced();
  } catch (error) {
    sealing.stop();
    current.stream.close();
    throw error;
  }
  pace.news(current.stream.size);

  async function sign(timed: boolean): Promise<void> {
    try {
      await current.checkpoint("open");
      failures = 0;
    } catch (error) {
      if (error instanceof SealedError) return;
      failures++;
      // A store that is busy may come back; one that is not what was signed stays so, and a failed sync is final.
      const isBusy = !(error instanceof LedgerError) && !hasCode(error, "io");
      if (!isBusy || failures >= CHECKPOINT_FAILURES) current.stream.seal("ledger", error);
    }
    if (timed && !closing) await ledger.mirror();
  }

  const signNow = (): Promise<void> => pace.inTurn(() => current.checkpoint("open"));
  const adopt = (bodies: string): void => current.stream.adopt(bodies);
  const isOver = (): string | undefined => sealing.reason ?? (ended ? "closed" : undefined);
  const refused = (): Promise<never> => Promise.reject(new SealedError(isOver()));

  async function succeed(reason: string): Promise<void> {
    if (closing || isOver() !== undefined) throw new SealedError(isOver() ?? "closed");
    const old = current;
    const next = await begin(nextStreamId(lastName, now()));
    // In one turn, and in this order in the files: whoever reads the new stream finds all of the old one but its end.
    old.stream.head();
    if (isOver() !== undefined) throw new SealedError(isOver());
    current = next;
    for (const entry of opening(next.name, { stream: old.name, reason, open: old.stream.inFlight }))
      next.stream.record(entry);
    next.stream.head();
    old.stream.record({ kind: "stream.closed", reason });
    const synced = old.stream.synced();
    before = synced;
    try {
      // Without the new one nobody would know of the calls that it carries on.
      await Promise.all([synced, next.stream.synced()]);
      if (before === synced) before = undefined;
      await old.checkpoint("closed");
      unsettled--;
    } catch (error) {
      if (!(error instanceof SealedError)) current.stream.seal("ledger", error);
      throw error;
    } finally {
      old.stream.close();
    }
  }

  const log: OpenLog = withGetters({
    get stream() {
      return current.name;
    },
    record(entry) {
      if (ended) return current.stream.size;
      if (entry.kind === "config.applied") applied.set(entry.config, entry);
      if (current.stream.sealed !== undefined) {
        sealing.hold(entry);
        return current.stream.size;
      }
      const n = current.stream.record(entry);
      pace.news(current.unsigned);
      return n;
    },
    body: (...given) => current.stream.body(...given),
    archive(text) {
      try {
        return keepArchive(dir, text);
      } catch (error) {
        // An entry must not name what is not there.
        current.stream.seal("archive", error);
        return archiveDigest(text);
      }
    },
    written: () => (isOver() === undefined ? current.stream.written() : refused()),
    synced() {
      if (isOver() !== undefined) return refused();
      const now_ = current.stream.synced();
      return before === undefined ? now_ : Promise.all([before, now_]).then(() => undefined);
    },
    get sealed() {
      return sealing.reason;
    },
    get doubts() {
      return sealing.doubts;
    },
    get isSettled() {
      return unsettled === 0;
    },
    onSealed: sealing.onSealed,
    onOpened: sealing.onOpened,
    recover: (dead, doubts = new Map()) =>
      recoverStreams({ ...shared, dead, store, log, adopt, sign: signNow, doubts }),
    succeed: (reason) => pace.inTurn(() => succeed(reason)),
    async close(reason) {
      if (closing) return;
      closing = true;
      sealing.stop();
      await pace.stop();
      try {
        await sealing.sayRest();
        const { stream } = current;
        const detail = "the gate closed before an answer came";
        for (const call of stream.inFlight) stream.record({ kind: "call.outcome", call, status: "unknown", detail });
        stream.record({ kind: "stream.closed", reason });
        ended = true;
        await current.checkpoint("closed");
        unsettled--;
      } catch (error) {
        // Sealed it was before; whoever comes next settles what is left.
        if (sealing.reason === undefined) throw error;
      } finally {
        ended = true;
        current.stream.close();
      }
    },
  });
  return log;
}
