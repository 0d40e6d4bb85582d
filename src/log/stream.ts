/**
 * One process's stream: entries and bodies in two files. Everything recorded in one turn of the event loop goes out in a
 * single write, from a microtask, before anything that awaited `written` goes on. What nobody waits for comes after it, while
 * a server works: the hash of the last line, and bodies, unless `synced` is awaited. Knows nothing of the ledger.
 *
 * The first error is the last: after a failed or short write or a failed sync nobody can say what is on the disk, and a
 * second sync may report success for pages that the kernel has dropped (PostgreSQL panics there for the same reason).
 */

import type { BodyRef, EntryBody } from "../audit/entry.ts";
import { entryLine, NO_PREV } from "../audit/line.ts";
import { SealedError, type AuditLog } from "../audit/log.ts";
import { entryCleaner } from "../audit/redact-entry.ts";
import type { Redact } from "../audit/redact.ts";
import { growTree, leafHash } from "../audit/tree.ts";
import { addBody, freshNonce } from "./body.ts";
import type { Disk } from "./disk.ts";
import { openOutbox } from "./outbox.ts";

export interface StreamParts {
  readonly entries: Disk;
  readonly bodies: Disk;
  readonly now: () => number;
  /** The ledger's size last seen. */
  readonly ledgerSize: () => number;
  /** Takes secrets out of what is kept. */
  readonly redact: Redact;
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
  readonly sealed: string | undefined;
  readonly onSealed: (listener: (reason: string) => void) => void;
  /** Nothing is written after it, and who waits is refused. */
  seal(reason: string): void;
  /** Closes the files; no listener is told. Nothing may be waiting any more. */
  close(): void;
}

interface Waiters {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

function waiters(): Waiters {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const DONE = Promise.resolve();

export function openStream({ entries, bodies, now, ledgerSize, redact }: StreamParts): Stream {
  let size = 0;
  let prev = NO_PREV;
  /** The last line, as long as it has no hash yet. */
  let unhashed: string | undefined;
  const lines = openOutbox(entries);
  const bodyLines = openOutbox(bodies);
  /** Hashes of lines written but not yet in the tree: folding them waits for the next checkpoint, off the call path. */
  let unfolded: string[] = [];
  let writtenSize = 0;
  const tree = growTree();
  const clean = entryCleaner(redact);
  // Few at a time. A Set that keeps emptying leaves a chain of tables behind, which stays until a full collection.
  const inFlight: string[] = [];
  /** Of bodies that are only digested, whose references are still held. */
  const nonces = new WeakMap<BodyRef, string>();

  let scheduled = false;
  let isLaterDue = false;
  /** Settles when all that is recorded in this turn has been written. */
  let turn = DONE;
  let group: Waiters | undefined;
  let syncing = false;
  let bodiesDirty = false;

  let sealed: string | undefined;
  const listeners: ((reason: string) => void)[] = [];
  let [second, timeText] = [Number.NaN, ""];

  function seal(reason: string): void {
    if (sealed !== undefined) return;
    sealed = reason;
    const error = new SealedError(reason);
    group?.reject(error);
    group = undefined;
    for (const listener of listeners) listener(reason);
  }

  function hashLast(): void {
    if (unhashed === undefined) return;
    prev = leafHash(unhashed);
    unfolded.push(prev);
    unhashed = undefined;
  }

  function flushLines(): void {
    if (sealed !== undefined) return;
    try {
      if (lines.length > 0) lines.write();
      writtenSize = size;
    } catch (error) {
      seal(`write: ${messageOf(error)}`);
    }
  }

  function flushBodies(): void {
    if (sealed !== undefined || bodyLines.length === 0) return;
    try {
      bodiesDirty = true;
      bodyLines.write();
    } catch (error) {
      seal(`write: ${messageOf(error)}`);
    }
  }

  function flush(): void {
    flushBodies();
    flushLines();
  }

  /** A process that is killed before may leave an entry whose body is missing, never one that was waited for by `synced`. */
  function later(): void {
    isLaterDue = false;
    hashLast();
    flushBodies();
  }

  function endTurn(): void {
    scheduled = false;
    flushLines();
    if (!isLaterDue) {
      isLaterDue = true;
      setImmediate(later);
    }
    if (sealed === undefined) return;
    // Who waits for it is refused, and it may be that nobody does.
    turn.catch(() => undefined);
    throw new SealedError(sealed);
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
      bodiesDirty = false;
      try {
        // Both at once: neither may be missing when it is acknowledged, and before that the order promises nothing.
        await Promise.all([withBodies ? bodies.datasync() : DONE, entries.datasync()]);
      } catch (error) {
        seal(`sync: ${messageOf(error)}`);
      }
      if (sealed === undefined) waiting.resolve();
      else waiting.reject(new SealedError(sealed));
    }
    syncing = false;
  }

  return {
    record(entry) {
      if (sealed !== undefined) return size;
      const at = now();
      if (at !== second) [second, timeText] = [at, new Date(at).toISOString()];
      hashLast();
      const line = entryLine(size, prev, timeText, ledgerSize(), clean(entry));
      lines.add(`${line}\n`);
      unhashed = line;
      switch (entry.kind) {
        case "call.intent":
          inFlight.push(entry.call);
          break;
        case "call.outcome":
          takeOut(inFlight, entry.call);
          break;
        case "stream.opened":
          inFlight.push(...(entry.follows?.open ?? []));
          break;
        default:
      }
      schedule();
      return size++;
    },

    body(text, keep, beside, hidden) {
      const shared = beside === undefined || keep !== false ? undefined : nonces.get(beside);
      const nonce = shared ?? freshNonce();
      const isNew = sealed === undefined && shared === undefined;
      // What is only digested under a nonce tells nobody anything.
      const found = isNew && keep !== false ? redact(text, keep === "json", hidden) : undefined;
      const kept = addBody(bodyLines, nonce, found?.text ?? text, isNew ? keep : undefined);
      const ref = found === undefined ? kept : { ...kept, redacted: found.found };
      if (isNew) {
        if (keep === false) nonces.set(ref, nonce);
        schedule();
      }
      return ref;
    },

    written() {
      if (sealed !== undefined) return Promise.reject(new SealedError(sealed));
      return turn;
    },

    synced() {
      if (sealed !== undefined) return Promise.reject(new SealedError(sealed));
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
      return inFlight.slice();
    },
    get sealed() {
      return sealed;
    },
    onSealed: (listener) => void listeners.push(listener),
    seal,
    close() {
      // Before the files: their numbers may be given to others at once.
      sealed ??= "closed";
      entries.close();
      bodies.close();
    },
  };
}

function takeOut(list: string[], one: string): void {
  const at = list.indexOf(one);
  const last = at < 0 ? undefined : list.pop();
  if (last !== undefined && at < list.length) list[at] = last;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
