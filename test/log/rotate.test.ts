import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { verifyLog } from "../../src/audit/verify.ts";
import { findLog } from "../../src/log/files.ts";
import { bodiesFile, entriesFile, newStreamId } from "../../src/log/names.ts";
import { rotate, type Rotation } from "../../src/log/rotate.ts";
import { packEntries } from "../../src/log/pack.ts";
import { lastLeaves } from "../../src/log/standing.ts";
import { logReader } from "../../src/log/read.ts";
import { bytesOf, place, verifyBytes } from "./fixture.ts";
import { BODIES_KEY, intent, outcome } from "./samples.ts";

const NEVER: Rotation = { bytes: Number.MAX_SAFE_INTEGER, daily: false };
const T = Date.parse("2026-11-22T23:59:50Z");

describe("a stream is succeeded by another", () => {
  test("once its entries and bodies have the bytes, and not before", async () => {
    const here = await place();
    const log = await here.open();
    const first = log.stream;
    log.record({ ...intent("a"), args: log.body(JSON.stringify("x".repeat(5000)), "json") });
    await log.synced();
    const sizeOf = (name: string): number => statSync(join(here.dir, name)).size;
    const bytes = sizeOf(entriesFile(first)) + sizeOf(bodiesFile(first));
    expect(await rotate(here.dir, log, { bytes: bytes + 1, daily: false }, Date.now())).toBe(false);
    expect(await rotate(here.dir, log, { bytes, daily: false }, Date.now())).toBe(true);
    expect(log.stream).not.toBe(first);
    expect(await rotate(here.dir, log, { bytes, daily: false }, Date.now())).toBe(false);
    log.record(outcome("a"));
    await log.close("end");
    expect(await verifyBytes(bytesOf(here.dir))).toMatchObject({ kind: "proven", summary: { streams: 2, unknown: 0 } });
  });

  test("when UTC has another day, once, whatever the clock does then", async () => {
    const here = await place();
    let now = T;
    const log = await here.open({ now: () => now, stream: newStreamId(T) });
    const daily = { ...NEVER, daily: true };
    const first = log.stream;
    expect(await rotate(here.dir, log, daily, now)).toBe(false);
    now += 20_000;
    expect(await rotate(here.dir, log, NEVER, now)).toBe(false);
    expect(await rotate(here.dir, log, daily, now)).toBe(true);
    expect(await rotate(here.dir, log, daily, now)).toBe(false);
    // Set back: the new stream's day has not come.
    now -= 20_000;
    expect(await rotate(here.dir, log, daily, now)).toBe(false);
    expect([first.slice(0, 8), log.stream.slice(0, 8)]).toEqual(["20261122", "20261123"]);
    await log.close("end");
    expect(await verifyBytes(bytesOf(here.dir))).toMatchObject({ kind: "proven", summary: { streams: 2 } });
  });

  test("again and again under load, nothing is lost, calls in flight end in the next, and ended ones are compressed meanwhile", async () => {
    const here = await place();
    const log = await here.open();
    const rotation: Rotation = { bytes: 20_000, daily: false };
    const calls = 400;
    let rotations = 0;
    const one = async (agent: number): Promise<void> => {
      for (let i = 0; i < calls / 8; i++) {
        const call = `c-${agent}-${i}`;
        log.record({ ...intent(call), args: log.body(JSON.stringify({ call }), "json") });
        await log.written();
        // Long enough for others to rotate in between.
        await new Promise((done) => setTimeout(done, i % 5));
        log.record(outcome(call));
        await (i % 3 === 0 ? log.synced() : log.written());
      }
    };
    const over = new AbortController();
    const rotating = (async () => {
      while (!over.signal.aborted) {
        if (await rotate(here.dir, log, rotation, Date.now())) rotations++;
        for (const leaf of (await lastLeaves(here.dir)).values())
          if (leaf.state === "closed") await packEntries({ dir: here.dir, key: BODIES_KEY, pauseMs: 0 }, leaf);
        await new Promise((done) => setTimeout(done, 5));
      }
    })();
    await Promise.all(Array.from({ length: 8 }, (_, agent) => one(agent)));
    over.abort();
    await rotating;
    await log.close("end");
    expect(rotations).toBeGreaterThan(0);
    expect(readdirSync(here.dir).filter((name) => name.endsWith(".gz")).length).toBeGreaterThan(0);
    const { files, key } = await findLog(here.dir);
    expect(await verifyLog(files, key)).toMatchObject({ kind: "proven", summary: { unknown: 0, inFlight: 0 } });
    const outcomes = (await logReader(here.dir).next()).filter(({ entry }) => entry.body.kind === "call.outcome");
    expect(outcomes).toHaveLength(calls);
    expect(outcomes.filter(({ about }) => about.target === undefined)).toEqual([]);
  });

  test("not where the log is sealed, and not by a failure", async () => {
    const here = await place();
    const log = await here.open();
    const { stream } = log;
    expect(await rotate(here.dir, { ...log, stream, sealed: "gone" }, { bytes: 0, daily: false }, Date.now())).toBe(
      false,
    );
    const failing = { stream, sealed: undefined, succeed: () => Promise.reject(new Error("no space")) };
    expect(await rotate(here.dir, failing, { bytes: 0, daily: false }, Date.now())).toBe(false);
    await log.close("end");
  });
});
