/** The log as it is, on a disk that is full at a byte of an entry. Bundled by full-disk.mjs; tells what is wrong. */

import { closeSync, existsSync, openSync, readFileSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EntryBody } from "../../src/audit/entry.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { keepBallast } from "../../src/log/ballast.ts";
import { findLog } from "../../src/log/files.ts";
import { entriesFile } from "../../src/log/names.ts";
import { openLog, type OpenLog } from "../../src/log/open.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { intent, logOptions } from "../log/samples.ts";

const PAGE_BYTES = 4096;
const { privateKey: key } = generateKeyPairSync("ed25519");

export interface Place {
  readonly open: () => Promise<OpenLog>;
  readonly dir: string;
  readonly root: string;
  close(): Promise<void>;
}

/** One state on the small disk. */
export async function place(root: string): Promise<Place> {
  const state = join(root, "state");
  const store = await openStore(state);
  const dir = join(state, "log");
  return {
    dir,
    root,
    open: () => openLog(logOptions(dir, store, key)),
    close: () => store.close(),
  };
}

/** Takes all the room there is, beside what it took before. */
export function fill(root: string): string {
  const path = join(root, "filler");
  const fd = openSync(path, "a");
  const block = Buffer.alloc(PAGE_BYTES, 1);
  // What a process lets go of a moment later is taken too.
  while (statfsSync(root).bavail > 0) {
    try {
      while (writeSync(fd, block) === PAGE_BYTES);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    }
  }
  closeSync(fd);
  return path;
}

/** Leaves `left` bytes of the page that the stream ends in. */
async function pad(log: OpenLog, path: string, left: number): Promise<void> {
  const put = async (reason: string): Promise<void> => {
    log.record({ kind: "config.refused", reason });
    await log.synced();
  };
  const before = statSync(path).size;
  await put("");
  const size = statSync(path).size;
  const line = size - before;
  const missing = PAGE_BYTES - left - ((size + line) % PAGE_BYTES);
  await put("x".repeat((missing + PAGE_BYTES) % PAGE_BYTES));
  const found = PAGE_BYTES - (statSync(path).size % PAGE_BYTES);
  if (found % PAGE_BYTES !== left % PAGE_BYTES) throw new Error(`${found} bytes are left, not ${left}`);
}

const statusesOf = (dir: string, streams: readonly string[], call: string): string[] =>
  streams
    .flatMap((stream) => readFileSync(join(dir, entriesFile(stream)), "utf8").split("\n"))
    .filter((line) => line.includes(`"kind":"call.outcome","call":"${call}"`))
    .map((line) => (JSON.parse(line) as { status: string }).status);

/** Full with `left` bytes of room for the next entry. Gives what is wrong. */
export async function fullAt(place: Place, left: number): Promise<readonly string[]> {
  const { dir, root } = place;
  const wrong: string[] = [];
  const log = await place.open();
  const first = log.stream;
  if (!keepBallast(dir)) wrong.push("there is no reserve");
  // As long as the one that there is to be no room for.
  const [out, refused] = [`granted-${left}`, `refused-${left}`];
  const before = statSync(join(dir, entriesFile(first))).size;
  log.record(intent(out));
  await log.synced();
  const entryBytes = statSync(join(dir, entriesFile(first))).size - before;
  if (left >= entryBytes) {
    await log.close("end");
    return [];
  }
  await pad(log, join(dir, entriesFile(first)), left);
  const filler = fill(root);
  log.record(intent(refused));
  const taken = await log.written().then(
    () => true,
    () => false,
  );
  const torn = statSync(join(dir, entriesFile(first))).size % PAGE_BYTES;
  if (taken) wrong.push("an entry was taken that there was no room for");
  if (torn !== 0) wrong.push(`the file does not end at the page, but ${torn} bytes behind`);
  const outcome: EntryBody = { kind: "call.outcome", call: out, status: "ok" };
  log.record(outcome);
  log.record({ kind: "call.outcome", call: refused, status: "not_sent" });
  for (let i = 0; i < 3000 && log.stream === first; i++) await sleep(5);
  if (log.stream === first) wrong.push("what was in flight found no room");
  // A file of an earlier state may have been let go of only now: then there is room, and it may go on.
  const { bavail, bsize } = statfsSync(root);
  const hasRoom = bavail * bsize >= 1 << 20 && existsSync(join(dir, "ballast"));
  if (log.sealed === undefined && !hasRoom) wrong.push("it goes on without a reserve");
  const gives = await log.written().then(
    () => true,
    () => false,
  );
  if (gives && !hasRoom) wrong.push("it gives leave while it is sealed");
  // Nothing was made free yet: all of it stands in what the reserve has left.
  const last = log.stream;
  await log.close("end");
  if (!log.isSettled) wrong.push("its streams have not ended");
  rmSync(filler);
  const said = [out, refused].map((call) => statusesOf(dir, [...new Set([first, last])], call).join());
  if (said[0] !== "ok" || said[1] !== "not_sent") wrong.push(`outcomes are ${said.join(" and ")}`);
  return wrong.map((one) => `${left} bytes left: ${one}`);
}

/** What the verifier says of it all; undefined where it is proven. */
export async function judged(dir: string): Promise<string | undefined> {
  const { files, key } = await findLog(dir);
  const verdict = await verifyLog(files, key);
  return verdict.kind === "proven" ? undefined : JSON.stringify(verdict.fault);
}
