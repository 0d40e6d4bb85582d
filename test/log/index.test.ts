import { randomUUID } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { keptIndex } from "../../src/compose/log-index.ts";
import type { Filter } from "../../src/log/filter.ts";
import { passes } from "../../src/log/filter.ts";
import { idsOf, type Found, type Position } from "../../src/log/found.ts";
import type { LogIndex } from "../../src/log/index/open.ts";
import { entriesFile } from "../../src/log/names.ts";
import { logReader } from "../../src/log/read.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { place } from "./fixture.ts";
import { intent, outcome } from "./samples.ts";

async function withIndex<T>(
  { stateDir, apart = false }: { readonly stateDir: string; readonly apart?: boolean },
  step: (index: LogIndex) => Promise<T>,
): Promise<T> {
  const kept = keptIndex(stateDir, { apart });
  try {
    return await kept.use(step);
  } finally {
    kept.close();
  }
}

async function grown(index: LogIndex, batch = 1_000): Promise<number> {
  let read = 0;
  for await (const _ of index.grow({ batch, taken: () => void read++ })) continue;
  return read;
}

/** Page by page to the beginning of the log. */
async function allPages(index: LogIndex, filter: Filter, limit: number): Promise<readonly Found[]> {
  const all: Found[] = [];
  let before: Position | undefined;
  do {
    const page = await index.page(filter, limit, before);
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    all.push(...page.entries);
    before = page.older;
  } while (before !== undefined);
  return all;
}

const found = (stateDir: string, filter: Filter, limit = 1_000, apart = false): Promise<readonly Found[]> =>
  withIndex({ stateDir, apart }, async (index) => {
    await grown(index);
    return allPages(index, filter, limit);
  });

const lines = (entries: readonly Found[]): readonly string[] => entries.map(({ line }) => line);
const indexFile = (state: string): string => join(state, "index.db");

/** Three streams whose entries lie between each other's in time, many at the same millisecond. */
async function busy() {
  const world = await place();
  let at = Date.parse("2026-11-22T00:00:00Z");
  const logs = await Promise.all([1, 2, 3].map(() => world.open({ now: () => at })));
  for (let i = 0; i < 900; i += 1) {
    const call = Math.floor(i / 2);
    const log = logs[call % 7 === 0 ? 0 : call % 3];
    log?.record(i % 2 === 0 ? intent(`call-${i}`, `tool-${i % 11}`) : outcome(`call-${i - 1}`));
    if (i % 4 === 0) at += 3;
    if (i % 50 === 0)
      log?.record({ kind: "stop.placed", stop: `s${i}`, reason: "why", by: i % 100 === 0 ? "aiko" : "ken" });
    if (i % 9 === 0) log?.record({ ...intent(`other-${i}`), agent: "scout", request: `r-${i % 27}` });
  }
  for (const log of logs) await log.close("end");
  return { ...world, first: Date.parse("2026-11-22T00:00:00Z"), last: at };
}

describe("the index", () => {
  test("gives all entries page by page, each once, in the order of the whole log turned round", async () => {
    const { dir, state } = await busy();
    const whole = (await logReader(dir).next()).toReversed();
    expect(whole.length).toBeGreaterThan(1_000);
    for (const limit of [2_000, 50, 7]) expect(lines(await found(state, {}, limit))).toEqual(lines(whole));
  });

  test("answers every filter and combination as reading everything does", async () => {
    const { dir, state, first, last } = await busy();
    const whole = (await logReader(dir).next()).toReversed();
    const middle = Math.floor((first + last) / 2);
    const filters: readonly Filter[] = [
      { agent: "scout" },
      { agent: "nobody" },
      { kind: "call.outcome" },
      { tool: ({ name }) => name === "tool-4" },
      { tool: ({ name }) => name.startsWith("tool-1"), kind: "call.outcome", agent: "docs-writer" },
      { decision: "allow", since: first + 90, until: middle },
      { decision: "deny" },
      { by: "aiko" },
      { by: "ken", kind: "stop.placed", since: middle },
      { id: "call-100" },
      { id: "r-9", since: middle },
      { id: "r-9", agent: "docs-writer" },
      { server: "files", until: first + 30 },
      { server: "other" },
    ];
    await withIndex({ stateDir: state }, async (index) => {
      await grown(index);
      for (const filter of filters) {
        const expected = whole.filter((one) => passes(one, filter));
        expect(lines(await allPages(index, filter, 13)), JSON.stringify(filter)).toEqual(lines(expected));
      }
      expect(whole.filter((one) => passes(one, filters[4] ?? {})).length).toBeGreaterThan(20);
    });
  });

  test("says what an outcome is about from the files, wherever the call stands", async () => {
    const { dir, state } = await busy();
    const outcomes = await found(state, { kind: "call.outcome" }, 10);
    const byReader = (await logReader(dir).next()).filter(({ entry }) => entry.body.kind === "call.outcome");
    expect(outcomes.map(({ about }) => about).toReversed()).toEqual(byReader.map(({ about }) => about));
  });

  test("grows with the log, by what is new alone", async () => {
    const { open, state } = await place();
    const log = await open();
    log.record(intent("a"));
    await log.written();
    const counts: number[] = [];
    const count = () => withIndex({ stateDir: state }, async (index) => void counts.push(await grown(index)));
    await count();
    log.record(outcome("a"));
    log.record(intent("b"));
    await log.written();
    await count();
    await count();
    expect(counts).toEqual([2, 2, 0]);
    const all = await found(state, { tool: ({ name }) => name === "write_file" });
    expect(all.map(({ entry }) => entry.body.kind)).toEqual(["call.intent", "call.outcome", "call.intent"]);
    await log.close("end");
  });

  test("files what stands in another stream than its call once both are read, in whatever order", async () => {
    const { open, state } = await place();
    // The newest stream is read first, so the answers come before the questions.
    const older = await open();
    older.record({ ...intent("c1", "move_file"), request: "r1" });
    await older.written();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const newer = await open();
    newer.record(outcome("c1"));
    newer.record({ kind: "request.claimed", request: "unheard-of", call: "c9" });
    await newer.written();
    const moved = await found(state, { tool: ({ name }) => name === "move_file", agent: "docs-writer" });
    expect(moved.map(({ entry }) => entry.body.kind)).toEqual(["call.outcome", "call.intent"]);
    for (const log of [older, newer]) await log.close("end").catch(() => undefined);
  });

  test("leaves out a torn end and lines that are no entries, and goes on behind them", async () => {
    const { open, dir, state } = await place();
    const log = await open();
    log.record(intent("a"));
    await log.written();
    const file = join(dir, entriesFile(log.stream));
    appendFileSync(file, 'not an entry\n{"v":1,"n":2,"torn');
    const entries = await found(state, {});
    expect(entries.map(({ entry }) => entry.body.kind)).toEqual(["call.intent", "stream.opened"]);
    await log.close("end").catch(() => undefined);
  });

  test("of many small batches is the same as of one", async () => {
    const { state } = await busy();
    const small = await withIndex({ stateDir: state }, async (index) => {
      await grown(index, 3);
      return allPages(index, {}, 100);
    });
    rmSync(indexFile(state));
    expect(lines(small)).toEqual(lines(await found(state, {}, 100)));
  });

  test("may be grown by several at once, and has each entry once", async () => {
    const { dir, state } = await busy();
    const whole = await logReader(dir).next();
    await Promise.all(
      [1, 2, 3, 4].map((batch) =>
        withIndex({ stateDir: state }, async (index) => void (await grown(index, batch * 5))),
      ),
    );
    expect(lines(await found(state, {}))).toEqual(lines(whole.toReversed()));
  });
});

describe("a trail through the index", () => {
  test("is what the whole log holds of a call, through the request that it joined, over streams", async () => {
    const { open, dir, state } = await place();
    const [one, two] = [await open(), await open()];
    one.record({ ...intent("c1"), request: "r1" });
    one.record({ kind: "request.joined", request: "r1", call: "c2", agent: "other" });
    two.record({ kind: "request.claimed", request: "r1", call: "c2" });
    two.record(outcome("c1"));
    two.record(outcome("c3"));
    two.record({ kind: "config.refused", reason: "c1 and r1" });
    await one.close("end");
    await two.close("end");
    const whole = await logReader(dir).next();
    const names = new Set(["c1", "c2", "r1"]);
    const related = whole.filter(({ entry: { body } }) => idsOf(body).some((id) => names.has(id)));
    expect(related).toHaveLength(5);
    const trail = (id: string) =>
      withIndex({ stateDir: state }, async (index) => {
        await grown(index);
        return index.trail(id);
      });
    expect(lines(await trail("c2"))).toEqual(lines(related));
    expect(await trail("c")).toEqual([]);
  });
});

async function spoiled(state: string, sql: string): Promise<void> {
  const database = (await sqliteDriver()).open(indexFile(state));
  database.exec(sql);
  database.close();
}

describe("an index that cannot be trusted", () => {
  test.each([
    ["is no database", (file: string) => writeFileSync(file, randomUUID().repeat(1_000))],
    ["is cut off", (file: string) => truncateSync(file, 20_000)],
    [
      "has a page of something else",
      (file: string) => {
        const bytes = readFileSync(file);
        bytes.fill(0x5a, 0x2000, 0x9000);
        writeFileSync(file, bytes);
      },
    ],
  ])("is thrown away and made anew when it %s", async (_, spoil) => {
    const { state, dir } = await busy();
    const whole = lines((await logReader(dir).next()).toReversed());
    expect(lines(await found(state, {}))).toEqual(whole);
    spoil(indexFile(state));
    expect(lines(await found(state, {}))).toEqual(whole);
  });

  test.each([
    ["another version", "UPDATE about SET version = '99'"],
    ["another log", "UPDATE about SET origin = 'elsewhere'"],
    ["without a table", "DROP TABLE entries"],
    ["without a mark", "DELETE FROM marks"],
    ["that places entries elsewhere", "UPDATE marks SET at = at + 7"],
    ["with other times", "UPDATE OR IGNORE entries SET time = time + 1"],
    ["with other people", `UPDATE facets SET facet = replace(facet, '"aiko"', '"mallory"')`],
    ["with other agents", `UPDATE facets SET facet = replace(facet, '"scout"', '"mallory"')`],
    ["with facets that are none", "UPDATE facets SET facet = '[]' WHERE id = 1"],
  ])("of %s never tells what is not so", async (_, sql) => {
    const { state, dir } = await busy();
    const whole = await logReader(dir).next();
    await found(state, {});
    await spoiled(state, sql);
    expect(lines(await found(state, {}))).toEqual(lines(whole.toReversed()));
    expect(lines(await found(state, { agent: "mallory" }))).toEqual([]);
    expect(lines(await found(state, { by: "mallory" }))).toEqual([]);
  });

  test.each([
    ["entries", "DELETE FROM entries WHERE facet = (SELECT id FROM facets WHERE facet LIKE '%aiko%')"],
    ["an entry", "DELETE FROM entries WHERE (stream, line) = (SELECT stream, line FROM entries ORDER BY time LIMIT 1)"],
    ["ids", "DELETE FROM ids WHERE id IN (SELECT id FROM ids LIMIT 3)"],
    ["a facet", "DELETE FROM facets WHERE facet LIKE '%aiko%'"],
    ["the last facets", "DELETE FROM facets WHERE id > 3"],
    [
      "rows of a large one that was counted a day ago",
      "UPDATE streams SET entries = 600000; UPDATE about SET counted_at = unixepoch() - 86400",
    ],
    ["a whole stream but its name", "DELETE FROM entries WHERE stream = 2; DELETE FROM ids WHERE stream = 2"],
  ])("that lacks %s is noticed, thrown away and made anew", async (_, sql) => {
    const { state, dir } = await busy();
    const whole = lines((await logReader(dir).next()).toReversed());
    const hers = lines(await found(state, { by: "aiko" }));
    expect(hers.length).toBeGreaterThan(0);
    await spoiled(state, sql);
    const kept = keptIndex(state, { apart: false });
    const all = await kept.use(async (index) => {
      await grown(index);
      return allPages(index, {}, 1_000);
    });
    expect(kept.opened).toBe(2);
    kept.close();
    expect(lines(all)).toEqual(whole);
    expect(lines(await found(state, { by: "aiko" }))).toEqual(hers);
  });

  test("is made anew when a stream was changed under it, cut or taken away", async () => {
    const { state, dir } = await busy();
    const [first] = await found(state, {});
    const file = join(dir, entriesFile(first?.stream ?? ""));
    const bytes = readFileSync(file);
    // Another reason in the last entry, and one entry more.
    writeFileSync(file, `${bytes.toString("utf8").replace('"reason":"end"', '"reason":"END"')}\n`);
    const after = await found(state, {});
    expect(after.some(({ line }) => line.includes('"reason":"END"'))).toBe(true);
    truncateSync(file, bytes.length - 10);
    expect((await found(state, {})).length).toBe(after.length - 1);
    rmSync(file);
    expect((await found(state, {})).some(({ stream }) => stream === first?.stream)).toBe(false);
  });

  test("is built in memory where no file can be kept", async () => {
    const { state, dir } = await busy();
    rmSync(indexFile(state), { force: true });
    const folder = indexFile(state);
    mkdirSync(folder);
    expect(lines(await found(state, {}))).toEqual(lines((await logReader(dir).next()).toReversed()));
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  test("holds names and ids only, for its owner alone", async () => {
    const { open, state } = await place();
    const log = await open();
    const args = log.body('{"path":"CANARY"}', true);
    log.record({ ...intent("a"), args, claimed: { reason: "CANARY-REASON" } });
    await log.close("CANARY-END");
    await found(state, {});
    expect(statSync(indexFile(state)).mode & 0o777).toBe(0o600);
    for (const suffix of ["", "-wal"]) {
      const file = `${indexFile(state)}${suffix}`;
      if (existsSync(file)) expect(readFileSync(file, "latin1")).not.toContain("CANARY");
    }
  });
});
