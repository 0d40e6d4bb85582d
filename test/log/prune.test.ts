import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { archiveText } from "../../src/audit/archive.ts";
import type { BodyRef, ConfigRef, EntryBody } from "../../src/audit/entry.ts";
import { filesDigest } from "../../src/audit/files-digest.ts";
import { entryLine, parseEntry } from "../../src/audit/line.ts";
import { DEFAULT_RETENTION, type Retention } from "../../src/audit/retention.ts";
import { leafHash } from "../../src/audit/tree.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { findLog } from "../../src/log/files.ts";
import { bodiesFile, compressedFile, entriesFile, newStreamId } from "../../src/log/names.ts";
import { packEntries } from "../../src/log/pack.ts";
import { pruneBodies, pruneStreams, type Limits } from "../../src/log/prune.ts";
import { logReader } from "../../src/log/read.ts";
import { readBodies } from "../../src/log/related.ts";
import { lastLeaves } from "../../src/log/standing.ts";
import type { OpenLog } from "../../src/log/open.ts";
import { secondOf } from "../audit/python.ts";
import { ofLines, place, type Place } from "./fixture.ts";
import { BODIES_KEY, intent, outcome } from "./samples.ts";

const YEAR = 365 * 86_400_000;
const NOW = Date.now() - 60_000;

async function verdictOf(dir: string) {
  const { files, key } = await findLog(dir);
  const own = await verifyLog(files, key, { now: Date.now() });
  const [second] = secondOf([dir]);
  expect(second?.kind, "the second verifier").toBe(own.kind);
  if (own.kind === "fault") expect(second?.fault).toMatchObject({ code: own.fault.code, file: own.fault.file });
  return own;
}

/** Keeps whatever it is given at a time of its own. */
async function at(here: Place, time: number, record: (log: OpenLog) => void | Promise<void>): Promise<string> {
  let now = time;
  const log = await here.open({ now: () => now++, stream: newStreamId(time) });
  await record(log);
  await log.close("end");
  return log.stream;
}

const calls =
  (count: number, refs: BodyRef[] = [], server = "files") =>
  (log: OpenLog): void => {
    for (let i = 0; i < count; i++) {
      const call = `${log.stream}-${i}`;
      const args = log.body(JSON.stringify({ i, text: "kept for a while" }), "json");
      const result = log.body(JSON.stringify({ result: i }), "json");
      refs.push(args, result);
      const body = intent(call);
      log.record({ ...body, target: { ...body.target, server }, args });
      log.record({ ...outcome(call), result } as EntryBody);
    }
  };

const limits = (entries: number, bodies: number, servers: Readonly<Record<string, number>> = {}): Limits => ({
  entries: NOW - entries * YEAR,
  bodies: (server) => NOW - (servers[server ?? ""] ?? bodies) * YEAR,
  rule: { entries: `entries ${entries}y`, bodies: `bodies ${bodies}y` },
});

async function pruning<T>(
  here: Place,
  wanted: Limits,
  step: (parts: Parameters<typeof pruneStreams>[0]) => Promise<T>,
): Promise<T> {
  const log = await here.open({ now: () => NOW, stream: newStreamId(NOW) });
  try {
    return await step({ dir: here.dir, key: BODIES_KEY, pauseMs: 0, log, limits: wanted });
  } finally {
    await log.close("tidied");
  }
}

const filesOf = (dir: string, stream: string): readonly string[] =>
  readdirSync(dir).filter((name) => name.startsWith(stream));
const kindsIn = async (dir: string, kind: string) =>
  (await logReader(dir).next()).map(({ entry }) => entry.body).filter((body) => body.kind === kind);

/** Keeps a configuration that names nobody and gives what entries say of it. */
function archived(text: string, retention: Retention = DEFAULT_RETENTION): (log: OpenLog) => ConfigRef {
  const files = [["kidoban.yaml", text]] as const;
  const floor = { from: [], need: 1, assurance: "operator", expiresMs: 1, redeemMs: 1 } as const;
  const nothing = { approvers: [], rules: [], servers: [], manifests: [], locks: [], recordings: [] };
  const digest = filesDigest(files);
  const whole = archiveText({ v: 1, config: "/k.yaml", digest, files, floor, ...nothing, retention });
  return (log) => ({ digest, archive: log.archive(whole) });
}

const years = (count: number): Retention => ({ entries: count * YEAR, bodies: count * YEAR, servers: {} });

describe("bodies beyond their time", () => {
  test("go, with an entry before; digests, nonces and proofs stay", async () => {
    const here = await place();
    const refs: BodyRef[] = [];
    const stream = await at(here, NOW - 7 * YEAR, calls(5, refs));
    const young = await at(here, NOW - 1 * YEAR, calls(2));
    const done = await pruning(here, limits(9, 6), async (parts) => [
      await pruneBodies(parts, stream),
      await pruneBodies(parts, young),
      // Once more there is nothing.
      await pruneBodies(parts, stream),
    ]);
    expect(done).toMatchObject([{ count: 10 }, { count: 0 }, { count: 0 }]);
    const found = await readBodies(here.dir, stream, new Set(refs.map(({ digest }) => digest)), BODIES_KEY);
    expect(new Set([...found.values()].map(({ kind }) => kind))).toEqual(new Set(["not-kept"]));
    expect(await kindsIn(here.dir, "bodies.pruned")).toMatchObject([{ stream, count: 10, rule: "bodies 6y" }]);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven" });
  });

  test("of one server go when its own time is over, out of the middle of others", async () => {
    const here = await place();
    const [hr, files]: [BodyRef[], BodyRef[]] = [[], []];
    const stream = await at(here, NOW - 2 * YEAR, (log) => {
      calls(3, files)(log);
      for (const [i, text] of ["one", "two"].entries()) {
        const args = log.body(JSON.stringify({ text }), "json");
        hr.push(args);
        log.record({ ...intent(`hr-${i}`), target: { server: "hr", kind: "tool", name: "read" }, args });
      }
    });
    await pruning(here, limits(5, 5, { hr: 1 }), async (parts) => {
      expect(await pruneBodies(parts, stream)).toMatchObject({ count: 2 });
    });
    const kindOf = async (refs: readonly BodyRef[]) => [
      ...new Set(
        [...(await readBodies(here.dir, stream, new Set(refs.map(({ digest }) => digest)), BODIES_KEY)).values()].map(
          ({ kind }) => kind,
        ),
      ),
    ];
    expect([await kindOf(hr), await kindOf(files)]).toEqual([["not-kept"], ["kept"]]);
  });

  test("stay where their key is not at hand: nobody can say what they are of", async () => {
    const here = await place();
    const stream = await at(here, NOW - 9 * YEAR, calls(3));
    await pruning(here, limits(5, 2), async (parts) => {
      expect(await pruneBodies({ ...parts, key: undefined }, stream)).toEqual({ count: 0, bytes: 0 });
    });
    expect(await kindsIn(here.dir, "bodies.pruned")).toEqual([]);
  });
});

describe("P6: streams beyond their time", () => {
  test("go, compressed or not, and both verifiers know by an entry that they were there", async () => {
    const here = await place();
    const old = [await at(here, NOW - 7 * YEAR, calls(3)), await at(here, NOW - 6 * YEAR, calls(3))];
    const young = await at(here, NOW - 1 * YEAR, calls(3));
    const leaf = (await lastLeaves(here.dir)).get(old[1] ?? "");
    if (leaf !== undefined) await packEntries({ dir: here.dir, key: BODIES_KEY, pauseMs: 0 }, leaf);
    expect(await pruning(here, limits(5, 5), pruneStreams)).toEqual(old);
    for (const stream of old) expect(filesOf(here.dir, stream)).toEqual([]);
    expect(filesOf(here.dir, young)).toHaveLength(2);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven", summary: { pruned: 2, streams: 3 } });
    // There is nothing more to do, and nothing is said twice.
    expect(await pruning(here, limits(5, 5), pruneStreams)).toEqual([]);
    expect(await kindsIn(here.dir, "streams.pruned")).toHaveLength(1);
  });

  test("with an old entry and a young one stay", async () => {
    const here = await place();
    let now = NOW - 7 * YEAR;
    const log = await here.open({ now: () => now, stream: newStreamId(now) });
    calls(1)(log);
    now = NOW - YEAR;
    await log.close("end");
    expect(await pruning(here, limits(5, 5), pruneStreams)).toEqual([]);
  });

  test("that are still open stay, and so does the one that prunes", async () => {
    const here = await place();
    let now = NOW - 7 * YEAR;
    const log = await here.open({ now: () => now, stream: newStreamId(now) });
    calls(1)(log);
    await log.synced();
    expect(await pruning(here, limits(-5, 5), pruneStreams)).toEqual([]);
    now = NOW;
    await log.close("end");
  });

  test("a missing stream without such an entry is missing still, and so is one of which it says another end", async () => {
    const here = await place();
    const old = await at(here, NOW - 7 * YEAR, calls(3));
    const other = await at(here, NOW - 6 * YEAR, calls(3));
    const [leaf, own] = [(await lastLeaves(here.dir)).get(other), (await lastLeaves(here.dir)).get(old)];
    const remove = (stream: string): void => {
      for (const name of filesOf(here.dir, stream)) rmSync(join(here.dir, name));
    };
    const until = new Date(NOW - 6 * YEAR).toISOString();
    const say = (size: number, root: string, time: number, last = until) =>
      at(here, time, (log) => {
        log.record({ kind: "streams.pruned", streams: [{ stream: other, size, root, until: last }], rule: "r" });
      });
    remove(other);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "fault", fault: { code: "stream-missing", file: other } });
    await say(leaf?.size ?? 0, own?.root ?? "", NOW);
    await say((leaf?.size ?? 0) + 1, leaf?.root ?? "", NOW);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "fault", fault: { code: "stream-missing" } });
    // Nobody may keep less than six months, whoever has the key.
    await say(leaf?.size ?? 0, leaf?.root ?? "", NOW, new Date(NOW - 100 * 86_400_000).toISOString());
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "fault", fault: { code: "stream-missing" } });
    await say(leaf?.size ?? 0, leaf?.root ?? "", NOW);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven", summary: { pruned: 1 } });
    remove(old);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "fault", fault: { code: "stream-missing", file: old } });
  });

  test("one that ended today is missing, whatever an entry says of its age, or of its own time, whoever has the key", async () => {
    const here = await place();
    const young = await at(here, NOW, calls(3));
    const leaf = (await lastLeaves(here.dir)).get(young);
    for (const name of filesOf(here.dir, young)) rmSync(join(here.dir, name));
    const missing = { kind: "fault", fault: { code: "stream-missing", file: young } };
    const one = { stream: young, size: leaf?.size ?? 0, root: leaf?.root ?? "" };
    const say = (until: number) => (log: OpenLog) => {
      const streams = [{ ...one, until: new Date(until).toISOString() }];
      log.record({ kind: "streams.pruned", streams, rule: "entries 5y" });
    };
    await at(here, NOW, say(NOW - 6 * YEAR));
    expect(await verdictOf(here.dir)).toMatchObject(missing);
    // A clock that is far ahead writes times that no verifier has reached.
    await at(here, NOW + 6 * YEAR, say(NOW));
    expect(await verdictOf(here.dir)).toMatchObject(missing);
    // Ahead for the entry alone.
    let now = NOW + 6 * YEAR;
    const log = await here.open({ now: () => now, stream: newStreamId(NOW) });
    say(NOW)(log);
    now = NOW;
    await log.close("end");
    expect(await verdictOf(here.dir)).toMatchObject(missing);
  });

  test("P12: one that had to be kept still is missing, by what was accepted then; where nothing was, by five years", async () => {
    const here = await place();
    const old = await at(here, NOW - 3 * YEAR, calls(2));
    expect(await pruning(here, limits(2, 2), pruneStreams)).toEqual([old]);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "fault", fault: { code: "stream-missing", file: old } });
    for (const [kept, kind] of [
      [2, "proven"],
      [4, "fault"],
    ] as const) {
      const other = await place();
      const [first, next] = [archived("one", years(2)), archived("two", years(kept))];
      await at(other, NOW - 5 * YEAR, (log) => {
        log.record({ kind: "config.accepted", ...first(log), by: "first start", first: true, config: "/k.yaml" });
      });
      const gone = await at(other, NOW - 3 * YEAR, (log) => void log.record({ kind: "config.refused", reason: "r" }));
      if (kept !== 2)
        await at(other, NOW - YEAR, (log) => {
          const { digest: previous } = first(log);
          log.record({ kind: "config.accepted", ...next(log), by: "x", first: false, config: "/k.yaml", previous });
        });
      expect(await pruning(other, limits(2, 2), pruneStreams)).toContain(gone);
      expect(await verdictOf(other.dir)).toMatchObject({ kind });
    }
  });

  test("P12: bodies of a stream in which nothing was old enough were taken away, whatever an entry says", async () => {
    const here = await place();
    const stream = await at(here, NOW - 3 * YEAR, calls(2));
    await pruning(here, limits(5, 2), async (parts) => pruneBodies(parts, stream));
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "fault", fault: { code: "pruned-early" } });
  });

  test("what nobody has signed yet is no word of a removal", async () => {
    const here = await place();
    const old = await at(here, NOW - 7 * YEAR, calls(3));
    const leaf = (await lastLeaves(here.dir)).get(old);
    const log = await here.open({ now: () => NOW, stream: newStreamId(NOW) });
    // As anybody might who can write files: the chain needs no key.
    const path = join(here.dir, entriesFile(log.stream));
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const body: EntryBody = {
      kind: "streams.pruned",
      streams: [
        { stream: old, size: leaf?.size ?? 0, root: leaf?.root ?? "", until: new Date(NOW - 6 * YEAR).toISOString() },
      ],
      rule: "entries 5y",
    };
    const copy = join(here.state, "copy");
    await log.synced();
    cpSync(here.dir, copy, { recursive: true });
    const [last] = lines.slice(-1).map((line) => parseEntry(line));
    const after = last?.kind === "entry" ? last.entry.after : 0;
    const more = entryLine(lines.length, leafHash(lines.at(-1) ?? ""), new Date(NOW).toISOString(), after, body);
    writeFileSync(join(copy, entriesFile(log.stream)), ofLines([...lines, more]));
    expect(await verdictOf(copy)).toMatchObject({ kind: "proven" });
    for (const name of filesOf(copy, old)) rmSync(join(copy, name));
    expect(await verdictOf(copy)).toMatchObject({ kind: "fault", fault: { code: "stream-missing", file: old } });
    await log.close("end");
  });

  test("what says that others were removed says it again where it goes itself", async () => {
    const here = await place();
    const first = await at(here, NOW - 20 * YEAR, calls(1));
    const log = await here.open({ now: () => NOW - 8 * YEAR, stream: newStreamId(NOW - 8 * YEAR) });
    const saying = log.stream;
    const early = { ...limits(5, 5), entries: NOW - 13 * YEAR };
    expect(await pruneStreams({ dir: here.dir, key: BODIES_KEY, pauseMs: 0, log, limits: early })).toEqual([first]);
    const said = log.stream;
    await log.close("end");
    // It ended the stream in which it said so, so that it is signed.
    expect(said).not.toBe(saying);
    expect(await pruning(here, limits(5, 5), pruneStreams)).toEqual([saying, said]);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven", summary: { pruned: 3 } });
  });

  test("on which one that stays leans stay with it: configurations, and the stream that it goes on from", async () => {
    const here = await place();
    const [first, next] = [archived("one"), archived("two")];
    const accepted = await at(here, NOW - 9 * YEAR, (log) => {
      log.record({ kind: "config.accepted", ...first(log), by: "first start", first: true, config: "/k.yaml" });
    });
    const free = await at(here, NOW - 8 * YEAR, (log) => void log.record({ kind: "config.refused", reason: "r" }));
    const asked = await at(here, NOW - 7 * YEAR, (log) => {
      log.record({ kind: "request.answered", request: "r", statement: { assurance: "client", answer: "deny" } });
    });
    await at(here, NOW - YEAR, (log) => {
      const { digest: previous } = first(log);
      log.record({ kind: "config.accepted", ...next(log), by: "x", first: false, config: "/k.yaml", previous });
      log.record({ kind: "request.answered", request: "r", statement: { assurance: "client", answer: "deny" } });
    });
    expect(await pruning(here, limits(5, 5), pruneStreams)).toEqual([free]);
    for (const stream of [accepted, asked]) expect(existsSync(join(here.dir, entriesFile(stream)))).toBe(true);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven" });
  });

  test("of one process go one after the other, and the ones after it are proven without", async () => {
    const here = await place();
    let now = NOW - 7 * YEAR;
    const log = await here.open({ now: () => now, stream: newStreamId(now) });
    const first = log.stream;
    log.record(intent("across"));
    await log.synced();
    await log.succeed("rotated");
    const second = log.stream;
    now = NOW - YEAR;
    log.record(outcome("across"));
    await log.close("end");
    expect(await pruning(here, limits(5, 5), pruneStreams)).toEqual([first]);
    expect(filesOf(here.dir, second)).toHaveLength(2);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven", summary: { pruned: 1 } });
  });

  test("a crash between the entry and any of the removals is made good by the next", async () => {
    const here = await place();
    const stream = await at(here, NOW - 7 * YEAR, calls(3));
    const kept = filesOf(here.dir, stream).map((name) => join(here.dir, name));
    const log = await here.open({ now: () => NOW, stream: newStreamId(NOW) });
    const parts = { dir: here.dir, key: BODIES_KEY, pauseMs: 0, limits: limits(5, 5) };
    const dies = {
      ...log,
      stream: log.stream,
      succeed: () => log.synced().then(() => Promise.reject(new Error("killed"))),
    };
    await expect(pruneStreams({ ...parts, log: dies })).rejects.toThrow("killed");
    expect(filesOf(here.dir, stream)).toHaveLength(kept.length);
    await log.close("end");
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven" });
    rmSync(join(here.dir, bodiesFile(stream)));
    writeFileSync(join(here.dir, compressedFile(stream)), "");
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven" });
    expect(await pruning(here, limits(5, 5), pruneStreams)).toEqual([stream]);
    expect(filesOf(here.dir, stream)).toEqual([]);
    expect(await verdictOf(here.dir)).toMatchObject({ kind: "proven", summary: { pruned: 1 } });
  });
});
