import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { BodyRef } from "../../src/audit/entry.ts";
import { bodiesKey } from "../../src/config/bodies-key.ts";
import { openBodies } from "../../src/log/bodies.ts";
import { bodiesFile, newStreamId } from "../../src/log/names.ts";
import { readBodies } from "../../src/log/related.ts";
import { en as words } from "../../src/words/log.ts";
import { bodyLines, bytesOf, place, verifyBytes } from "./fixture.ts";
import { kidobanLog } from "./kidoban-log.ts";
import { BODIES_KEY, intent } from "./samples.ts";

const CANARY = "the canary that must not sing";
const text = (n: number): string => JSON.stringify({ n, text: CANARY, 木: "番".repeat(n) });

async function written(here: Awaited<ReturnType<typeof place>>, count = 50) {
  const log = await here.open();
  const refs: BodyRef[] = [];
  for (let n = 0; n < count; n++) {
    const args = log.body(text(n), "json");
    refs.push(args);
    log.record({ ...intent(`c${n}`), args });
    // Several writes, so that the cipher goes on where it was.
    if (n % 7 === 0) await log.written();
  }
  await log.close("end");
  return { stream: log.stream, refs };
}

describe("bodies", () => {
  test("no argument or result stands in plain in any file of the log, and all are there for who has the key", async () => {
    const here = await place();
    const { stream, refs } = await written(here);
    for (const name of readdirSync(here.dir)) {
      const bytes = readFileSync(join(here.dir, name));
      for (const spelled of [CANARY, JSON.stringify(CANARY).slice(1, -1), encodeURIComponent(CANARY), "番番"])
        expect(bytes.includes(spelled), name).toBe(false);
    }
    const kept = await readBodies(here.dir, stream, new Set(refs.map(({ digest }) => digest)), BODIES_KEY);
    expect(refs.map(({ digest }) => kept.get(digest))).toMatchObject(
      refs.map((_, n) => ({ kind: "kept", text: text(n) })),
    );
  });

  test("two streams with the same bodies have nothing in common", async () => {
    const here = await place();
    const [one, two] = [await written(here), await written(here)];
    const blocks = (stream: string): Set<string> => {
      const bytes = readFileSync(join(here.dir, bodiesFile(stream)));
      const cipher = bytes.subarray(bytes.indexOf("\n") + 1);
      return new Set(
        Array.from({ length: Math.floor(cipher.length / 16) }, (_, i) => cipher.toString("hex", 16 * i, 16 * i + 16)),
      );
    };
    const [first, second] = [blocks(one.stream), blocks(two.stream)];
    expect([...first].filter((block) => second.has(block))).toEqual([]);
  });

  test("P6: with the key destroyed nobody reads a body and every proof stays valid", async () => {
    const here = await place();
    const { stream, refs } = await written(here);
    const digests = new Set(refs.map(({ digest }) => digest));
    for (const [key, why] of [
      [undefined, "no-key"],
      [Buffer.alloc(32, 3), "other-key"],
    ] as const) {
      expect(await openBodies(here.dir, stream, key)).toEqual({ kind: "locked", why });
      const found = await readBodies(here.dir, stream, digests, key);
      expect(new Set([...found.values()].map(({ kind }) => kind))).toEqual(new Set(["locked"]));
    }
    expect(await verifyBytes(bytesOf(here.dir))).toMatchObject({ kind: "proven" });
    rmSync(join(here.dir, bodiesFile(stream)));
    expect(await verifyBytes(bytesOf(here.dir))).toMatchObject({ kind: "proven" });
  });

  test("P6: bodies put in another stream's place are not read as its own", async () => {
    const here = await place();
    const [one, two] = [await written(here), await written(here)];
    writeFileSync(join(here.dir, bodiesFile(two.stream)), readFileSync(join(here.dir, bodiesFile(one.stream))));
    expect(await openBodies(here.dir, two.stream, BODIES_KEY)).toEqual({ kind: "locked", why: "damaged" });
  });

  test("P6: a changed byte alters its body and no other", async () => {
    const here = await place();
    const { stream, refs } = await written(here, 3);
    const path = join(here.dir, bodiesFile(stream));
    const [bytes, lines] = [readFileSync(path), await bodyLines(here.dir, stream)];
    const at = bytes.indexOf("\n") + 1 + Buffer.byteLength(`${lines[0]}\n`) + (lines[1] ?? "").indexOf("canary");
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const found = await readBodies(here.dir, stream, new Set(refs.map(({ digest }) => digest)), BODIES_KEY);
    expect(refs.map(({ digest }) => found.get(digest)?.kind)).toEqual(["kept", "altered", "kept"]);
  });

  test("what was cut off or torn takes nothing from what stands before it", async () => {
    const here = await place();
    const { stream, refs } = await written(here, 3);
    const path = join(here.dir, bodiesFile(stream));
    const bytes = readFileSync(path);
    const digests = new Set(refs.map(({ digest }) => digest));
    writeFileSync(path, bytes.subarray(0, -20));
    const kinds = async () =>
      [...(await readBodies(here.dir, stream, digests, BODIES_KEY)).values()].map(({ kind }) => kind);
    expect(await kinds()).toEqual(["kept", "kept", "not-kept"]);
    for (let cut = 0; cut <= bytes.indexOf("\n"); cut += 17) {
      writeFileSync(path, bytes.subarray(0, cut));
      expect(new Set(await kinds())).toEqual(new Set([cut < 15 ? "not-kept" : "locked"]));
    }
    writeFileSync(path, bytes);
    appendFileSync(path, "\u0000garbage\n");
    expect(await kinds()).toEqual(["kept", "kept", "kept"]);
  });

  test("plain files of an older program are read as ever", async () => {
    const here = await place();
    const { refs, stream } = await written(here, 3);
    const lines = await bodyLines(here.dir, stream);
    writeFileSync(join(here.dir, bodiesFile(stream)), lines.map((line) => `${line}\n`).join(""));
    const found = await readBodies(here.dir, stream, new Set(refs.map(({ digest }) => digest)), undefined);
    expect(refs.map(({ digest }) => found.get(digest))).toMatchObject(
      refs.map((_, n) => ({ kind: "kept", text: text(n) })),
    );
  });

  test("a stream without bodies leaves an empty file", async () => {
    const here = await place();
    const log = await here.open({ stream: newStreamId(Date.now()) });
    await log.close("end");
    expect(readFileSync(join(here.dir, bodiesFile(log.stream))).length).toBe(0);
    expect(await bodyLines(here.dir, log.stream)).toEqual([]);
  });

  test("the key is made once, for its owner alone, and a damaged one stops the start", async () => {
    const here = await place();
    rmSync(join(here.state, "keys", "bodies.key"));
    const [one, two] = await Promise.all([bodiesKey(here.state), bodiesKey(here.state)]);
    expect(one.equals(two) && one.length === 32).toBe(true);
    writeFileSync(join(here.state, "keys", "bodies.key"), "zz\n");
    await expect(bodiesKey(here.state)).rejects.toMatchObject({ code: "key" });
  });

  test("P6: kidoban log verify looks into them with the key, and without it says what it did not look into", async () => {
    const here = await place();
    const { stream } = await written(here, 4);
    const key = join(here.state, "keys", "bodies.key");
    const verify = (options = {}) => kidobanLog(here.state, "verify", options);
    const held = await verify();
    expect([held.code, held.out]).toEqual([0, expect.stringContaining(words.bodiesIntact(4))]);
    writeFileSync(join(here.state, "elsewhere"), readFileSync(key), { mode: 0o600 });
    rmSync(key);
    const without = await verify();
    expect([without.code, without.out]).toEqual([0, expect.stringContaining(words.bodiesLocked(1))]);
    const given = await verify({ bodiesKey: join(here.state, "elsewhere") });
    expect(given.out).toContain(words.bodiesIntact(4));
    expect((await verify({ bodiesKey: join(here.state, "nowhere") })).code).toBe(3);
    const path = join(here.dir, bodiesFile(stream));
    const bytes = readFileSync(path);
    // In the second line's text.
    const at = bytes.indexOf("\n") + 1 + (await bodyLines(here.dir, stream))[0]!.length + 150;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const altered = await verify({ bodiesKey: join(here.state, "elsewhere") });
    expect([altered.code, altered.out]).toEqual([
      1,
      expect.stringContaining(`${words.faultAt(bodiesFile(stream), 2, undefined)}\n  ${words.bodyAltered}`),
    ]);
    expect((await verify()).code).toBe(0);
  });
});
