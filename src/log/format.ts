/** Whether a log was written by a later program, whose entries, ledger or bodies this one would not understand. */

import { open } from "node:fs/promises";
import { join } from "node:path";
import { openEntries } from "./entries.ts";
import { streamsIn } from "./files.ts";
import { LedgerError } from "./ledger.ts";
import { LEDGER_FILE } from "./mirror.ts";
import { bodiesFile } from "./names.ts";

/** The formats of entries, ledger lines and bodies that this program writes and reads. */
const VERSION = 1;
/** Longer than any line of a ledger. */
const LEDGER_TAIL_BYTES = 1024;
const HEAD_BYTES = 24;
/** Streams that are looked at, the newest first: a later program has begun one of its own. */
const STREAMS = 3;

/** `{"v":2,…` at the beginning of a line. A body that was written plain has no version. */
function versionOf(line: string): number {
  const [, version] = /^\{"v":(\d{1,6})[,}]/.exec(line) ?? [];
  return version === undefined ? VERSION : Number(version);
}

function refuse(file: string, line: string): void {
  const version = versionOf(line);
  if (version > VERSION) throw new LedgerError("newer", `${file} has format ${version}; this program knows ${VERSION}`);
}

/** @throws LedgerError `newer`, before anything is written */
export async function refuseNewer(dir: string): Promise<void> {
  refuse(LEDGER_FILE, await lastLine(join(dir, LEDGER_FILE)));
  const streams = await streamsIn(dir).catch(() => []);
  for (const stream of streams.slice(-STREAMS)) {
    refuse(stream, await firstBytes(dir, stream));
    refuse(bodiesFile(stream), await bytesAt(join(dir, bodiesFile(stream)), () => 0, HEAD_BYTES));
  }
}

async function firstBytes(dir: string, stream: string): Promise<string> {
  const file = await openEntries(dir, stream).catch(() => undefined);
  if (file === undefined) return "";
  try {
    return (await file.read(0, HEAD_BYTES)).toString("latin1");
  } finally {
    await file.close();
  }
}

async function lastLine(path: string): Promise<string> {
  const tail = await bytesAt(path, (size) => Math.max(0, size - LEDGER_TAIL_BYTES), LEDGER_TAIL_BYTES);
  return tail.trimEnd().split("\n").at(-1) ?? "";
}

async function bytesAt(path: string, from: (size: number) => number, length: number): Promise<string> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return "";
  try {
    const { size } = await file.stat();
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, from(size));
    return buffer.toString("latin1", 0, bytesRead);
  } finally {
    await file.close();
  }
}
