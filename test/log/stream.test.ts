import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ledgerLine } from "../../src/audit/leaf.ts";
import { SealedError, type LedgerStore } from "../../src/audit/log.ts";
import { createFile, type Disk } from "../../src/log/disk.ts";
import { LedgerError } from "../../src/log/ledger.ts";
import { entriesFile } from "../../src/log/names.ts";
import { SIGN_ENTRIES } from "../../src/log/pace.ts";
import { readBodies } from "../../src/log/related.ts";
import { bodyDigest } from "../../src/log/body.ts";
import { bodyLines, bytesOf, linesOf, place, verifyBytes } from "./fixture.ts";
import { BODIES_KEY, intent, outcome, pass } from "./samples.ts";

/** A disk that fails as told, over a real file: what it took before is really there. */
interface Faulty {
  readonly create: (path: string) => Disk;
  /** Bytes left before the disk is full; a write that does not fit is taken in part. */
  room: number;
  fail: "write" | "sync" | undefined;
  syncs: number;
  writes: number;
}

function faulty(): Faulty {
  const disk: Faulty = {
    room: Number.POSITIVE_INFINITY,
    fail: undefined,
    syncs: 0,
    writes: 0,
    create(path) {
      const file = createFile(path);
      return {
        write(bytes) {
          disk.writes++;
          if (disk.fail === "write") throw Object.assign(new Error("EIO: i/o error, write"), { code: "EIO" });
          if (disk.room === 0)
            throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
          const part = bytes.subarray(0, disk.room);
          disk.room -= part.length;
          return file.write(part);
        },
        async datasync() {
          disk.syncs++;
          if (disk.fail === "sync") throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
          await file.datasync();
        },
        isThere: () => file.isThere(),
        close: () => file.close(),
      };
    },
  };
  return disk;
}

describe("a stream", () => {
  test("is readable by its owner only, begins with stream.opened and ends with stream.closed", async () => {
    const { open, dir } = await place();
    const log = await open();
    await pass(log, "a");
    await log.close("end");
    for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).mode & 0o777, name).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    const kinds = linesOf(readFileSync(join(dir, entriesFile(log.stream)))).map(
      (line) => (JSON.parse(line) as { kind: string }).kind,
    );
    expect(kinds).toEqual(["stream.opened", "call.intent", "call.outcome", "stream.closed"]);
    expect(await verifyBytes(bytesOf(dir))).toMatchObject({ kind: "proven", summary: { unsigned: 0, entries: 4 } });
  });

  test("everything recorded in one turn is one write, and written() means that the kernel has it", async () => {
    const disk = faulty();
    const { open, dir } = await place();
    const log = await open({ create: disk.create });
    const before = disk.writes;
    for (let i = 0; i < 50; i++) log.record(intent(`c${i}`));
    const all = Promise.all([log.written(), log.written()]);
    expect(disk.writes).toBe(before);
    await all;
    expect(disk.writes).toBe(before + 1);
    expect(linesOf(readFileSync(join(dir, entriesFile(log.stream))))).toHaveLength(51);
    await log.close("end");
  });

  test("synced() of many at once shares the device's work", async () => {
    const disk = faulty();
    const { open } = await place();
    const log = await open({ create: disk.create });
    const before = disk.syncs;
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        log.record(intent(`c${i}`));
        await log.synced();
      }),
    );
    expect(disk.syncs - before).toBeLessThanOrEqual(4);
    await log.close("end");
  });

  test("a body of JSON is kept as its very bytes, whatever a parser would make of them", async () => {
    const { open, dir } = await place();
    const log = await open();
    const text = '{"n":9007199254740993,"q":"a \\u0041 \\"} ,\\"json\\":","z":1e400}';
    const ref = log.body(text, "json");
    await log.synced();
    expect((await readBodies(dir, log.stream, new Set([ref.digest]), BODIES_KEY)).get(ref.digest)).toMatchObject({
      kind: "kept",
      text,
    });
    await log.close("end");
  });

  test("a body is kept with the nonce that its digest needs; one that is not kept leaves only the nonce", async () => {
    const { open, dir } = await place();
    const log = await open();
    const text = '{"path":"木\\n","n":1e400}';
    const [kept, unkept] = [log.body(text, true), log.body("secret", false)];
    await log.synced();
    expect(kept.bytes).toBe(Buffer.byteLength(text));
    const bodies = await bodyLines(dir, log.stream);
    expect(bodies.join("")).not.toContain("secret");
    const [first, second] = bodies.map((line) => JSON.parse(line) as { d: string; nonce: string; text?: string });
    expect(first).toEqual({ d: kept.digest, nonce: first?.nonce, text });
    expect(bodyDigest(first?.nonce ?? "", text)).toBe(kept.digest);
    expect(bodyDigest(second?.nonce ?? "", "secret")).toBe(unkept.digest);
    // The same text twice cannot be told from two texts.
    expect(log.body(text, true).digest).not.toBe(kept.digest);
    await log.close("end");
  });

  test("P5: calls in flight when it closes are recorded as unknown, so that every call has its outcome", async () => {
    const { open, dir } = await place();
    const log = await open();
    log.record(intent("a"));
    log.record(intent("b"));
    log.record(outcome("b"));
    await log.close("end");
    expect(await verifyBytes(bytesOf(dir))).toMatchObject({
      kind: "proven",
      summary: { unknown: 1, inFlight: 0, entries: 6 },
    });
  });

  test("entries are under a signed checkpoint soon after they were written, without anybody asking", async () => {
    const { open, dir } = await place();
    const log = await open();
    await pass(log, "a");
    await vi.waitFor(
      async () => expect(await verifyBytes(bytesOf(dir))).toMatchObject({ summary: { entries: 3, unsigned: 0 } }),
      10_000,
    );
    await log.close("end");
  });

  test("an entry that cannot be written is refused and leaves no trace", async () => {
    const { open, dir } = await place();
    const log = await open();
    expect(() => log.record({ ...intent("a"), claimed: JSON.parse('{"client":5}') as never })).toThrow(TypeError);
    await pass(log, "b");
    await log.close("end");
    expect(await verifyBytes(bytesOf(dir))).toMatchObject({ kind: "proven", summary: { entries: 4 } });
  });

  test("a ledger that cannot be reached for long seals, so that unsigned entries do not go on without end", async () => {
    const { open, store } = await place();
    let away = false;
    const ledger = {
      ...store,
      appendLedger: (...args: Parameters<typeof store.appendLedger>) =>
        away ? Promise.reject(new Error("unreachable")) : store.appendLedger(...args),
    };
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const log = await open({ ledger });
    away = true;
    log.record(intent("a"));
    await log.written();
    for (let i = 0; i < 9; i++) {
      await vi.advanceTimersByTimeAsync(1000);
      // The device is real and takes its time.
      await vi.waitUntil(() => vi.getTimerCount() === 1, 15_000);
      expect(log.sealed).toBeUndefined();
    }
    await vi.advanceTimersByTimeAsync(1000);
    await vi.waitUntil(() => log.sealed !== undefined, 15_000);
    await expect(log.written()).rejects.toBeInstanceOf(SealedError);
    await log.close("end");
  });

  test("what comes fast is signed before a second has passed", async () => {
    const { open, store } = await place();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const log = await open();
    const leaves = await store.ledgerSize();
    for (let i = 0; i < SIGN_ENTRIES; i++) log.record({ kind: "config.refused", reason: String(i) });
    while ((await store.ledgerSize()) === leaves) await new Promise(setImmediate);
    await log.close("end");
  });

  test("nothing is taken after it is closed, nor while it is closing; that is no sealing", async () => {
    const { open, dir } = await place();
    const log = await open();
    const sealed = vi.fn<(reason: string) => void>();
    log.onSealed(sealed);
    log.record(intent("a"));
    const closing = log.close("end");
    await vi.waitUntil(
      () => readFileSync(join(dir, entriesFile(log.stream)), "utf8").includes("stream.closed"),
      15_000,
    );
    log.record(outcome("a"));
    await expect(log.written()).rejects.toBeInstanceOf(SealedError);
    await closing;
    const before = bytesOf(dir);
    log.record(intent("late"));
    log.body("late", true);
    await expect(log.written()).rejects.toBeInstanceOf(SealedError);
    await expect(log.synced()).rejects.toBeInstanceOf(SealedError);
    await log.close("again");
    expect(bytesOf(dir)).toEqual(before);
    expect(sealed).not.toHaveBeenCalled();
    expect(await verifyBytes(before)).toMatchObject({ kind: "proven", summary: { unknown: 1, entries: 4 } });
  });
});

describe("P4: what cannot be recorded is not acknowledged", () => {
  test("everybody who waits for one batch learns that it failed, and nobody else's promise is left open", async () => {
    const disk = faulty();
    const { open } = await place();
    const log = await open({ create: disk.create });
    disk.fail = "write";
    log.record(intent("a"));
    const waiting = [log.written(), log.synced(), log.written()];
    const settled = await Promise.allSettled(waiting);
    expect(settled.map((one) => one.status)).toEqual(["rejected", "rejected", "rejected"]);
    await log.close("end");
  });

  test("a stream's file is never shared: a second process of the same name is refused", async () => {
    const { open } = await place();
    const log = await open();
    await expect(open({ stream: log.stream })).rejects.toMatchObject({ code: "EEXIST" });
    await log.close("end");
  });

  test("an installation whose key was replaced, or whose store is older than its log, does not open", async () => {
    const one = await place();
    await (await one.open()).close("end");
    const other = await place();
    await expect(one.open({ key: other.key })).rejects.toBeInstanceOf(LedgerError);
    await expect(one.open({ key: other.key })).rejects.toMatchObject({ code: "key" });
    // A fresh store beside a log that has been signed: rolled back.
    await expect(one.open({ ledger: other.store })).rejects.toMatchObject({ code: "rolled-back" });
  });

  test("a store that is rolled back while the log is open seals it: nothing is signed that contradicts a signature", async () => {
    const { open, store, dir } = await place();
    let old: readonly string[] | undefined;
    // What a store put back from a copy gives: the lines of then, and the new one.
    const ledger: LedgerStore = {
      ...store,
      appendLedger: (leaves, sign, from = 0) =>
        old === undefined
          ? store.appendLedger(leaves, sign, from)
          : Promise.resolve(sign([...old, ...leaves.map(ledgerLine)].slice(from), from).length),
    };
    await (await open()).close("end");
    old = undefined;
    const before = (await store.readLedger()).lines;
    const log = await open({ ledger });
    old = before.slice(0, 1);
    const signed = bytesOf(dir).checkpoint;
    log.record(intent("a"));
    await vi.waitUntil(() => log.sealed !== undefined, 15_000);
    expect(log.sealed).toContain("shorter");
    expect(bytesOf(dir).checkpoint).toBe(signed);
    await log.close("end");
  });

  test("a log that is opened while another process appends is not taken for one rolled back", async () => {
    const { open, store, dir } = await place();
    const other = await open();
    // So that the whole ledger is read.
    writeFileSync(join(dir, "ledger.tree"), "");
    const ledger: LedgerStore = {
      ...store,
      readLedger: async () => {
        const read = await store.readLedger();
        await other.close("end");
        return read;
      },
    };
    await (await open({ ledger })).close("end");
    expect(await verifyBytes(bytesOf(dir))).toMatchObject({ kind: "proven" });
  });

  test("a torn or lost mirror is written anew when the log is opened", async () => {
    const { open, dir } = await place();
    await (await open()).close("end");
    const whole = bytesOf(dir);
    appendFileSync(join(dir, "ledger.tree"), "garbage");
    writeFileSync(join(dir, "ledger.jsonl"), whole.ledger.subarray(0, 50));
    const log = await open();
    await log.close("end");
    const mended = bytesOf(dir);
    expect(mended.ledger.subarray(0, whole.ledger.length)).toEqual(whole.ledger);
    expect(await verifyBytes(mended, whole.checkpoint)).toMatchObject({ kind: "proven", summary: { streams: 2 } });
  });
});
