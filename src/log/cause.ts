/** Why a log is sealed, and whether it can be over by itself. */

import { statfsSync } from "node:fs";

export interface Cause {
  readonly reason: string;
  /** There is no room: a reserve can be given up for what still has to be said. */
  readonly noRoom: boolean;
  /** A running process may go on by itself once it is over. Of anything else a person should know first. */
  readonly passing: boolean;
  /** Nothing can be signed any more, and so nothing said: the ledger's store failed, or is not what was signed. */
  readonly mute: boolean;
}

/** The step that failed and what it threw. */
export interface Sealing {
  readonly step: string;
  readonly error: unknown;
}

export const told = ({ step, error }: Sealing): string =>
  `${step}: ${error instanceof Error ? error.message : String(error)}`;

/** What a write was not taken whole for, nobody has said. */
export class ShortWrite extends Error {
  readonly code = "SHORT_WRITE";
}

/** Below it a short write is taken for a full disk, and above it a log does not fill its reserve up again. */
export const ROOM_BYTES = 1 << 20;

const NO_ROOM: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);
const SQLITE_FULL = 13;
const SQLITE_READONLY = 8;

export function causeOf(step: string, error: unknown, dir: string): Cause {
  const noRoom = isNoRoom(error, dir);
  // After a failed sync nobody knows what this disk has, whatever the system called it.
  const passing = step !== "sync" && (noRoom || some(error, isReadOnly) || some(error, isBusy));
  const isEnded = some(error, (one) => field(one, "code") === "ended");
  return { reason: told({ step, error }), noRoom, passing, mute: step === "ledger" && !passing && !isEnded };
}

/** Whether it failed for want of room; a short write did where there is none. */
export const isNoRoom = (error: unknown, dir: string): boolean =>
  some(error, (one) => NO_ROOM.has(field(one, "code")) || primary(one) === SQLITE_FULL) ||
  (some(error, (one) => one instanceof ShortWrite) && !hasRoom(dir));
const isReadOnly = (one: Error): boolean => field(one, "code") === "EROFS" || primary(one) === SQLITE_READONLY;
const isBusy = (one: Error): boolean => field(one, "code") === "busy";

/** Whether the file system has room to go on; it does not where it cannot be asked. */
export function hasRoom(dir: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false;
  }
}

const field = (one: Error, name: string): unknown => Reflect.get(one, name);

/** SQLite's primary result code. */
function primary(one: Error): number | undefined {
  const code = field(one, "errcode");
  return typeof code === "number" ? code & 0xff : undefined;
}

/** Of an error or of what caused it. */
function some(error: unknown, holds: (one: Error) => boolean): boolean {
  for (let one = error; one instanceof Error; one = one.cause) if (holds(one)) return true;
  return false;
}
