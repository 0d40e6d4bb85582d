/**
 * One process's stream: entries and bodies in two files. Everything recorded in one turn of the event loop goes out in a
 * single write, from a microtask, before anything that awaited `written` goes on. What nobody waits for comes some
 * milliseconds after it: the hash of the last line, and bodies, unless `synced` is awaited. Knows nothing of the ledger.
 *
 * The first error is the last: after a failed or short write or a failed sync nobody can say what is on the disk, and a
 * second sync may report success for pages that the kernel has dropped (PostgreSQL panics there for the same reason).
 */

import type { BodyRef } from "../audit/entry.ts";
import { entryLine, NO_PREV } from "../audit/line.ts";
import { SealedError } from "../audit/log.ts";
import { entryCleaner } from "../audit/redact-entry.ts";
import { growTree, leafHash } from "../audit/tree.ts";
import { withGetters } from "../policy/with-getters.ts";
import { addBody, freshNonce, NEWLINE } from "./body.ts";
import { told, type Sealing } from "./cause.ts";
import { openInFlight } from "./in-flight.ts";
import { openOutbox, type Outbox } from "./outbox.ts";
import type { Stream, StreamParts } from "./stream-shape.ts";
import { openUnsynced } from "./unsynced.ts";
import { waiters, type Waiters } from "./waiters.ts";

/** Bodies that come while nothing can be written. */
const MOST_HELD_BYTES = 16 * 1024 * 1024;

/** What nobody waits for is gathered: of calls in a row one in many is held up by its writing, and for some milliseconds. */
const GATHER_MS = 10;
const MOST_GATHERED_BYTES = 1024 * 1024;

const DONE = Promise.resolve();

export function openStream({ name, entries, bodies, now, ledgerSize, redact }: StreamParts): Stream {
  let size = 0;
  let prev = NO_PREV;
  /** The last line, as long as it has no hash yet. */
  let unhashed: string | undefined;
  const lines = openOutbox(entries);
  const bodyLines = openOutbox(bodies, 2 * MOST_GATHERED_BYTES);
  /** Hashes of lines written but not yet in the tree: folding them waits for the next checkpoint, off the call path. */
  let unfolded: string[] = [];
  let writtenSize = 0;
  const tree = growTree();
  const unsynced = openUnsynced();
  const clean = entryCleaner(redact);
  const inFlight = openInFlight(name);
  /** Of bodies that are only digested, whose references are still held. */
  const nonces = new WeakMap<BodyRef, string>();

  let scheduled = false;
  let due: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  /** Settles when all that is recorded in this turn has been written. */
  let turn = DONE;
  let group: Waiters | undefined;
  let syncing = false;
  let bodiesDirty = false;
  let sealed: Sealing | undefined;
  let closed = false;
  const listeners: ((sealing: Sealing) => void)[] = [];
  let [second, timeText] = [Number.NaN, ""];

  const refusal = (): SealedError =>
    sealed === undefined ? new SealedError("closed") : new SealedError(told(sealed), { cause: sealed.error });
  const isOver = (): boolean => closed || sealed !== undefined;

  function seal(step: string, error: unknown): void {
    if (isOver()) return;
    sealed = { step, error };
    group?.reject(refusal());
    group = undefined;
    for (const listener of listeners) listener(sealed);
  }

  function hashLast(): void {
    if (unhashed === undefined) return;
    prev = leafHash(unhashed);
    unfolded.push(prev);
    unhashed = undefined;
  }

  function write(box: Outbox): void {
    if (isOver() || box.length === 0) return;
    try {
      box.write();
    } catch (error) {
      seal("write", error);
    }
  }

  function flushLines(): void {
    const written = lines.from(0);
    write(lines);
    if (isOver()) return;
    writtenSize = size;
    unsynced.push(written);
  }

  function flushBodies(): void {
    bodiesDirty ||= bodyLines.length > 0;
    write(bodyLines);
  }

  function flush(): void {
    flushBodies();
    flushLines();
  }

  /** A process that is killed before may leave an entry whose body is missing, never one that was waited for by `synced`. */
  function later(): void {
    clearTimeout(due);
    due = soon = undefined;
    hashLast();
    flushBodies();
  }

  function endTurn(): void {
    scheduled = false;
    flushLines();
    if (bodyLines.length > MOST_GATHERED_BYTES) soon ??= setImmediate(later);
    else due ??= setTimeout(later, GATHER_MS);
    if (!isOver()) return;
    // Who waits for it is refused, and it may be that nobody does.
    turn.catch(() => undefined);
    throw refusal();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    // Cheaper than queueMicrotask, which makes an async resource each time.
    turn = DONE.then(endTurn);
  }

  async function syncGroups(): Promise<void> {
    syncing = true;
    // Lets everything of this turn join before the disk is asked.
    await DONE;
    while (group !== undefined) {
      flush();
      const waiting: Waiters | undefined = group;
      if (waiting === undefined) break;
      group = undefined;
      const withBodies = bodiesDirty;
      const [upTo, bytes] = [writtenSize, unsynced.length];
      bodiesDirty = false;
      try {
        // Both at once: neither may be missing when it is acknowledged, and before that the order promises nothing.
        await Promise.all([withBodies ? bodies.datasync() : DONE, entries.datasync()]);
        if (!entries.isThere() || !bodies.isThere()) seal("file", new Error("it was deleted or moved away"));
        // What a sealed stream had written before is on the device all the same.
        unsynced.settle(upTo, bytes);
      } catch (error) {
        seal("sync", error);
      }
      if (isOver()) waiting.reject(refusal());
      else waiting.resolve();
    }
    syncing = false;
  }

  return withGetters({
    record(entry) {
      if (isOver()) return size;
      const at = now();
      if (at !== second) [second, timeText] = [at, new Date(at).toISOString()];
      hashLast();
      const line = entryLine(size, prev, timeText, ledgerSize(), clean(entry));
      lines.add(line);
      lines.addByte(NEWLINE);
      unhashed = line;
      inFlight.take(entry);
      schedule();
      return size++;
    },

    body(text, keep, beside, hidden) {
      const shared = beside === undefined || keep !== false ? undefined : nonces.get(beside);
      const nonce = shared ?? freshNonce();
      const isNew = !closed && shared === undefined && (sealed === undefined || bodyLines.length < MOST_HELD_BYTES);
      // What is only digested under a nonce tells nobody anything.
      const found = isNew && keep !== false ? redact(text, keep === "json", hidden) : undefined;
      const kept = addBody(bodyLines, nonce, found?.text ?? text, isNew ? keep : undefined);
      const ref = found === undefined ? kept : { ...kept, redacted: found.found };
      if (isNew) {
        if (keep === false) nonces.set(ref, nonce);
        if (sealed === undefined) schedule();
      }
      return ref;
    },

    written() {
      return isOver() ? Promise.reject(refusal()) : turn;
    },

    synced() {
      if (isOver()) return Promise.reject(refusal());
      group ??= waiters();
      const { promise } = group;
      if (!syncing) void syncGroups();
      return promise;
    },

    head() {
      flush();
      hashLast();
      for (const hash of unfolded.splice(0, writtenSize - tree.size)) tree.append(hash);
      return { size: tree.size, root: tree.root() };
    },

    get size() {
      return size;
    },
    get inFlight() {
      // Who walks over them records their outcomes.
      return inFlight.calls();
    },
    get sealed() {
      return sealed;
    },
    onSealed: (listener) => void listeners.push(listener),
    seal,
    get durable() {
      return unsynced.from;
    },
    async settle() {
      // A second sync after one that failed may report success for pages that the kernel has dropped.
      if (sealed?.step === "sync") return false;
      try {
        await entries.datasync();
        return true;
      } catch (error) {
        sealed = { step: "sync", error };
        return false;
      }
    },
    left: (from) => unsynced.since(from, lines.from(0)),
    leftBodies: () => Buffer.from(bodyLines.from(0)).toString("utf8"),
    adopt(text) {
      bodyLines.add(text);
      schedule();
    },
    close() {
      // Before the files: their numbers may be given to others at once.
      closed = true;
      entries.close();
      bodies.close();
    },
  });
}
