/** A stream succeeded by another in the same process, while calls go on: judged by both verifiers. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { EntryBody } from "../../src/audit/entry.ts";
import { checkpointText, signNote } from "../../src/audit/checkpoint.ts";
import { ledgerLine } from "../../src/audit/leaf.ts";
import { entryLine, NO_PREV, parseEntry } from "../../src/audit/line.ts";
import type { LedgerLeaf } from "../../src/audit/log.ts";
import { leafHash, Tree, treeOver } from "../../src/audit/tree.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { findLog } from "../../src/log/files.ts";
import { entriesFile, nextStreamId } from "../../src/log/names.ts";
import { hasPython, secondOf, type Told } from "../audit/python.ts";
import { bytesOf, faultOf, linesOf, ofLines, place, verifyBytes, type Bytes, type Place } from "./fixture.ts";
import { facts, intent, outcome, pass } from "./samples.ts";

/** What the second verifier says of the log folder, if it can run. */
const second = (dir: string): Told | undefined => (hasPython ? secondOf([dir])[0] : undefined);

function expectProven(dir: string): void {
  const told = second(dir);
  if (told !== undefined) expect(told, JSON.stringify(told)).toMatchObject({ kind: "proven" });
}

const bodiesOf = (dir: string, stream: string): readonly EntryBody[] =>
  linesOf(readFileSync(join(dir, entriesFile(stream)))).flatMap((line) => {
    const parsed = parseEntry(line);
    return parsed.kind === "entry" ? [parsed.entry.body] : [];
  });

describe("a stream that is succeeded", () => {
  test("P5 P6: says in the new one which it follows, why it ended and which calls go on, and their outcomes stand there", async () => {
    const { open, dir } = await place();
    const log = await open();
    const first = log.stream;
    await pass(log, "before");
    log.record(intent("across"));
    log.record(intent("left"));
    await log.succeed("rotated");
    expect(log.stream).not.toBe(first);
    expect(log.stream.slice(-16)).toBe(first.slice(-16));
    expect(log.stream > first).toBe(true);
    log.record(outcome("across"));
    await pass(log, "after");
    await log.close("end");
    expect(bodiesOf(dir, first).at(-1)).toEqual({ kind: "stream.closed", reason: "rotated" });
    const [opened, ...rest] = bodiesOf(dir, log.stream);
    expect(opened).toMatchObject({ follows: { stream: first, reason: "rotated", open: ["across", "left"] } });
    expect(rest.filter(({ kind }) => kind === "call.outcome")).toMatchObject([
      { call: "across", status: "ok" },
      { call: "after" },
      { call: "left", status: "unknown" },
    ]);
    expect(await verifyBytes(bytesOf(dir))).toMatchObject({
      kind: "proven",
      summary: { streams: 2, unsigned: 0, open: [], inFlight: 0, unknown: 1 },
    });
    expectProven(dir);
  });

  test("P4: loses nothing of what goes on meanwhile, and is proven at every moment", async () => {
    const { open, dir } = await place();
    const log = await open();
    const done: string[] = [];
    const over = new AbortController();
    const callers = Array.from({ length: 8 }, async (_, caller) => {
      for (let i = 0; !over.signal.aborted; i++) {
        const call = `${caller}-${i}`;
        log.record({ ...intent(call), args: log.body(`{"i":${i}}`, true) });
        await (i % 3 === 0 ? log.synced() : log.written());
        // Other things happen between a call and its outcome.
        await new Promise((resolve) => setImmediate(resolve));
        log.record(outcome(call));
        await log.synced();
        done.push(call);
      }
    });
    for (let i = 0; i < 6; i++) {
      await log.succeed("rotated");
      const live = await findLog(dir);
      expect(await verifyLog(live.files, live.key)).toMatchObject({ kind: "proven" });
      expectProven(dir);
    }
    over.abort();
    await Promise.all(callers);
    await log.close("end");
    const bytes = bytesOf(dir);
    expect(bytes.streams.size).toBe(7);
    expect(await verifyBytes(bytes)).toMatchObject({ kind: "proven", summary: { unknown: 0, unsigned: 0 } });
    expectProven(dir);
    const kept = new Set(
      [...bytes.streams.keys()]
        .flatMap((stream) => bodiesOf(dir, stream))
        .flatMap((body) => (body.kind === "call.outcome" ? [body.call] : [])),
    );
    expect(done.filter((call) => !kept.has(call))).toEqual([]);
    expect(done.length).toBeGreaterThan(0);
  });

  test("P5: its process dies at any step of it: who recovers settles every call once, and both verifiers prove it", async () => {
    // How many leaves its ledger still takes: the new stream's beginning, the old one's end.
    for (const leaves of [0, 1, 2]) {
      const here = await place();
      const limited = { ...here.store };
      const log = await here.open({ ledger: limited });
      const first = log.stream;
      await pass(log, "before");
      log.record(intent("x"));
      let left = leaves;
      limited.appendLedger = (...args) =>
        left-- > 0 ? here.store.appendLedger(...args) : Promise.reject(new Error("the machine went away"));
      await log.succeed("rotated").catch(() => undefined);
      const next = await here.open();
      const recovered = await next.recover([first]);
      expect(
        recovered.map(({ kind }) => kind),
        `${leaves} leaves`,
      ).toEqual([["recovered"], ["recovered", "recovered"], ["ended", "recovered"]][leaves]);
      expect(recovered.every(({ process }) => process === first)).toBe(true);
      await next.close("end");
      const said = bodiesOf(here.dir, next.stream).filter(({ kind }) => kind === "call.outcome");
      expect(said).toMatchObject([{ call: "x", status: "unknown" }]);
      expect(await verifyBytes(bytesOf(here.dir)), `${leaves} leaves`).toMatchObject({
        kind: "proven",
        summary: { open: [], inFlight: 0, unknown: 1 },
      });
      expectProven(here.dir);
    }
  });

  test("a new one that cannot be opened changes nothing: the old one goes on", async () => {
    const { open, dir } = await place();
    let fail = false;
    const { createFile } = await import("../../src/log/disk.ts");
    const log = await open({
      create(path) {
        if (fail) throw new Error("no room");
        return createFile(path);
      },
    });
    const first = log.stream;
    fail = true;
    await expect(log.succeed("rotated")).rejects.toThrow("no room");
    expect([log.stream, log.sealed]).toEqual([first, undefined]);
    await pass(log, "after");
    await log.close("end");
    expect(await verifyBytes(bytesOf(dir))).toMatchObject({ kind: "proven", summary: { streams: 1 } });
  });

  test("names sort after the one before, also with a clock that was set back, and within one second", () => {
    const one = "20261122-075959-00112233445566ff";
    expect(nextStreamId(one, Date.parse("2026-11-22T07:59:59Z"))).toBe("20261122-080000-00112233445566ff");
    expect(nextStreamId(one, Date.parse("2020-01-01T00:00:00Z"))).toBe("20261122-080000-00112233445566ff");
    expect(nextStreamId(one, Date.parse("2026-11-22T09:00:00Z"))).toBe("20261122-090000-00112233445566ff");
  });
});

const opened = (stream: string, follows?: { stream: string; open: readonly string[] }): EntryBody => ({
  kind: "stream.opened",
  stream,
  log: "",
  key: "",
  ...facts,
  ...(follows === undefined ? {} : { follows: { reason: "rotated", ...follows } }),
});

/** A log in which whoever writes it lies: its lines as they are given, its chain and all signatures in order. */
function lying(
  { key }: Place,
  whole: Bytes,
  streams: readonly (readonly [string, readonly EntryBody[], "open" | "closed"])[],
): Bytes {
  const origin = whole.key.split("+")[0] ?? "";
  const ledger: string[] = [];
  const files = new Map<string, Buffer>();
  for (const [stream, bodies, state] of streams) {
    const tree = new Tree();
    const put = (state: LedgerLeaf["state"]) =>
      ledger.push(ledgerLine({ stream, size: tree.size, root: tree.root(), state, time: "2026-11-22T08:00:00.000Z" }));
    put("opened");
    let prev = NO_PREV;
    const lines = bodies.map((body, n) => {
      const full = body.kind === "stream.opened" ? { ...body, log: origin, key: whole.key } : body;
      const line = entryLine(n, prev, "2026-11-22T08:00:00.000Z", 0, full);
      prev = leafHash(line);
      tree.append(prev);
      return line;
    });
    put(state);
    files.set(stream, ofLines(lines));
  }
  const tree = treeOver(ledger);
  const checkpoint = signNote(checkpointText({ origin, size: tree.size, root: tree.root() }), origin, key);
  return { ...whole, checkpoint, ledger: ofLines(ledger), streams: files };
}

describe("P6: both verifiers find", () => {
  const A = "20261122-080000-00112233445566ff";
  const B = "20261122-080001-00112233445566ff";
  const C = "20261122-080002-00112233445566ff";
  const other = "20261122-080001-ffeeddccbbaa9988";
  const closed: EntryBody = { kind: "stream.closed", reason: "rotated" };
  type Streams = Parameters<typeof lying>[2];
  const cases: readonly (readonly [string, Streams, string | undefined])[] = [
    [
      "nothing in what is right",
      [
        [A, [opened(A), intent("x"), closed], "closed"],
        [B, [opened(B, { stream: A, open: ["x"] }), outcome("x"), closed], "closed"],
      ],
      undefined,
    ],
    [
      "a call that the successor forgot",
      [
        [A, [opened(A), intent("x"), closed], "closed"],
        [B, [opened(B, { stream: A, open: [] }), closed], "closed"],
      ],
      "outcome-missing",
    ],
    [
      "a call left open by a stream that nothing follows",
      [[A, [opened(A), intent("x"), closed], "closed"]],
      "outcome-missing",
    ],
    [
      "a call left open by the last that follows",
      [
        [A, [opened(A), intent("x"), closed], "closed"],
        [B, [opened(B, { stream: A, open: ["x"] }), closed], "closed"],
      ],
      "outcome-missing",
    ],
    [
      "a call carried on that was never begun",
      [
        [A, [opened(A), closed], "closed"],
        [B, [opened(B, { stream: A, open: ["x"] }), outcome("x"), closed], "closed"],
      ],
      "follows",
    ],
    [
      "two that follow one",
      [
        [A, [opened(A), intent("x"), closed], "closed"],
        [B, [opened(B, { stream: A, open: ["x"] }), outcome("x"), closed], "closed"],
        [C, [opened(C, { stream: A, open: ["x"] }), outcome("x"), closed], "closed"],
      ],
      "follows",
    ],
    [
      "one that follows another process's",
      [
        [A, [opened(A), intent("x"), closed], "closed"],
        [other, [opened(other, { stream: A, open: ["x"] }), outcome("x"), closed], "closed"],
      ],
      "follows",
    ],
    ["one that follows itself", [[A, [opened(A, { stream: A, open: [] }), closed], "closed"]], "follows"],
    [
      "one that follows what came after it",
      [
        [A, [opened(A, { stream: B, open: [] }), closed], "closed"],
        [B, [opened(B), closed], "closed"],
      ],
      "follows",
    ],
    [
      "an outcome twice, before and after",
      [
        [A, [opened(A), intent("x"), outcome("x"), closed], "closed"],
        [B, [opened(B, { stream: A, open: [] }), outcome("x"), closed], "closed"],
      ],
      "outcome-without-intent",
    ],
  ];
  test.each(cases)("%s", async (_, streams, code) => {
    const here = await place();
    await (await here.open()).close("end");
    const log = lying(here, bytesOf(here.dir), streams);
    const theirs = hasPython ? second(written(here, log)) : undefined;
    if (code === undefined) {
      expect(await verifyBytes(log)).toMatchObject({ kind: "proven" });
      if (theirs !== undefined) expect(theirs).toMatchObject({ kind: "proven" });
      return;
    }
    expect(await faultOf(log)).toMatchObject({ code });
    if (theirs !== undefined) expect(theirs).toMatchObject({ kind: "fault", fault: { code } });
  });
});

/** Puts the log's bytes into the folder of the state. */
function written({ dir }: Place, bytes: Bytes): string {
  const folder = `${dir}-lying`;
  mkdirSync(folder);
  writeFileSync(join(folder, "key"), `${bytes.key}\n`);
  writeFileSync(join(folder, "checkpoint"), bytes.checkpoint);
  writeFileSync(join(folder, "ledger.jsonl"), bytes.ledger);
  for (const [stream, content] of bytes.streams) writeFileSync(join(folder, entriesFile(stream)), content);
  return folder;
}
