import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EntryBody } from "../../src/audit/entry.ts";
import { parseLedgerLine } from "../../src/audit/leaf.ts";
import { parseEntry } from "../../src/audit/line.ts";
import { entriesFile } from "../../src/log/names.ts";
import { bodyLines, bytesOf, faultOf, linesOf, place, verifyBytes, type Place } from "./fixture.ts";
import { intent, pass } from "./samples.ts";

// Beside the packages, where the store's driver is found.
const built = fileURLToPath(
  new URL(`../../node_modules/.cache/kidoban-test/writer-${process.pid}.mjs`, import.meta.url),
);

beforeAll(() => {
  mkdirSync(join(built, ".."), { recursive: true });
  const entryPoints = [fileURLToPath(new URL("writer.ts", import.meta.url))];
  buildSync({ entryPoints, outfile: built, bundle: true, platform: "node", format: "esm", packages: "external" });
});
afterAll(() => rmSync(built, { force: true }));

interface Killed {
  readonly stream: string;
  /** `intent <call>` and `outcome <call>`, as far as they were acknowledged. */
  readonly acknowledged: readonly string[];
}

/** Runs a writer and kills it some time after its first word. */
async function writeUntilKilled({ state }: Place, keyFile: string): Promise<Killed> {
  const child = spawn(process.execPath, [built, state, keyFile], { stdio: ["ignore", "pipe", "pipe"] });
  const errors = text(child.stderr);
  child.stdout.once("data", () => setTimeout(() => child.kill("SIGKILL"), randomInt(120)));
  const said = (await text(child.stdout)).split("\n").slice(0, -1);
  const [first = "", ...acknowledged] = said;
  if (!first.startsWith("stream ")) throw new Error(`the writer did not start: ${await errors}`);
  return { stream: first.slice("stream ".length), acknowledged };
}

const bodiesIn = (bytes: Buffer): EntryBody[] =>
  linesOf(bytes).map((line) => {
    const parsed = parseEntry(line);
    if (parsed.kind !== "entry") throw new Error(`not an entry: ${line}`);
    return parsed.entry.body;
  });

describe("P4, P5: processes killed while they write", () => {
  test("lose nothing that was acknowledged, leave at most one torn line, and are settled by two recoverers at once as one would", async () => {
    const here = await place();
    const { open, dir, store, state, key } = here;
    const keyFile = join(state, "key.pem");
    writeFileSync(keyFile, key.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });

    for (let round = 0; round < 6; round++) {
      const killed = await Promise.all(Array.from({ length: 4 }, () => writeUntilKilled(here, keyFile)));
      expect(await verifyBytes(bytesOf(dir)), "before recovery").toMatchObject({ kind: "proven" });

      const dead = (await store.processes()).filter(({ alive }) => !alive).map(({ id }) => id);
      expect(dead.toSorted()).toEqual(killed.map(({ stream }) => stream).toSorted());
      const [one, two] = [await open(), await open()];
      const [left, right] = await Promise.all([one.recover(dead), two.recover(dead)]);
      for (const [i, stream] of dead.entries()) {
        expect(new Set([left[i]?.kind, right[i]?.kind]), stream).toEqual(new Set(["ended", "recovered"]));
        await store.forget(stream);
      }
      // Once more changes nothing.
      expect((await one.recover(dead)).map(({ kind }) => kind)).toEqual(dead.map(() => "ended"));
      await one.close("end");
      await two.close("end");

      const bytes = bytesOf(dir);
      expect(await verifyBytes(bytes), "after recovery").toMatchObject({
        kind: "proven",
        summary: { unsigned: 0, open: [], inFlight: 0 },
      });
      for (const { stream, acknowledged } of killed) {
        const content = bytes.streams.get(stream) ?? Buffer.alloc(0);
        const there = new Set(
          bodiesIn(content).flatMap((body) =>
            "call" in body ? [`${body.kind.slice("call.".length)} ${body.call}`] : [],
          ),
        );
        expect(acknowledged.filter((what) => !there.has(what))).toEqual([]);
        // What the entries speak of was kept before whoever waited for the device went on: each fifth call of a writer.
        const kept = (await bodyLines(dir, stream)).join("\n");
        for (const body of bodiesIn(content)) {
          if (body.kind !== "call.intent" || !acknowledged.includes(`intent ${body.call}`)) continue;
          if (Number(body.call.slice(stream.length + 1)) % 5 === 0) expect(kept).toContain(body.args.digest);
        }
      }
    }
  });
});

/** A stream whose process is gone without having closed it. */
async function abandoned({ open }: Place, calls: readonly string[]): Promise<string> {
  const log = await open();
  await pass(log, `done-${log.stream}`);
  for (const call of calls) log.record(intent(call));
  await log.synced();
  return log.stream;
}

describe("recovery", () => {
  test("P5: says unknown for each call without outcome, in the stream of whoever recovers, and ends the dead one", async () => {
    const here = await place();
    const stream = await abandoned(here, ["x", "y"]);
    const log = await here.open();
    expect(await log.recover([stream])).toMatchObject([
      { kind: "recovered", stream, size: 5, torn: 0, open: ["x", "y"] },
    ]);
    await log.close("end");
    const bytes = bytesOf(here.dir);
    const said = bodiesIn(bytes.streams.get(log.stream) ?? Buffer.alloc(0)).filter(
      (body) => body.kind === "call.outcome",
    );
    expect(said).toMatchObject([
      { call: "x", status: "unknown" },
      { call: "y", status: "unknown" },
    ]);
    expect(await verifyBytes(bytes)).toMatchObject({
      kind: "proven",
      summary: { unknown: 2, inFlight: 0, unsigned: 0 },
    });
  });

  test("cuts nothing: a torn last line stays, and changing, cutting or adding to it later is found", async () => {
    const here = await place();
    const stream = await abandoned(here, ["x"]);
    const path = join(here.dir, entriesFile(stream));
    const whole = readFileSync(path);
    writeFileSync(path, Buffer.concat([whole, Buffer.from('{"v":1,"n":4,"pre')]));
    const log = await here.open();
    expect(await log.recover([stream])).toMatchObject([{ kind: "recovered", size: 4, torn: 17 }]);
    await log.close("end");
    const bytes = bytesOf(here.dir);
    const torn = bytes.streams.get(stream) ?? Buffer.alloc(0);
    expect(torn.length).toBe(whole.length + 17);
    expect(await verifyBytes(bytes)).toMatchObject({ kind: "proven", summary: { torn: 17 } });
    for (const other of [
      torn.subarray(0, -1),
      whole,
      Buffer.concat([torn, Buffer.from("x")]),
      Buffer.concat([torn, Buffer.from("\n")]),
      torn.fill("q", torn.length - 3),
    ]) {
      expect(await faultOf({ ...bytes, streams: new Map(bytes.streams).set(stream, other) })).toMatchObject({
        code: "tail-changed",
        file: stream,
        line: 5,
      });
    }
  });

  test("a recovery that crashed between its entries and the ledger is done again", async () => {
    const here = await place();
    const stream = await abandoned(here, ["x"]);
    const refusing = { ...here.store, appendLedger: here.store.appendLedger.bind(here.store) };
    const first = await here.open({ ledger: refusing });
    refusing.appendLedger = () => Promise.reject(new Error("the machine went away"));
    await expect(first.recover([stream])).rejects.toThrow("went away");
    const second = await here.open();
    const results = await second.recover([stream, first.stream]);
    expect(results.map(({ kind }) => kind)).toEqual(["recovered", "recovered"]);
    await second.close("end");
    expect(await verifyBytes(bytesOf(here.dir))).toMatchObject({ kind: "proven", summary: { open: [], inFlight: 0 } });
  });

  test("P6: does not cover up: a dead stream that lacks what was signed is left for verify to tell", async () => {
    const here = await place();
    const { open, dir, store } = here;
    const log = await open();
    await pass(log, "a");
    for (let i = 0; i < 1000; i++) log.record({ kind: "config.refused", reason: String(i) });
    await log.synced();
    const signed = async () => parseLedgerLine((await store.readLedger()).lines.at(-1) ?? "")?.size ?? 0;
    while ((await signed()) < 1000) await new Promise((resolve) => setTimeout(resolve, 5));
    const path = join(dir, entriesFile(log.stream));
    const whole = readFileSync(path);

    const next = await open();
    truncateSync(path, whole.length - 1000);
    expect(await next.recover([log.stream])).toMatchObject([
      { kind: "damaged", fault: { code: "tail-missing", file: log.stream } },
    ]);
    writeFileSync(path, whole.toString("utf8").replace('"reason":"7"', '"reason":"8"'));
    expect(await next.recover([log.stream])).toMatchObject([{ kind: "damaged", fault: { file: log.stream } }]);
    unlinkSync(path);
    expect(await next.recover([log.stream])).toMatchObject([{ kind: "damaged", fault: { code: "stream-missing" } }]);
    await next.close("end");
    expect(await faultOf(bytesOf(dir))).toMatchObject({ code: "stream-missing", file: log.stream });
  });

  test("of a process that died before it opened its stream, or that had ended, does nothing", async () => {
    const here = await place();
    const ended = await here.open();
    await ended.close("end");
    const log = await here.open();
    const before = log.record({ kind: "config.refused", reason: "x" });
    expect(await log.recover([ended.stream, "20260101-000000-0000000000000000"])).toMatchObject([
      { kind: "ended", stream: ended.stream },
      { kind: "never-opened", stream: "20260101-000000-0000000000000000" },
    ]);
    expect(log.record({ kind: "config.refused", reason: "y" })).toBe(before + 1);
    await log.close("end");
  });
});
