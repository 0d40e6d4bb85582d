/** A log whose disk fails: what is refused, what is still said, and when it takes everything again. Both verifiers judge. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { EntryBody } from "../../src/audit/entry.ts";
import { parseEntry } from "../../src/audit/line.ts";
import { SealedError } from "../../src/audit/log.ts";
import { keepBallast, releaseBallast } from "../../src/log/ballast.ts";
import { createFile, type Disk } from "../../src/log/disk.ts";
import { entriesFile } from "../../src/log/names.ts";
import { readBodies } from "../../src/log/related.ts";
import type { OpenLog } from "../../src/log/open.ts";
import { StoreError } from "../../src/store/store.ts";
import { person, says } from "../approval/sample.ts";
import { hasPython, secondOf } from "../audit/python.ts";
import { answered, ask, claimed, opened } from "./asked.ts";
import { bytesOf, faultOf, linesOf, place, verifyBytes, type Place } from "./fixture.ts";
import { BODIES_KEY, intent, outcome, pass } from "./samples.ts";

const aiko = person("aiko", "ops");

async function expectProven({ dir }: Place, summary: Readonly<Record<string, unknown>>): Promise<void> {
  expect(await verifyBytes(bytesOf(dir))).toMatchObject({ kind: "proven", summary });
  if (!hasPython) return;
  expect(secondOf([dir])).toMatchObject([{ kind: "proven" }]);
}

/** All entries of the log that count, in order of streams: of a stream in doubt those before `size`. */
function counted(dir: string): readonly EntryBody[] {
  const all = [...bytesOf(dir).streams].map(([stream, bytes]) => ({
    stream,
    bodies: linesOf(bytes).flatMap((line) => {
      const parsed = parseEntry(line);
      return parsed.kind === "entry" ? [parsed.entry.body] : [];
    }),
  }));
  const sizes = new Map(
    all
      .flatMap(({ bodies }) => bodies)
      .flatMap((body) => (body.kind === "stream.recovered" ? [[body.stream, body.size]] : [])),
  );
  return all.flatMap(({ stream, bodies }) => bodies.slice(0, sizes.get(stream)));
}
const outcomesOf = (dir: string, call: string) =>
  counted(dir).flatMap((body) => (body.kind === "call.outcome" && body.call === call ? [body.status] : []));

/** Calls of which a stream has an entry and not what was kept with it. */
async function withoutBodies(dir: string, stream: string): Promise<readonly string[]> {
  const intents = linesOf(readFileSync(join(dir, entriesFile(stream)))).flatMap((line) => {
    const parsed = parseEntry(line);
    return parsed.kind === "entry" && parsed.entry.body.kind === "call.intent" ? [parsed.entry.body] : [];
  });
  const bodies = await readBodies(dir, stream, new Set(intents.map(({ args }) => args.digest)), BODIES_KEY);
  return intents.flatMap(({ call, args }) => (bodies.get(args.digest)?.kind === "kept" ? [] : [call]));
}
const withBody = (log: OpenLog, call: string): EntryBody => ({
  ...intent(call),
  args: log.body(`{"of":"${call}"}`, "json"),
});

const code = (code: string): Error => Object.assign(new Error(`${code}: as the test wants it`), { code });

/** A disk over real files; `failing` decides for each file and step, by the number of the stream. */
function faulty(
  failing: (
    step: "create" | "write" | "sync",
    stream: number,
    kind: "entries" | "bodies",
  ) => Error | number | undefined,
) {
  const streams: string[] = [];
  const syncs: number[] = [];
  return {
    syncs,
    create(path: string): Disk {
      const name = path.slice(path.lastIndexOf("/") + 1).split(".")[0] ?? "";
      if (!streams.includes(name)) streams.push(name);
      const stream = streams.indexOf(name);
      const kind = path.includes(".bodies.") ? "bodies" : "entries";
      const step = (what: "create" | "write" | "sync"): number | undefined => {
        const fault = failing(what, stream, kind);
        if (fault instanceof Error) throw fault;
        return fault;
      };
      step("create");
      const file = createFile(path);
      return {
        isThere: () => file.isThere(),
        close: () => file.close(),
        write(bytes) {
          const most = step("write");
          return file.write(most === undefined ? bytes : bytes.subarray(0, most));
        },
        async datasync() {
          syncs[stream] = (syncs[stream] ?? 0) + 1;
          step("sync");
          await file.datasync();
        },
      };
    },
  };
}

async function expectRefused(log: OpenLog): Promise<void> {
  await expect(log.written()).rejects.toBeInstanceOf(SealedError);
  await expect(log.synced()).rejects.toBeInstanceOf(SealedError);
}

describe("P4 P5: a log whose disk fails", () => {
  test.each([
    ["a failed write", "write", code("EIO")],
    ["a short write", "write", 100],
    ["a failed sync", "sync", code("EIO")],
    ["a sync that found no room", "sync", code("ENOSPC")],
  ] as const)(
    "%s seals it for good; what was in flight ends in a new stream as what it was",
    async (_, step, fault) => {
      const here = await place();
      let failing = false;
      const disk = faulty((what, stream, kind) =>
        failing && what === step && stream === 0 && kind === "entries" ? fault : undefined,
      );
      const log = await here.open({ create: disk.create });
      const first = log.stream;
      const sealed = vi.fn<(reason: string) => void>();
      log.onSealed(sealed);
      await pass(log, "before");
      log.record({ ...intent("durable"), args: log.body('{"a":1}', true) });
      await log.synced();
      log.record(withBody(log, "written"));
      await log.written();
      // Long enough for what nobody waits for to be written too.
      await new Promise((resolve) => setTimeout(resolve, 30));
      failing = true;
      const syncs = disk.syncs[0] ?? 0;
      log.record(outcome("durable"));
      log.record(withBody(log, "refused"));
      await expect(log.synced()).rejects.toBeInstanceOf(SealedError);
      // What went out before ends meanwhile, and once there is a new stream.
      log.record({ kind: "call.outcome", call: "written", status: "tool_error" });
      log.record({ kind: "call.outcome", call: "refused", status: "not_sent" });
      await vi.waitUntil(() => log.stream !== first, 15_000);
      await expectRefused(log);
      expect(sealed).toHaveBeenCalledTimes(1);
      failing = false;
      await new Promise((resolve) => setTimeout(resolve, 1200));
      // A disk that has failed once is not trusted again by itself.
      await expectRefused(log);
      // No file was asked twice: entries and bodies at once, or, where a write had failed, the entries for what stands.
      expect(disk.syncs[0]).toBe(syncs + (step === "sync" ? 2 : 1));
      await log.close("end");
      expect(log.isSettled).toBe(true);
      const [opened] = linesOf(readFileSync(join(here.dir, entriesFile(log.stream)))).map(
        (line) => JSON.parse(line) as { follows?: unknown },
      );
      expect(opened?.follows).toMatchObject({ stream: first, reason: log.sealed });
      expect(["before", "durable", "written", "refused"].map((call) => outcomesOf(here.dir, call))).toEqual([
        ["ok"],
        ["ok"],
        ["tool_error"],
        ["not_sent"],
      ]);
      expect(await withoutBodies(here.dir, log.stream)).toEqual([]);
      await expectProven(here, { streams: 2, inFlight: 0, unknown: 0, open: [], unsigned: 0 });
    },
  );

  test("a sync that failed leaves the rest of its file without meaning: both verifiers prove the log with it, cut or gone, and not with more", async () => {
    const here = await place();
    let failing = false;
    const disk = faulty((what, stream, kind) =>
      failing && what === "sync" && stream === 0 && kind === "entries" ? code("EIO") : undefined,
    );
    const log = await here.open({ create: disk.create });
    const first = log.stream;
    await pass(log, "before");
    const whole = statSync(join(here.dir, entriesFile(first))).size;
    failing = true;
    log.record(intent("x"));
    await expect(log.synced()).rejects.toBeInstanceOf(SealedError);
    log.record({ kind: "call.outcome", call: "x", status: "not_sent" });
    await log.close("end");
    const bytes = readFileSync(join(here.dir, entriesFile(first)));
    expect(bytes.length).toBeGreaterThan(whole);
    for (const cut of [bytes.length, bytes.length - 10, whole]) {
      writeFileSync(join(here.dir, entriesFile(first)), bytes.subarray(0, cut));
      await expectProven(here, { streams: 2 });
    }
    const more = bytesOf(here.dir);
    more.streams.set(first, Buffer.concat([bytes, Buffer.from("more\n")]));
    expect(await faultOf(more)).toMatchObject({ code: "tail-changed", file: first });
    more.streams.set(first, bytes.subarray(0, whole - 1));
    expect(await faultOf(more)).toMatchObject({ file: first });
  });

  test("full at any byte of an entry: the reserve makes room for what was in flight, and only with room for a new one it goes on", async () => {
    for (let room = 0; room <= 350; room += 25) {
      const here = await place();
      let left = Number.POSITIVE_INFINITY;
      let full = false;
      const disk = faulty((what, _stream, kind) => {
        if (kind === "bodies" || !full || what !== "write") return undefined;
        // Its reserve given up, there is room.
        if (!existsSync(join(here.dir, "ballast"))) return undefined;
        if (left === 0) return code("ENOSPC");
        const taken = left;
        left = 0;
        return taken;
      });
      const log = await here.open({ create: disk.create });
      const opened = vi.fn<() => void>();
      log.onOpened(opened);
      expect(keepBallast(here.dir)).toBe(true);
      log.record(intent("out"));
      await log.synced();
      [left, full] = [room, true];
      log.record(intent("refused"));
      if (room === 0) await expectRefusedSoon(log);
      else {
        // The system says of a short write nothing, and of the next that there is no room.
        left = 0;
        await expectRefusedSoon(log);
      }
      log.record(outcome("out"));
      full = false;
      await vi.waitUntil(() => log.sealed === undefined, 15_000);
      expect(opened).toHaveBeenCalledTimes(1);
      expect(statSync(join(here.dir, "ballast")).size).toBe(1 << 20);
      await pass(log, "after");
      await log.close("end");
      expect(outcomesOf(here.dir, "out")).toEqual(["ok"]);
      await expectProven(here, { open: [], inFlight: 0 });
    }
  });

  test("a write that breaks off between an approved call's leave and its intent: nothing was sent, and no stream says so", async () => {
    const parted = { claimed: 0, neither: 0 };
    for (let room = 0; ; room += 20) {
      const here = await place();
      let left: number | undefined;
      const disk = faulty((what, _stream, kind) => {
        if (kind === "bodies" || what !== "write") return undefined;
        const most = left;
        left = undefined;
        return most;
      });
      const log = await here.open({ create: disk.create });
      const request = ask();
      for (const entry of [opened(log, request), answered(request, says(aiko, request, "approve", request.openedAt))])
        log.record(entry);
      await log.synced();
      left = room;
      const { call } = request;
      log.record(claimed(request));
      log.record({
        ...intent(call),
        why: { effect: "ask", access: "write", cause: "rule", rules: ["r"] },
        request: request.id,
        action: request.action,
      });
      const isRefused = await log.synced().then(
        () => false,
        () => true,
      );
      log.record({ kind: "call.outcome", call, status: "not_sent", detail: "the log was sealed before" });
      await log.close("end");
      await expectProven(here, { open: [], inFlight: 0 });
      if (!isRefused) break;
      const sent = counted(here.dir).some(({ kind }) => kind === "call.intent");
      parted[sent ? "neither" : "claimed"]++;
    }
    // Both sides of the place where it matters were there.
    expect(parted.neither).toBeGreaterThan(0);
    expect(parted.claimed).toBeGreaterThan(0);
  });

  test("what cannot be written anywhere is kept until it can; other entries only up to a number", async () => {
    const here = await place();
    let failing = false;
    const disk = faulty((what) => (failing && what !== "sync" ? code("EROFS") : undefined));
    const log = await here.open({ create: disk.create });
    for (let i = 0; i < 20; i++) log.record({ ...intent(`c${i}`), args: log.body(`{"i":${i}}`, true) });
    await log.synced();
    failing = true;
    log.record(intent("refused"));
    await expect(log.written()).rejects.toBeInstanceOf(SealedError);
    for (let i = 0; i < 5000; i++) log.record({ kind: "config.refused", reason: String(i) });
    for (let i = 0; i < 20; i++)
      log.record({ ...outcome(`c${i}`), result: log.body(`{"answer":${i}}`, true) } as EntryBody);
    await new Promise((resolve) => setTimeout(resolve, 50));
    failing = false;
    await vi.waitUntil(() => log.sealed === undefined, 15_000);
    await log.close("end");
    for (let i = 0; i < 20; i++) expect(outcomesOf(here.dir, `c${i}`)).toEqual(["ok"]);
    expect(counted(here.dir).filter(({ kind }) => kind === "config.refused")).toHaveLength(1000);
    await expectProven(here, { open: [], unknown: 1 });
  });

  test("the process dies before a new stream was there: who recovers settles it, and what a failed sync left in doubt is recorded again", async () => {
    for (const [step, kept] of [
      ["write", 2],
      ["sync", 2],
    ] as const) {
      const here = await place();
      let failing = false;
      const disk = faulty((what) => (failing && (what === step || what === "create") ? code("EIO") : undefined));
      const log = await here.open({ create: disk.create });
      const first = log.stream;
      log.record(intent("durable"));
      await log.synced();
      log.record(withBody(log, "read"));
      log.record(outcome("read"));
      await log.written();
      await new Promise((resolve) => setTimeout(resolve, 30));
      failing = true;
      log.record(outcome("durable"));
      await expect(log.synced()).rejects.toBeInstanceOf(SealedError);
      await log.close("end");
      expect(log.isSettled).toBe(false);
      expect(log.doubts.has(first)).toBe(step === "sync");
      const next = await here.open();
      await next.recover([first], log.doubts);
      await next.close("end");
      expect(await withoutBodies(here.dir, next.stream)).toEqual([]);
      expect(outcomesOf(here.dir, "durable")).toEqual(["unknown"]);
      expect(outcomesOf(here.dir, "read")).toEqual(["ok"]);
      const found = counted(here.dir).find((body) => body.kind === "stream.recovered");
      expect(found).toMatchObject(step === "sync" ? { size: kept, doubt: expect.any(String) } : { size: 4, torn: 0 });
      await expectProven(here, { open: [], inFlight: 0, unknown: 1 });
    }
  });

  test.each([
    ["deleted", (path: string) => unlinkSync(path)],
    ["moved away", (path: string) => renameSync(path, `${path}.old`)],
    [
      "replaced by a copy",
      (path: string) => {
        const text = readFileSync(path);
        unlinkSync(path);
        writeFileSync(path, text);
      },
    ],
  ])(
    "a file that was %s takes everything and is no record: the next write that must be durable is refused",
    async (_, move) => {
      const here = await place();
      const log = await here.open();
      await pass(log, "before");
      log.record(intent("x"));
      await log.synced();
      move(join(here.dir, entriesFile(log.stream)));
      log.record(intent("refused"));
      await expect(log.synced()).rejects.toBeInstanceOf(SealedError);
      expect(log.sealed).toContain("deleted or moved");
      log.record(outcome("x"));
      await log.close("end");
      expect(outcomesOf(here.dir, "x")).toEqual(["ok"]);
    },
  );

  test("the whole folder gone or renamed seals it, and put back it has everything", async () => {
    const here = await place();
    const log = await here.open();
    log.record(intent("x"));
    await log.synced();
    renameSync(here.dir, `${here.dir}-away`);
    log.record(intent("refused"));
    await expect(log.synced()).rejects.toBeInstanceOf(SealedError);
    log.record(outcome("x"));
    log.record({ kind: "call.outcome", call: "refused", status: "not_sent" });
    // Nothing makes it anew: what was in it would be missing without a trace.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(existsSync(here.dir)).toBe(false);
    renameSync(`${here.dir}-away`, here.dir);
    await log.close("end");
    expect(outcomesOf(here.dir, "x")).toEqual(["ok"]);
    expect(outcomesOf(here.dir, "refused")).toEqual(["not_sent"]);
    await expectProven(here, { open: [], unknown: 0 });
  });

  test("a store whose sync failed seals at once, without asking the device again", async () => {
    const here = await place();
    let asked = 0;
    const ledger = { ...here.store };
    const log = await here.open({ ledger });
    await pass(log, "before");
    ledger.appendLedger = () => {
      asked++;
      return Promise.reject(new StoreError("io", "the write-ahead log could not be synced"));
    };
    log.record(intent("x"));
    await vi.waitUntil(() => log.sealed !== undefined, 15_000);
    await expectRefused(log);
    expect(asked).toBe(1);
    log.record(outcome("x"));
    await log.close("end");
    expect([asked, log.isSettled]).toEqual([1, false]);
    const next = await here.open();
    await next.recover([log.stream]);
    await next.close("end");
    expect(outcomesOf(here.dir, "x")).toEqual(["unknown"]);
    await expectProven(here, { open: [], unknown: 1 });
  });

  test("a stream that another process took for a dead one's seals: nothing is signed behind its end", async () => {
    const here = await place();
    const log = await here.open();
    await pass(log, "before");
    const other = await here.open();
    await other.recover([log.stream]);
    log.record(intent("x"));
    await vi.waitUntil(() => log.sealed !== undefined, 15_000);
    expect(log.sealed).toContain("ended");
    await log.close("end");
    await other.close("end");
    expect(outcomesOf(here.dir, "x")).toEqual(["unknown"]);
  });
});

async function expectRefusedSoon(log: OpenLog): Promise<void> {
  await expect(log.written()).rejects.toBeInstanceOf(SealedError);
}

describe("the reserve", () => {
  test("is really there, is given up once, and is made anew", async () => {
    const { dir } = await place();
    mkdirSync(dir);
    expect(releaseBallast(dir)).toBe(false);
    expect(keepBallast(dir)).toBe(true);
    const { size, blocks, mode } = statSync(join(dir, "ballast"));
    expect([size, blocks * 512 >= size, mode & 0o777]).toEqual([1 << 20, true, 0o600]);
    expect(releaseBallast(dir)).toBe(true);
    expect(readdirSync(dir)).toEqual([]);
    expect(keepBallast(dir)).toBe(true);
    rmSync(dir, { recursive: true });
    expect(keepBallast(dir)).toBe(false);
  });
});
