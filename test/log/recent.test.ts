import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { entriesFile } from "../../src/log/names.ts";
import { logReader, type Found } from "../../src/log/read.ts";
import { recentEntries, type Position, type Wanted } from "../../src/log/recent.ts";
import { related } from "../../src/log/related.ts";
import { trailOf } from "../../src/log/trail.ts";
import { place } from "./fixture.ts";
import { intent, outcome } from "./samples.ts";

/** Page by page to the beginning of the log. */
async function allPages(dir: string, wanted: Omit<Wanted, "before">): Promise<readonly Found[]> {
  const all: Found[] = [];
  let before: Position | undefined;
  do {
    const page = await recentEntries(dir, { ...wanted, ...(before === undefined ? {} : { before }) });
    expect(page.entries.length).toBeLessThanOrEqual(wanted.limit);
    all.push(...page.entries);
    before = page.older;
  } while (before !== undefined);
  return all;
}

/** Three streams whose entries lie between each other's in time, many at the same millisecond. */
async function busy() {
  const { open, dir } = await place();
  let at = Date.parse("2026-11-22T00:00:00Z");
  const logs = await Promise.all([1, 2, 3].map(() => open({ now: () => at })));
  for (let i = 0; i < 900; i += 1) {
    const call = Math.floor(i / 2);
    const log = logs[call % 7 === 0 ? 0 : call % 3];
    // Long enough that blocks end in the middle of lines.
    log?.record(i % 2 === 0 ? intent(`call-${i}`, `tool-${"x".repeat(i % 211)}`) : outcome(`call-${i - 1}`));
    if (i % 4 === 0) at += 3;
  }
  for (const log of logs) await log.close("end");
  return { dir, first: Date.parse("2026-11-22T00:00:00Z"), last: at };
}

describe("the newest entries", () => {
  test("page by page are all entries, each once, in the order of the whole log turned round", async () => {
    const { dir } = await busy();
    const whole = (await logReader(dir).next()).toReversed();
    expect(whole.length).toBe(906);
    for (const limit of [1000, 50, 7]) {
      const paged = await allPages(dir, { limit });
      expect(paged.map(({ line }) => line)).toEqual(whole.map(({ line }) => line));
    }
  });

  test("say what an outcome is about although that stands on an older page", async () => {
    const { dir } = await busy();
    const paged = await allPages(dir, { limit: 1 });
    const outcomes = paged.filter(({ entry }) => entry.body.kind === "call.outcome");
    const byReader = (await logReader(dir).next()).filter(({ entry }) => entry.body.kind === "call.outcome");
    expect(outcomes.map(({ about }) => about).toReversed()).toEqual(byReader.map(({ about }) => about));
  });

  test("hold to their times and to the filter, from the middle of files too", async () => {
    const { dir, first, last } = await busy();
    const middle = Math.floor((first + last) / 2);
    const whole = (await logReader(dir).next()).filter(({ entry }) => {
      const at = Date.parse(entry.time);
      return at >= first + 90 && at <= middle && entry.body.kind === "call.intent";
    });
    expect(whole.length).toBeGreaterThan(100);
    const paged = await allPages(dir, {
      limit: 11,
      since: first + 90,
      until: middle,
      passes: ({ entry }) => entry.body.kind === "call.intent",
    });
    expect(paged.map(({ line }) => line)).toEqual(whole.map(({ line }) => line).toReversed());
  });

  test("leave out a torn end and lines that are no entries, and go on behind them", async () => {
    const { open, dir } = await place();
    const log = await open();
    log.record(intent("a"));
    await log.written();
    const file = join(dir, entriesFile(log.stream));
    appendFileSync(file, 'not an entry\n{"v":1,"n":2,"torn');
    const { entries } = await recentEntries(dir, { limit: 10 });
    expect(entries.map(({ entry }) => entry.body.kind)).toEqual(["call.intent", "stream.opened"]);
    await log.close("end").catch(() => undefined);
  });
});

describe("the trail of one call", () => {
  test("is what the whole log holds of it, through the request that it joined, over streams", async () => {
    const { open, dir } = await place();
    const [one, two] = [await open(), await open()];
    one.record({ ...intent("c1"), request: "r1" });
    one.record({ kind: "request.joined", request: "r1", call: "c2", agent: "other" });
    two.record({ kind: "request.claimed", request: "r1", call: "c2" });
    two.record(outcome("c1"));
    two.record(outcome("c3"));
    // A text that only speaks of it.
    two.record({ kind: "config.refused", reason: "c1 and r1" });
    await one.close("end");
    await two.close("end");
    const whole = await logReader(dir).next();
    const trail = await trailOf(dir, "c2");
    expect(trail.map(({ line }) => line)).toEqual(related(whole, "c2").map(({ line }) => line));
    expect(trail.filter(({ stream }) => stream === two.stream)).toHaveLength(2);
    expect(await trailOf(dir, "c")).toEqual([]);
  });
});
