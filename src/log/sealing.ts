/**
 * A log that cannot be written: why, what is held meanwhile, and how it goes on. What ends what is on record already goes
 * into a new stream as soon as one can be opened, for which a full disk gives up its reserve. Sealed the log stays, but for
 * causes that pass by themselves; of anything else a person should know, so that it takes a start.
 */

import type { EntryBody } from "../audit/entry.ts";
import { SealedError, type LedgerLeaf } from "../audit/log.ts";
import { withGetters } from "../policy/with-getters.ts";
import { keepBallast, releaseBallast } from "./ballast.ts";
import { causeOf, type Cause } from "./cause.ts";
import { openHeld } from "./held.ts";
import type { Ledger } from "./ledger.ts";
import type { Doubt } from "./recover.ts";
import { replaceFailed, type ReplaceParts } from "./go-on.ts";
import type { SignedStream } from "./signed.ts";

export interface SealingParts extends Pick<ReplaceParts, "dir" | "bodiesKey" | "now" | "begin" | "opening"> {
  readonly ledger: Ledger;
  readonly inTurn: (step: () => Promise<void>) => Promise<void>;
  readonly current: () => SignedStream;
  readonly goOn: (next: SignedStream) => void;
  /** One more stream has ended in the ledger. */
  readonly settled: () => void;
}

export interface LogSealing {
  /** Undefined: nothing is wrong. */
  readonly reason: string | undefined;
  readonly doubts: ReadonlyMap<string, Doubt>;
  fail(failed: SignedStream, step: string, error: unknown): void;
  hold(entry: EntryBody): void;
  /** Where something failed: writes what is left to say. Throws where there is still nothing to write it to. */
  sayRest(): Promise<void>;
  onSealed(listener: (reason: string) => void): void;
  onOpened(listener: () => void): void;
  /** Nothing is tried by itself any more. */
  stop(): void;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 5_000;

export function openSealing(parts: SealingParts): LogSealing {
  const { dir, ledger, current } = parts;
  const sealedListeners: ((reason: string) => void)[] = [];
  const openedListeners: (() => void)[] = [];
  const held = openHeld();
  const doubts = new Map<string, Doubt>();
  /** Ends of failed streams, for the ledger. */
  let ends: readonly LedgerLeaf[] = [];
  let cause: Cause | undefined;
  let retry: NodeJS.Timeout | undefined;
  let retryMs = 0;
  let stopped = false;

  function fail(failed: SignedStream, step: string, error: unknown): void {
    const next = causeOf(step, error, dir);
    if (step === "sync") doubts.set(failed.name, { size: failed.stream.durable, reason: next.reason });
    const first = cause === undefined;
    // Before anybody is told: what they write of it needs room too.
    if (next.noRoom) releaseBallast(dir);
    // What passes is no longer all there is to it.
    if (cause === undefined || (cause.passing && !next.passing) || next.mute) cause = next;
    if (first) for (const listener of sealedListeners) listener(next.reason);
    // Of one that was succeeded the last part failed: the one after it is no better off.
    if (failed !== current()) current().stream.seal("stream before", error);
    again();
  }

  function again(): void {
    if (stopped || cause?.mute === true) return;
    clearTimeout(retry);
    retry = setTimeout(() => void parts.inTurn(reopen).catch(again), retryMs).unref();
    retryMs = Math.min(LAST_RETRY_MS, Math.max(FIRST_RETRY_MS, 2 * retryMs));
  }

  async function reopen(): Promise<void> {
    if (stopped || cause === undefined) return;
    await sayRest();
    if (!cause.passing) return;
    if (!keepBallast(dir)) return again();
    cause = undefined;
    retryMs = FIRST_RETRY_MS;
    for (const listener of openedListeners) listener();
  }

  async function sayRest(): Promise<void> {
    if (cause === undefined) return;
    // A second sync of the store's file could report success for what is lost.
    if (cause.mute) throw new SealedError(cause.reason);
    if (cause.noRoom) releaseBallast(dir);
    const failed = current();
    if (failed.stream.sealed !== undefined) {
      const end = await replaceFailed(failed, {
        ...parts,
        reason: cause.reason,
        taken(next) {
          parts.goOn(next);
          return held.take();
        },
      });
      failed.stream.close();
      if (end !== undefined) ends = [...ends, end];
    }
    await current().stream.synced();
    for (; ends[0] !== undefined; ends = ends.slice(1)) {
      await ledger.append(ends[0]);
      doubts.delete(ends[0].stream);
      parts.settled();
    }
    await current().checkpoint("open");
  }

  return withGetters({
    get reason() {
      return cause?.reason;
    },
    doubts,
    fail,
    hold: held.add,
    sayRest,
    onSealed: (listener) => void sealedListeners.push(listener),
    onOpened: (listener) => void openedListeners.push(listener),
    stop() {
      stopped = true;
      clearTimeout(retry);
    },
  });
}
