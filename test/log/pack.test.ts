import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verifyLog } from "../../src/audit/verify.ts";
import { BLOCK_BYTES, ending, member } from "../../src/log/bgzf.ts";
import { keptIndex } from "../../src/compose/log-index.ts";
import { openBodies } from "../../src/log/bodies.ts";
import { openEntries } from "../../src/log/entries.ts";
import { findLog } from "../../src/log/files.ts";
import { bodiesFile, compressedFile, entriesFile } from "../../src/log/names.ts";
import { packBodies, packEntries } from "../../src/log/pack.ts";
import { logReader } from "../../src/log/read.ts";
import { clearDrafts } from "../../src/log/replace.ts";
import { lastLeaves } from "../../src/log/standing.ts";
import { secondOf } from "../audit/python.ts";
import { bodyLines, place, type Place } from "./fixture.ts";
import { BODIES_KEY, intent, outcome } from "./samples.ts";

const T = Date.parse("2026-11-22T00:00:00Z");

/** Two streams whose entries lie between each other's in time, over several blocks, with bodies. */
async function written(here: Place, count = 600): Promise<readonly string[]> {
  let at = T;
  const logs = await Promise.all([1, 2].map(() => here.open({ now: () => at })));
  for (let i = 0; i < count; i += 1) {
    const [log, call] = [logs[i % 2], `call-${i}`];
    if (log === undefined) continue;
    const args = log.body(JSON.stringify({ i, text: "some text that repeats. ".repeat(20) }), "json");
    log.record({ ...intent(call, `tool-${"x".repeat(i % 211)}`), args });
    at += 3;
    log.record(outcome(call));
  }
  for (const log of logs) await log.close("end");
  return logs.map(({ stream }) => stream);
}

const parts = (dir: string) => ({ dir, key: BODIES_KEY, pauseMs: 0 });
async function packAll(dir: string): Promise<readonly string[]> {
  const done: string[] = [];
  for (const leaf of (await lastLeaves(dir)).values()) {
    done.push(await packEntries(parts(dir), leaf));
    await packBodies(parts(dir), leaf.stream);
  }
  return done;
}

async function verdictOf(dir: string) {
  const { files, key } = await findLog(dir);
  const own = await verifyLog(files, key);
  const [second] = secondOf([dir]);
  if (own.kind === "fault") {
    const { code, file, line } = own.fault;
    expect(second, "the second verifier").toMatchObject({ kind: "fault", fault: { code, file, line } });
  } else expect(second?.kind, "the second verifier").toBe("proven");
  return own;
}

async function everythingRead({ state, dir }: Place) {
  const kept = keptIndex(state);
  try {
    return await kept.use(async (index) => {
      for await (const _ of index.grow({ batch: 1_000 })) continue;
      const pages = [];
      let before;
      do {
        const page: Awaited<ReturnType<typeof index.page>> = await index.page({}, 100, before);
        pages.push(page.entries);
        before = page.older;
      } while (before !== undefined);
      return {
        pages,
        middle: await index.page({ until: T + 900, since: T + 300 }, 5),
        whole: await logReader(dir).next(),
        trail: await index.trail("call-77"),
      };
    });
  } finally {
    kept.close();
  }
}

const openFiles = (): number => readdirSync("/proc/self/fd").length;

/** As it stands in a body's line. */
const digest = (line = ""): string => line.slice(6, 70);

describe("a log with compressed streams", () => {
  test("P6: is read and proven as it was, by both verifiers, and its plain files are gone", async () => {
    const here = await place();
    const streams = await written(here);
    const [read, proven] = [await everythingRead(here), await verdictOf(here.dir)];
    const plain = streams.map((stream) => readFileSync(join(here.dir, entriesFile(stream))));
    const bodies = await Promise.all(streams.map((stream) => bodyLines(here.dir, stream)));
    const [size, changed] = [
      statSync(join(here.dir, bodiesFile(streams[0] ?? ""))).size,
      statSync(join(here.dir, entriesFile(streams[0] ?? ""))).mtimeMs,
    ];
    expect(plain.every((bytes) => bytes.length > 2 * BLOCK_BYTES)).toBe(true);
    expect(await packAll(here.dir)).toEqual(["packed", "packed"]);
    expect(await packAll(here.dir)).toEqual(["was-packed", "was-packed"]);
    for (const [i, stream] of streams.entries()) {
      expect(existsSync(join(here.dir, entriesFile(stream)))).toBe(false);
      // Any gzip reads it.
      expect(gunzipSync(readFileSync(join(here.dir, compressedFile(stream)))).equals(plain[i] ?? Buffer.alloc(0))).toBe(
        true,
      );
      expect(await bodyLines(here.dir, stream)).toEqual(bodies[i]);
    }
    expect(statSync(join(here.dir, compressedFile(streams[0] ?? ""))).mtimeMs).toBeCloseTo(changed, 0);
    expect(statSync(join(here.dir, bodiesFile(streams[0] ?? ""))).size).toBeLessThan(size / 3);
    expect(await everythingRead(here)).toEqual(read);
    rmSync(join(here.state, "index.db"));
    expect(await everythingRead(here)).toEqual(read);
    expect(await verdictOf(here.dir)).toEqual(proven);
  });

  test("any range of a compressed stream is that of the plain one", async () => {
    const here = await place();
    const [stream = ""] = await written(here);
    const plain = readFileSync(join(here.dir, entriesFile(stream)));
    await packAll(here.dir);
    const file = await openEntries(here.dir, stream);
    expect(file.size).toBe(plain.length);
    try {
      await fc.assert(
        fc.asyncProperty(fc.nat(plain.length + 10), fc.nat(150_000), async (from, length) => {
          expect((await file.read(from, length)).equals(plain.subarray(from, from + length))).toBe(true);
        }),
        { numRuns: 60 },
      );
    } finally {
      await file.close();
    }
    for (const [from, end] of [
      [0, 10],
      [BLOCK_BYTES - 1, BLOCK_BYTES + 1],
      [plain.length - 5, plain.length + 5],
      [7, 7],
    ] as const) {
      const read: Buffer[] = [];
      for await (const chunk of (await openEntries(here.dir, stream)).chunks(from, end)) read.push(chunk);
      expect(Buffer.concat(read).equals(plain.subarray(from, end))).toBe(true);
    }
  });

  test("P6: a byte changed in a compressed stream is found by both verifiers at the same line, wherever it is", async () => {
    const here = await place();
    const [stream = ""] = await written(here);
    await packAll(here.dir);
    const path = join(here.dir, compressedFile(stream));
    const good = readFileSync(path);
    for (const at of [3, 16, 300, good.length - 40]) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x41;
      writeFileSync(path, bad);
      const verdict = await verdictOf(here.dir);
      // In a header stand a few bytes that no reader looks at; what is read is then what was signed.
      if (verdict.kind === "fault") expect([at, verdict.fault.file]).toEqual([at, stream]);
      else expect([at, gunzip(bad)?.equals(gunzip(good) ?? Buffer.alloc(0))]).toEqual([at, true]);
      if (at === 300) expect(verdict).toMatchObject({ kind: "fault", fault: { line: 1 } });
    }
    writeFileSync(path, good.subarray(0, good.length - 100));
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "fault", fault: { file: stream } });
    writeFileSync(path, Buffer.concat([good, Buffer.from("more\n")]));
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "fault", fault: { file: stream } });
    writeFileSync(path, good);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven" });
  });

  test("P6: a compressed stream that is laid out otherwise is refused by both verifiers, whatever its header says", async () => {
    const here = await place();
    const [stream = ""] = await written(here, 300);
    await packAll(here.dir);
    const path = join(here.dir, compressedFile(stream));
    const good = readFileSync(path);
    const plain = gunzipSync(good);
    const laidOut = async (length: number): Promise<Buffer> => {
      const made: Buffer[] = [];
      for (let at = 0; at < plain.length; at += length)
        made.push(await member(plain.subarray(at, at + length), at === 0 ? plain.length : undefined));
      return Buffer.concat([...made, await ending()]);
    };
    expect(gunzipSync(await laidOut(10_000)).equals(plain)).toBe(true);
    const said = Buffer.from(good);
    said.writeBigUInt64LE(BigInt(BLOCK_BYTES), 22);
    for (const [what, bytes] of [
      ["a header that says less", said],
      ["shorter members", await laidOut(10_000)],
      ["no ending", good.subarray(0, good.length - (await ending()).length)],
      ["two endings", Buffer.concat([good, await ending()])],
      ["plain gzip", gzipSync(plain)],
    ] as const) {
      writeFileSync(path, bytes);
      expect([what, await verdictOf(here.dir)]).toMatchObject([what, { kind: "fault", fault: { file: stream } }]);
    }
    // And who lists sees all of it.
    writeFileSync(path, said);
    const file = await openEntries(here.dir, stream);
    expect(file.size).toBe(plain.length);
    await file.close();
    writeFileSync(path, good);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven" });
  });

  test("P6: what is not what the ledger signed is left as it is", async () => {
    const here = await place();
    const [stream = ""] = await written(here, 20);
    const path = join(here.dir, entriesFile(stream));
    const bad = readFileSync(path, "utf8").replace("call-2", "call-9");
    writeFileSync(path, bad);
    const leaf = (await lastLeaves(here.dir)).get(stream);
    expect(leaf && (await packEntries(parts(here.dir), leaf))).toBe("damaged");
    expect(readFileSync(path, "utf8")).toBe(bad);
    expect(existsSync(join(here.dir, compressedFile(stream)))).toBe(false);
  });

  test("a crash at any step leaves a log that is read and proven as it was, and is finished by the next", async () => {
    const here = await place();
    const [stream = ""] = await written(here, 60);
    const [name, packed] = [entriesFile(stream), compressedFile(stream)].map((file) => join(here.dir, file)) as [
      string,
      string,
    ];
    const plain = readFileSync(name);
    const { mtimeMs } = statSync(name);
    const read = await everythingRead(here);
    await packAll(here.dir);
    const whole = readFileSync(packed);
    const again = async (): Promise<void> => {
      expect(await everythingRead(here)).toEqual(read);
      expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven" });
      await clearDrafts(here.dir);
      await packAll(here.dir);
      expect(await everythingRead(here)).toEqual(read);
      expect(existsSync(name)).toBe(false);
      expect(readdirSync(here.dir).filter((file) => file.startsWith(".draft"))).toEqual([]);
    };
    const restored = (): void => {
      writeFileSync(name, plain);
      utimesSync(name, mtimeMs / 1000, mtimeMs / 1000);
    };
    // Between the rename and the removal.
    restored();
    await again();
    // While the draft was written.
    restored();
    writeFileSync(join(here.dir, `.draft-1-${stream}`), whole.subarray(0, 99));
    await again();
    // A file under the right name that is not the whole.
    restored();
    writeFileSync(packed, whole.subarray(0, 99));
    await again();
  });

  test("bodies without their key, of older programs or with a torn end are not harmed", async () => {
    const here = await place();
    const [one = "", two = ""] = await written(here, 20);
    const lines = await bodyLines(here.dir, one);
    const path = join(here.dir, bodiesFile(one));
    const sealed = readFileSync(path);
    expect((await packBodies({ dir: here.dir, key: undefined, pauseMs: 0 }, one)).kind).toBe("locked");
    expect((await packBodies({ dir: here.dir, key: Buffer.alloc(32, 9), pauseMs: 0 }, one)).kind).toBe("locked");
    expect(readFileSync(path).equals(sealed)).toBe(true);
    writeFileSync(path, sealed.subarray(0, -30));
    expect((await packBodies(parts(here.dir), one)).kind).toBe("packed");
    const torn = await bodyLines(here.dir, one);
    expect(torn.slice(0, -1)).toEqual(lines.slice(0, -1));
    expect(lines.at(-1)?.startsWith(torn.at(-1) ?? "?")).toBe(true);
    writeFileSync(join(here.dir, bodiesFile(two)), lines.map((line) => `${line}\n`).join(""));
    expect((await packBodies(parts(here.dir), two)).kind).toBe("packed");
    expect(await openBodies(here.dir, two, undefined)).toMatchObject({ kind: "locked" });
    expect(await bodyLines(here.dir, two)).toEqual(lines);
    copyFileSync(path, join(here.dir, bodiesFile(two)));
    expect((await packBodies(parts(here.dir), two)).kind).toBe("locked");
  });

  test.skipIf(process.platform !== "linux")("what is left as it is leaves no file open", async () => {
    const here = await place();
    const [stream = ""] = await written(here, 20);
    await packAll(here.dir);
    const before = openFiles();
    for (let i = 0; i < 40; i++) {
      expect((await packBodies(parts(here.dir), stream)).kind).toBe("was-packed");
      const bodies = await openBodies(here.dir, stream, BODIES_KEY);
      if (bodies.kind === "open") await bodies.close();
    }
    expect(openFiles()).toBeLessThan(before + 20);
  });

  test("bodies that are dropped leave digest and nonce, so that who has the text still proves it", async () => {
    const here = await place();
    const [stream = ""] = await written(here, 20);
    const lines = await bodyLines(here.dir, stream);
    const done = await packBodies(parts(here.dir), stream, (each) => each !== digest(lines[1]));
    expect(done).toMatchObject({ kind: "packed", dropped: 1 });
    const left = await bodyLines(here.dir, stream);
    expect(left.map(digest)).toEqual(lines.map(digest));
    expect(left[1]).toBe(`${(lines[1] ?? "").slice(0, (lines[1] ?? "").indexOf(',"json"'))}}`);
    expect(left.toSpliced(1, 1)).toEqual(lines.toSpliced(1, 1));
  });
});

function gunzip(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes);
  } catch {
    return undefined;
  }
}
