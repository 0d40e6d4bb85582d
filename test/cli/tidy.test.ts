import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Request } from "../../src/approval/request.ts";
import { showsWhatRuns } from "../../src/approval/show.ts";
import { historyPort } from "../../src/compose/console/history.ts";
import { openState } from "../../src/compose/state.ts";
import { tidy } from "../../src/compose/tidy.ts";
import { historyRecordPage } from "../../src/console/pages/history-record.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { exclusively } from "../../src/store/exclusive.ts";
import { en as approvals } from "../../src/words/approvals.ts";
import { en as history } from "../../src/words/console-history.ts";
import { en } from "../../src/words/tidy.ts";
import { person, sampleRequest, says } from "../approval/sample.ts";
import { makeWorld, type World } from "./files-world.ts";

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.remove());

const YEAR = 365 * 86_400_000;
const ago = (years: number): number => Date.now() - years * YEAR;
const inSixYears = (): number => Date.now() + 2200 * 86_400_000;
const files = (ending: string): readonly string[] =>
  readdirSync(join(world.stateDir, "log")).filter((name) => name.endsWith(ending));

/** Which of them stand anywhere in the state, sorted. */
const canaries = (): readonly string[] => {
  const found = new Set<string>();
  for (const name of readdirSync(world.stateDir, { recursive: true, encoding: "utf8" })) {
    const path = join(world.stateDir, name);
    if (!statSync(path).isFile()) continue;
    for (const [, one = ""] of readFileSync(path, "latin1").matchAll(/CANARY-([a-z]+)-/g)) found.add(one);
  }
  return [...found].toSorted();
};

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

  test("P9: what was asked, shown, said and answered leaves the store too, its free pages and its write-ahead log", async () => {
    const text = readFileSync(world.config, "utf8");
    writeFileSync(world.config, `${text}\nlog: { retention: { entries: 4y, bodies: 3y, servers: { files: 2y } } }\n`);
    expect((await world.kidoban("accept", "--yes")).code).toBe(0);
    const aiko = person("aiko");
    // A gate stays open meanwhile.
    const gate = await openState(world.stateDir, { role: "tool", now: Date.now });
    const { store } = gate;
    const ended = async (name: string, at: number, more: Partial<Request> = {}): Promise<Request> => {
      const secret = `CANARY-${name}-`;
      const request = sampleRequest(more, { path: secret, content: secret.repeat(name.length * 300) });
      await store.openRequest(request, 10);
      await store.addStatement(says(aiko, request, "approve", at, `${secret}comment`));
      await store.move(request.id, ["pending"], "approved", at, { redeemUntil: 9e15 });
      await store.claim(request.id, request.action, "p", at);
      await store.finish(request.id, "succeeded", at, { member: "result", text: JSON.stringify(secret), at });
      return request;
    };
    const old = await ended("old", ago(2.5));
    const gone = await ended("gone", ago(4.5));
    const slow = await ended("slow", ago(2.5), { server: "slow" });
    const fresh = await ended("fresh", ago(1));
    const justNow = await ended("justnow", Date.now() - 3_600_000, { brief: true });
    const brief = await ended("brief", Date.now() - 25 * 3_600_000, { brief: true });
    const denied = sampleRequest({}, { path: "CANARY-denied-" });
    await store.openRequest(denied, 10);
    await store.move(denied.id, ["pending"], "denied", ago(3), { note: "CANARY-denied-note" });

    expect(canaries()).toEqual(["brief", "denied", "fresh", "gone", "justnow", "old", "slow"]);
    expect(await tidied({ byClock: true })).toMatchObject({ requestsEmptied: 3, requestsRemoved: 1 });
    expect(canaries()).toEqual(["fresh", "justnow", "slow"]);
    for (const { id } of [old, brief, denied]) {
      const left = await store.request(id);
      expect(left).toMatchObject({ argsText: "", removedAt: expect.any(Number) as number });
      expect(left === undefined || showsWhatRuns(left), "cannot be approved").toBe(false);
      expect([await store.statements(id), await store.result(id)]).toEqual([[], undefined]);
    }
    expect(await store.request(old.id)).toMatchObject({ action: old.action, shown: old.shown, state: "succeeded" });
    expect(await store.request(gone.id)).toBeUndefined();
    const record = await historyPort(store, async () => []).one(old.id);
    if (record === undefined) throw new Error("the history lost it");
    const page = (await historyRecordPage(record, { words: history, approvals }).body).toString();
    expect(page).toContain(history.removed(new Date().toISOString().slice(0, 10)));
    for (const word of [history.altered, history.noAnswers, history.noOutcome]) expect(page).not.toContain(word);
    for (const kept of [slow, fresh, justNow])
      expect(await store.request(kept.id)).toMatchObject({ argsText: kept.argsText, view: kept.view });
    expect((await store.past(denied, 0)).approved?.id, "the last approved, as far as it is kept").toBe(justNow.id);
    expect(await tidied({ byClock: true })).toMatchObject({ requestsEmptied: 0, requestsRemoved: 0 });
    await gate.close("end");
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

  test("P12: one configuration of the past that cannot be read makes all stay as long as any ever said, and not for ever", async () => {
    const [twelve, eight] = [await longAgo(12), await longAgo(8)];
    const good = readFileSync(world.config, "utf8");
    const period = (text: string): void =>
      writeFileSync(world.config, `${good}\nlog: { retention: { entries: ${text}, bodies: ${text} } }\n`);
    for (const text of ["9y", "10y", "11y"]) {
      period(text);
      expect((await world.kidoban("accept", "--yes")).code).toBe(0);
    }
    const database = (await sqliteDriver()).open(join(world.stateDir, "kidoban.db"));
    const rows = database.prepare("SELECT rowid, archived FROM accepted ORDER BY rowid").all() as {
      rowid: number;
      archived: string;
    }[];
    expect(rows).toHaveLength(3);
    const middle = rows[1];
    const odd = middle?.archived.replace("kidoban: 1", "newer: than this\\nkidoban: 1");
    database.prepare("UPDATE accepted SET archived = ? WHERE rowid = ?").run(odd ?? "", middle?.rowid ?? 0);
    database.close();
    expect(await tidied({ byClock: true })).toMatchObject({ streamsRemoved: [twelve], unclear: [] });
    expect(files(`${eight}.jsonl.gz`)).toHaveLength(1);
  });

  test("P6: bodies that are gone without a word are told of, and where an entry says why they are not", async () => {
    expect((await world.kidoban("accept", "--yes")).code).toBe(0);
    const state = await openState(world.stateDir, { role: "tool", now: Date.now });
    const [{ digest, archive } = { digest: "", archive: "" }] = world.entries("config.accepted");
    const accepted = { digest, archive: archive ?? "" };
    state.log.record({ kind: "config.applied", config: world.config, accepted });
    const args = state.log.body('{"text":"kept"}', "json");
    const target = { server: "files", kind: "tool", name: "nothing" } as const;
    state.log.record({ kind: "call.denied", call: "c", agent: "nobody", asked: "x", target, args });
    await state.close("end");
    const whole = await world.kidoban("log", "verify");
    expect([whole.code, whole.out]).toEqual([0, expect.stringContaining("1 body that is kept")]);
    const path = join(world.stateDir, "log", `${state.process}.bodies.jsonl`);
    const kept = readFileSync(path);
    for (const content of [Buffer.alloc(0), kept.subarray(0, kept.indexOf(10) + 1)]) {
      writeFileSync(path, content);
      const { code, out } = await world.kidoban("log", "verify");
      expect([code, out]).toEqual([1, expect.stringContaining("1 body of which an entry speaks is not here")]);
    }
    const again = await openState(world.stateDir, { role: "tool", now: Date.now });
    again.log.record({ kind: "bodies.pruned", stream: state.process, count: 1, bytes: 8, rule: "bodies 5y" });
    await again.close("end");
    // An entry that explains it too early is a fault of its own.
    const { code, out } = await world.kidoban("log", "verify");
    expect([code, out]).toEqual([1, expect.stringContaining("before their time was over")]);
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
