/** The log as evidence, for `lib/evidence.mjs`, which bundles it: how fast a long one is proven, how fast entries become durable. */

import { generateKeyPairSync, hash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fdatasync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { archiveDigest } from "../src/audit/archive.ts";
import { checkpointText, originOf, signNote, verifierText } from "../src/audit/checkpoint.ts";
import type { EntryBody } from "../src/audit/entry.ts";
import { ledgerLine } from "../src/audit/leaf.ts";
import { entryLine, NO_PREV } from "../src/audit/line.ts";
import { lineBatches } from "../src/audit/lines.ts";
import { redactor } from "../src/audit/redact.ts";
import { leafHash, leafHashOf, Tree, treeOver } from "../src/audit/tree.ts";
import { verifyLog } from "../src/audit/verify.ts";
import { archiveOf } from "../src/compose/archive.ts";
import { digestOf } from "../src/config/files.ts";
import { loadConfig } from "../src/config/load.ts";
import { findLog } from "../src/log/files.ts";
import { ARCHIVE_FOLDER, archiveFile, newStreamId } from "../src/log/names.ts";
import { openLog } from "../src/log/open.ts";
import { openStore } from "../src/store/sqlite.ts";

const START = 1_795_000_000_000;
const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
const timeOf = (n: number): string => new Date(START + n).toISOString();

const intent = (n: number): EntryBody => ({
  kind: "call.intent",
  call: hex(n, 24),
  agent: "bench",
  target: { server: "echo", kind: "tool", name: "echo" },
  why: { effect: "allow", access: "read", cause: "default-read", rules: [] },
  args: { digest: hash("sha256", String(n), "hex"), bytes: 31 },
  claimed: { client: "claude-code", version: "2.1.0", protocol: "2025-11-25" },
});
const outcome = (n: number): EntryBody => ({
  kind: "call.outcome",
  call: hex(n - 1, 24),
  status: "ok",
  result: { digest: hash("sha256", `-${n}`, "hex"), bytes: 1204 },
});

/** What a gate under the configuration at `path` archives and records before its first call. */
async function configured(dir: string, path: string): Promise<readonly EntryBody[]> {
  const loaded = await loadConfig(path);
  if (loaded.config === undefined) throw new Error(JSON.stringify(loaded.problems));
  const text = archiveOf(loaded, loaded.config);
  const accepted = { digest: digestOf(loaded.sources), archive: archiveDigest(text) };
  mkdirSync(join(dir, ARCHIVE_FOLDER));
  writeFileSync(join(dir, ARCHIVE_FOLDER, archiveFile(accepted.archive)), text);
  return [
    { kind: "config.accepted", ...accepted, by: "first start", first: true, config: path },
    { kind: "config.applied", config: path, accepted },
  ];
}

/** One stream of reads under a ledger with a leaf for each thousand entries, as a busy gate leaves it. */
async function writeLog(dir: string, count: number, config: string): Promise<string> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const [origin, stream] = [originOf(privateKey), "20261122-000000-0123456789abcdef"];
  const key = verifierText(origin, privateKey);
  const tree = new Tree();
  const leaves: string[] = [];
  const leaf = (state: "opened" | "open" | "closed", n: number): void => {
    leaves.push(ledgerLine({ stream, size: tree.size, root: tree.root(), state, time: timeOf(n) }));
  };
  leaf("opened", 0);
  const facts = { program: "kidoban", version: "0.1.0", mode: "same-user", agent: "bench" } as const;
  const first: readonly EntryBody[] = [
    { kind: "stream.opened", stream, log: origin, key, ...facts },
    ...(await configured(dir, config)),
  ];
  const bodyOf = (n: number): EntryBody => {
    if (n === count - 1) return { kind: "stream.closed", reason: "end" };
    return first[n] ?? (n % 2 === 1 ? intent(n) : outcome(n));
  };
  const path = join(dir, `${stream}.jsonl`);
  const file = openSync(path, "w");
  let prev = NO_PREV;
  let waiting: string[] = [];
  for (let n = 0; n < count; n++) {
    const line = entryLine(n, prev, timeOf(n), leaves.length, bodyOf(n));
    prev = leafHash(line);
    tree.append(prev);
    waiting.push(line);
    if (waiting.length === 1000 || n === count - 1) {
      writeSync(file, `${waiting.join("\n")}\n`);
      waiting = [];
      leaf(n === count - 1 ? "closed" : "open", n);
    }
  }
  closeSync(file);
  const ledger = treeOver(leaves);
  writeFileSync(join(dir, "ledger.jsonl"), `${leaves.join("\n")}\n`);
  writeFileSync(join(dir, "key"), `${key}\n`);
  const text = checkpointText({ origin, size: ledger.size, root: ledger.root() });
  writeFileSync(join(dir, "checkpoint"), signNote(text, origin, privateKey));
  return path;
}

/** CPU time of this process, ms: others at work on the machine do not count. */
async function cpu(step: () => Promise<void>): Promise<number> {
  const from = process.cpuUsage();
  await step();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

/** Reads the same bytes in the same way and makes every hash that the proof needs: RFC 6962 section 2.1. Checks nothing. */
async function hashTree(path: string): Promise<void> {
  const tree = new Tree();
  for await (const batch of lineBatches(createReadStream(path, { highWaterMark: 256 * 1024 })))
    for (const { bytes } of batch) tree.append(leafHashOf(bytes));
  tree.root();
}

/** One sha256 over each line, and nothing else. */
async function hashLines(path: string): Promise<void> {
  for await (const batch of lineBatches(createReadStream(path, { highWaterMark: 256 * 1024 })))
    for (const { bytes } of batch) hash("sha256", bytes, "hex");
}

const best = async (runs: number, step: () => Promise<number>): Promise<number> => {
  let least = Infinity;
  for (let run = 0; run < runs; run++) least = Math.min(least, await step());
  return least;
};

/** `config`: of a gate that has an agent `bench` and its server `echo`. Seconds of CPU; `memoryMb`: what the process held at most beyond what it held before. */
export async function measureProof(folder: string, count: number, config: string) {
  const dir = mkdtempSync(join(folder, "log-"));
  try {
    const path = await writeLog(dir, count, config);
    const tree = await best(3, () => cpu(() => hashTree(path)));
    const lines = await best(3, () => cpu(() => hashLines(path)));
    const before = process.memoryUsage().rss;
    let most = before;
    const verified = await best(3, () =>
      cpu(async () => {
        const { files, key } = await findLog(dir);
        const verdict = await verifyLog(files, key);
        if (verdict.kind !== "proven" || verdict.summary.entries !== count) throw new Error(JSON.stringify(verdict));
        most = Math.max(most, process.memoryUsage().rss);
      }),
    );
    return { count, tree, lines, verified, memoryMb: (most - before) / 2 ** 20 };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const SYNCS = 2000;

/** Entries a second: one after the other on the device by themselves, as the log makes them, and as it does for many at once. */
export async function measureAppends(folder: string, atOnce = 32) {
  const dir = mkdtempSync(join(folder, "log-"));
  mkdirSync(join(dir, "state"));
  const store = await openStore(join(dir, "state"));
  try {
    const log = await openLog({
      dir: join(dir, "log"),
      ledger: store,
      key: generateKeyPairSync("ed25519").privateKey,
      stream: newStreamId(Date.now()),
      facts: { program: "kidoban", version: "0.1.0", mode: "same-user" },
      now: Date.now,
      redact: redactor(Buffer.alloc(32, 1)),
      bodiesKey: Buffer.alloc(32, 2),
    });
    const line = `${entryLine(1, NO_PREV, timeOf(1), 1, intent(1))}\n`;
    const file = openSync(join(dir, "bare"), "a");
    const datasync = (): Promise<void> =>
      new Promise((resolve, reject) => {
        fdatasync(file, (error) => (error === null ? resolve() : reject(error)));
      });
    const rate = async (step: () => Promise<unknown>, each = 1): Promise<number> => {
      const from = performance.now();
      for (let n = 0; n < SYNCS; n++) await step();
      return (SYNCS * each * 1000) / (performance.now() - from);
    };
    const bareOnce = (): Promise<void> => {
      writeSync(file, line);
      return datasync();
    };
    let n = 1;
    const ourOnce = (): Promise<void> => {
      log.record(n % 2 === 1 ? intent(n) : outcome(n));
      n++;
      return log.synced();
    };
    const many = (): Promise<unknown> => Promise.all(Array.from({ length: atOnce }, ourOnce));
    // In turns, so that a disk that grows slow is slow for all of them.
    const rounds: { readonly bare: number; readonly log: number; readonly many: number }[] = [];
    for (let round = 0; round < 3; round++)
      rounds.push({ bare: await rate(bareOnce), log: await rate(ourOnce), many: await rate(many, atOnce) });
    closeSync(file);
    await log.close("end");
    const middle = (of: "bare" | "log" | "many"): number =>
      rounds.map((each) => each[of]).toSorted((a, b) => a - b)[1] ?? 0;
    return { bare: middle("bare"), log: middle("log"), many: middle("many"), atOnce };
  } finally {
    await store.close();
    rmSync(dir, { recursive: true });
  }
}
