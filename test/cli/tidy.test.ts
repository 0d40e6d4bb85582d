import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openState } from "../../src/compose/state.ts";
import { tidy } from "../../src/compose/tidy.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { exclusively } from "../../src/store/exclusive.ts";
import { en } from "../../src/words/tidy.ts";
import { makeWorld, type World } from "./files-world.ts";

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.remove());

const YEAR = 365 * 86_400_000;
const inSixYears = (): number => Date.now() + 2200 * 86_400_000;
const files = (ending: string): readonly string[] =>
  readdirSync(join(world.stateDir, "log")).filter((name) => name.endsWith(ending));

/** A process of years ago with a call's body. */
async function longAgo(years: number): Promise<string> {
  let now = Date.now() - years * YEAR;
  const state = await openState(world.stateDir, { role: "tool", now: () => now++ });
  state.log.record({ kind: "message.refused", agent: "a", side: "agent", reason: "r" });
  const args = state.log.body('{"text":"old"}', "json");
  state.log.record({ kind: "call.denied", call: "c", agent: "a", asked: "files_x", args });
  await state.close("end");
  return state.process;
}

/** A process that is there all the time, and signs every month. */
async function allAlong(years: number, to: number): Promise<void> {
  let now = Date.now() - years * YEAR;
  const state = await openState(world.stateDir, { role: "tool", now: () => now });
  const until = Date.now() - to * YEAR;
  for (; now < until - 30 * 86_400_000; now += 30 * 86_400_000) await state.log.succeed("a month");
  now = until;
  await state.close("end");
}

const tidied = async (more: { readonly now?: () => number; readonly byClock?: true }) => {
  const now = more.now ?? Date.now;
  const state = await openState(world.stateDir, { role: "tool", now });
  try {
    return await tidy({ state, stateDir: world.stateDir, pauseMs: 0, prunes: true, ...more, now });
  } finally {
    await state.close("end");
  }
};

describe("kidoban log tidy", () => {
  test("compresses what has ended, and the log is listed and proven as before", async () => {
    expect((await world.kidoban("accept", "--yes")).code).toBe(0);
    const before = (await world.kidoban("log", "--json")).out;
    const plain = files(".jsonl").length;
    const { code, out } = await world.kidoban("log", "tidy");
    expect([code, out.startsWith("Compressed")]).toEqual([0, true]);
    expect(files(".jsonl.gz").length).toBeGreaterThan(0);
    expect(files(".jsonl").length).toBeLessThan(plain + 2);
    expect((await world.kidoban("log", "--json")).out.startsWith(before)).toBe(true);
    expect((await world.kidoban("log", "verify")).code).toBe(0);
    expect(await world.json("log", "tidy")).toMatchObject({ damaged: [], bodiesRemoved: 0, streamsRemoved: [] });
  });

  test("removes nothing before five years, unless the accepted configuration says so", async () => {
    const six = await longAgo(6);
    await allAlong(6, 4);
    const four = await longAgo(4);
    await allAlong(4, 0);
    expect((await world.kidoban("accept", "--yes")).code).toBe(0);
    const first = (await world.json("log", "tidy"))["streamsRemoved"];
    expect(first).toContain(six);
    expect(first).not.toContain(four);
    expect(files(`${four}.jsonl.gz`)).toHaveLength(1);
    // Not accepted yet, and a shorter time waits.
    const text = readFileSync(world.config, "utf8");
    writeFileSync(world.config, `${text}\nlog: { retention: { entries: 2y, bodies: 2y } }\n`);
    expect(await world.json("log", "tidy")).toMatchObject({ streamsRemoved: [], bodiesRemoved: 0 });
    // A longer one holds at once.
    writeFileSync(world.config, `${text}\nlog: { retention: { entries: 9y, bodies: 9y } }\n`);
    const eight = await longAgo(8);
    expect(await tidied({ byClock: true })).toMatchObject({ streamsRemoved: [] });
    expect(files(`${eight}.jsonl.gz`)).toHaveLength(1);
    const { code, out } = await world.kidoban("log", "verify");
    expect([code, out]).toEqual([0, expect.stringContaining("streams were removed")]);
  });

  test("P6: a clock that was set forward makes nothing old, however often it is run", async () => {
    await longAgo(0);
    const before = files(".jsonl").length;
    for (let run = 0; run < 2; run++)
      expect(await tidied({ now: inSixYears })).toMatchObject({ streamsRemoved: [], bodiesRemoved: 0, held: 1 });
    expect(files(".jsonl").length + files(".jsonl.gz").length).toBeGreaterThan(before);
    // With the right clock again the times of then stand in the ledger: nothing can be said to be old.
    const { out } = await world.kidoban("log", "tidy");
    expect(out).toContain(en.behind);
    expect(await tidied({})).toMatchObject({ streamsRemoved: [], isBehind: true });
  });

  test("P12: removes nothing where it cannot be said how long is kept", async () => {
    const six = await longAgo(6);
    expect((await world.kidoban("accept", "--yes")).code).toBe(0);
    const good = readFileSync(world.config, "utf8");
    const database = (await sqliteDriver()).open(join(world.stateDir, "kidoban.db"));
    const [{ archived }] = database.prepare("SELECT archived FROM accepted").all() as [{ archived: string }];
    const put = (text: string): void => void database.prepare("UPDATE accepted SET archived = ?").run(text);
    const stays = async (): Promise<void> => {
      expect(await tidied({ byClock: true })).toMatchObject({ streamsRemoved: [], unclear: [world.config] });
      expect(files(`${six}.jsonl.gz`)).toHaveLength(1);
    };
    // By hand, in the store: nobody has signed it.
    put(archived.replace("kidoban: 1", "log: { retention: { entries: 190d, bodies: 190d } }\\nkidoban: 1"));
    await stays();
    // What this program does not know.
    put(archived.replace("kidoban: 1", "newer: than this\\nkidoban: 1"));
    await stays();
    put(archived);
    writeFileSync(world.config, `${good}\nnewer: than this\n`);
    await stays();
    const { code, out } = await world.kidoban("log", "tidy");
    expect([code, out]).toEqual([1, expect.stringContaining(en.unclear(world.config))]);
    writeFileSync(world.config, good);
    expect(await tidied({ byClock: true })).toMatchObject({ streamsRemoved: [six], unclear: [] });
    database.close();
  });

  test("removes by the clock alone only where a person at a terminal says so", async () => {
    const six = await longAgo(6);
    expect(await world.json("log", "tidy")).toMatchObject({ streamsRemoved: [], held: 1 });
    expect((await world.kidoban("log", "tidy")).out).toContain(en.held(1));
    const { code, err } = await world.kidoban("log", "tidy", "--by-the-clock");
    expect([code, err]).toEqual([2, `kidoban: ${en.clockNeedsTerminal}\n`]);
    expect(files(`${six}.jsonl.gz`)).toHaveLength(1);
    expect(await tidied({ byClock: true })).toMatchObject({ streamsRemoved: [six] });
    expect((await world.kidoban("log", "verify")).code).toBe(0);
  });

  test("tells what is not what the ledger signed, and leaves it", async () => {
    const stream = await longAgo(1);
    const path = join(world.stateDir, "log", `${stream}.jsonl`);
    writeFileSync(path, readFileSync(path, "utf8").replace('"reason":"r"', '"reason":"s"'));
    const { code, out } = await world.kidoban("log", "tidy");
    expect([code, out.includes(en.damaged(stream))]).toEqual([1, true]);
    expect(readFileSync(path, "utf8")).toContain('"reason":"s"');
  });

  test("is done by one process at a time, and a background one ends when it is told to", async () => {
    await longAgo(1);
    const state = await openState(world.stateDir, { role: "tool", now: Date.now });
    const parts = { state, stateDir: world.stateDir, now: Date.now, pauseMs: 0, prunes: false };
    await exclusively(join(world.stateDir, "locks", "tidy.db"), 0, async () => {
      expect(await tidy(parts)).toBeUndefined();
      expect((await world.kidoban("log", "tidy")).err).toContain(en.busy);
    });
    const told = AbortSignal.abort();
    expect(await tidy({ ...parts, signal: told })).toMatchObject({ packed: 0 });
    expect(await tidy(parts)).toMatchObject({ damaged: [] });
    await state.close("end");
  });
});
