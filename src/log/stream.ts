/**
 * One process's stream: entries and bodies in two files. Everything recorded in one turn of the event loop goes out in a
 * single write, from a microtask, before anything that awaited `written` goes on. What nobody waits for comes a
 * tenth of a second after it: the hash of the last line, and bodies, unless `synced` is awaited. Knows nothing of the ledger.
 *
 * The first error is the last: after a failed or short write or a failed sync nobody can say what is on the disk, and a
 * second sync may report success for pages that the kernel has dropped (PostgreSQL panics there for the same reason).
 */

import type { BodyPath } from "../audit/body-paths.ts";
import type { BodyRef, EntryBody } from "../audit/entry.ts";
import { entryLine } from "../audit/line.ts";
import { SealedError } from "../audit/log.ts";
import { timeText } from "../audit/moment.ts";
import { NEWLINE } from "./body.ts";
import { BodyBox } from "./body-box.ts";
import { told, type Sealing } from "./cause.ts";
import { Chain } from "./chain.ts";
import { InFlight } from "./in-flight.ts";
import { Outbox } from "./outbox.ts";
import type { Stream, StreamParts } from "./stream-shape.ts";
import { Unsynced } from "./unsynced.ts";
import { waiters, type Waiters } from "./waiters.ts";

/** Bodies that come while nothing can be written. */
const MOST_HELD_BYTES = 16 * 1024 * 1024;
/**
 * What nobody waits for is gathered: of calls in a row one in many is held up by its writing. A timer that is nearly always
 * due within some milliseconds has the kernel set its clock anew at each wait: with 10 ms a call over HTTP took a tenth more.
 */
const GATHER_MS = 100;
const MOST_GATHERED_BYTES = 1024 * 1024;

const DONE = Promise.resolve();

/** A class, as all that comes anew with a stream: of literals made anew, V8 throws away what it has compiled of a call. */
export class OpenStream implements Stream {
  readonly #parts: StreamParts;
  readonly #lines: Outbox;
  readonly #bodyLines: BodyBox;
  readonly #unsynced = new Unsynced();
  readonly #chain = new Chain();
  readonly #inFlight: InFlight;
  readonly #listeners: ((sealing: Sealing) => void)[] = [];
  size = 0;
  #writtenSize = 0;
  #scheduled = false;
  #due: NodeJS.Timeout | undefined;
  /** Settles when all that is recorded in this turn has been written. */
  #turn = DONE;
  readonly #atTurnsEnd = this.#endTurn.bind(this);
  readonly #atLast = this.#later.bind(this);
  #group: Waiters | undefined;
  #syncing = false;
  #bodiesDirty = false;
  sealed: Sealing | undefined;
  /** Set again when it is made: what had one value only, V8 takes for constant, and compiles all of a call anew at its end. */
  #isOpen = false;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.#lines = new Outbox(parts.entries);
    this.#bodyLines = new BodyBox(parts.bodies, 2 * MOST_GATHERED_BYTES, parts.redact);
    this.#inFlight = new InFlight(parts.name);
    this.#isOpen = true;
  }

  #refusal(): SealedError {
    const sealed = this.sealed;
    return sealed === undefined ? new SealedError("closed") : new SealedError(told(sealed), { cause: sealed.error });
  }

  #isOver(): boolean {
    return !this.#isOpen || this.sealed !== undefined;
  }

  seal(step: string, error: unknown): void {
    if (this.#isOver()) return;
    const sealed = (this.sealed = { step, error });
    this.#group?.reject(this.#refusal());
    this.#group = undefined;
    for (const listener of this.#listeners) listener(sealed);
  }

  /** What went to the file, until the next change. */
  #write(box: Outbox): Uint8Array | undefined {
    if (this.#isOver() || box.length === 0) return undefined;
    try {
      return box.write();
    } catch (error) {
      this.seal("write", error);
      return undefined;
    }
  }

  #flushLines(): void {
    const written = this.#write(this.#lines);
    if (written === undefined) return;
    this.#writtenSize = this.size;
    this.#unsynced.push(written);
  }

  #flushBodies(): void {
    this.#bodiesDirty ||= this.#bodyLines.length > 0;
    this.#write(this.#bodyLines);
  }

  #flush(): void {
    this.#flushBodies();
    this.#flushLines();
  }

  /** A process that is killed before may leave an entry whose body is missing, never one that was waited for by `synced`. */
  #later(): void {
    clearTimeout(this.#due);
    this.#due = undefined;
    this.#chain.hashLast();
    this.#flushBodies();
  }

  #endTurn(): void {
    this.#scheduled = false;
    this.#flushLines();
    if (this.#bodyLines.length > MOST_GATHERED_BYTES) setImmediate(this.#atLast);
    else this.#due ??= setTimeout(this.#atLast, GATHER_MS);
    if (!this.#isOver()) return;
    // Who waits for it is refused, and it may be that nobody does.
    this.#turn.catch(() => undefined);
    throw this.#refusal();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Cheaper than queueMicrotask, which makes an async resource each time.
    this.#turn = DONE.then(this.#atTurnsEnd);
  }

  async #syncGroups(): Promise<void> {
    const { entries, bodies } = this.#parts;
    this.#syncing = true;
    // Lets everything of this turn join before the disk is asked.
    await DONE;
    while (this.#group !== undefined) {
      this.#flush();
      const waiting: Waiters | undefined = this.#group;
      if (waiting === undefined) break;
      this.#group = undefined;
      const withBodies = this.#bodiesDirty;
      const [upTo, bytes] = [this.#writtenSize, this.#unsynced.length];
      this.#bodiesDirty = false;
      try {
        // Both at once: neither may be missing when it is acknowledged, and before that the order promises nothing.
        await Promise.all([withBodies ? bodies.datasync() : DONE, entries.datasync()]);
        if (!entries.isThere() || !bodies.isThere()) this.seal("file", new Error("it was deleted or moved away"));
        // What a sealed stream had written before is on the device all the same.
        this.#unsynced.settle(upTo, bytes);
      } catch (error) {
        this.seal("sync", error);
      }
      if (this.#isOver()) waiting.reject(this.#refusal());
      else waiting.resolve();
    }
    this.#syncing = false;
  }

  record(entry: EntryBody): number {
    if (this.#isOver()) return this.size;
    const { now, ledgerSize, clean } = this.#parts;
    const line = entryLine(this.size, this.#chain.prev(), timeText(now()), ledgerSize(), clean(entry));
    this.#lines.add(line);
    this.#lines.addByte(NEWLINE);
    this.#chain.add(line);
    this.#inFlight.take(entry);
    this.#schedule();
    return this.size++;
  }

  body(text: string, keep: boolean | "json", beside?: BodyRef, hidden?: readonly BodyPath[]): BodyRef {
    const box = this.#bodyLines;
    const { length } = box;
    const hasRoom = this.sealed === undefined || length < MOST_HELD_BYTES;
    const ref = box.take(text, keep, hasRoom && this.#isOpen, beside, hidden);
    if (box.length > length && this.sealed === undefined) this.#schedule();
    return ref;
  }

  written(): Promise<void> {
    return this.#isOver() ? Promise.reject(this.#refusal()) : this.#turn;
  }

  synced(): Promise<void> {
    if (this.#isOver()) return Promise.reject(this.#refusal());
    this.#group ??= waiters();
    const { promise } = this.#group;
    if (!this.#syncing) void this.#syncGroups();
    return promise;
  }

  head(): { readonly size: number; readonly root: string } {
    this.#flush();
    return this.#chain.head(this.#writtenSize);
  }

  get inFlight(): readonly string[] {
    // Who walks over them records their outcomes.
    return this.#inFlight.calls();
  }

  onSealed(listener: (sealing: Sealing) => void): void {
    this.#listeners.push(listener);
  }

  get durable(): number {
    return this.#unsynced.from;
  }

  async settle(): Promise<boolean> {
    // A second sync after one that failed may report success for pages that the kernel has dropped.
    if (this.sealed?.step === "sync") return false;
    try {
      await this.#parts.entries.datasync();
      return true;
    } catch (error) {
      this.sealed = { step: "sync", error };
      return false;
    }
  }

  left(from: number): readonly EntryBody[] {
    return this.#unsynced.since(from, this.#lines.from(0));
  }

  leftBodies(): string {
    return Buffer.from(this.#bodyLines.from(0)).toString("utf8");
  }

  adopt(bodies: string): void {
    this.#bodyLines.add(bodies);
    this.#schedule();
  }

  close(): void {
    // Before the files: their numbers may be given to others at once.
    this.#isOpen = false;
    this.#parts.entries.close();
    this.#parts.bodies.close();
  }
}
