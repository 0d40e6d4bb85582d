import { generateKeyPairSync } from "node:crypto";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { checkpointText, signNote } from "../../src/audit/checkpoint.ts";
import { ledgerLine, parseLedgerLine } from "../../src/audit/leaf.ts";
import { entryLine, NO_PREV, parseEntry } from "../../src/audit/line.ts";
import { leafHash, treeOver } from "../../src/audit/tree.ts";
import {
  bytesOf,
  copyOf,
  endOfFile,
  faultOf,
  lineOf,
  linesOf,
  ofLines,
  place,
  verifyBytes,
  type Bytes,
} from "./fixture.ts";
import { ledgerHead } from "./forge.ts";
import { pass } from "./samples.ts";

let sealed: Bytes;
/** The same log some time before, and its checkpoint as it was kept elsewhere. */
let older: Bytes;
let first: string;
let second: string;
const atEnd = endOfFile();

/** The file of one stream of a copy. */
const file = (bytes: Bytes, stream: string): Buffer => bytes.streams.get(stream) ?? Buffer.alloc(0);
const lineCount = (bytes: Bytes, stream: string): number => linesOf(file(bytes, stream)).length;

function withLines(stream: string, change: (lines: string[]) => readonly string[]): Bytes {
  const spoiled = copyOf(sealed);
  spoiled.streams.set(stream, ofLines(change(linesOf(file(sealed, stream)))));
  return spoiled;
}

beforeAll(async () => {
  const { open, dir } = await place(atEnd);
  const one = await open();
  first = one.stream;
  await pass(one, "a1");
  const two = await open();
  second = two.stream;
  await pass(two, "b1");
  await pass(one, "a2");
  await one.close("end");
  older = bytesOf(dir);
  await pass(two, "b2");
  two.record({
    kind: "call.denied",
    call: "b3",
    agent: "docs-writer",
    asked: "files_木\u001b[2J",
    args: two.body("{}", true),
  });
  await two.close("end");
  sealed = bytesOf(dir);
});

describe("P6: a sealed log", () => {
  test("is proven as it is, with all its entries signed", async () => {
    const verdict = await verifyBytes(sealed, older.checkpoint);
    if (verdict.kind !== "proven") throw new Error(JSON.stringify(verdict));
    expect(verdict.summary).toMatchObject({ streams: 2, unsigned: 0, torn: 0, open: [], inFlight: 0, unknown: 0 });
    expect(verdict.summary.entries).toBe(lineCount(sealed, first) + lineCount(sealed, second));
  });

  test("with any one byte of a stream changed, by any one bit, is found wanting at that line", async () => {
    for (const stream of [first, second]) {
      const original = file(sealed, stream);
      for (let at = 0; at < original.length; at++) {
        const spoiled = copyOf(sealed);
        const bytes = Buffer.from(original);
        bytes[at] = (original[at] ?? 0) ^ (1 << (at % 8));
        spoiled.streams.set(stream, bytes);
        const fault = await faultOf(spoiled);
        expect([fault.file, fault.line], `byte ${at}: ${JSON.stringify(fault)}`).toEqual([
          stream,
          lineOf(original, at),
        ]);
      }
    }
  });

  test("with any one byte of the ledger changed is found wanting, in the ledger, at a range that holds the line", async () => {
    for (let at = 0; at < sealed.ledger.length; at++) {
      const spoiled = copyOf(sealed);
      spoiled.ledger = Buffer.from(sealed.ledger);
      spoiled.ledger[at] = (sealed.ledger[at] ?? 0) ^ (1 << (at % 8));
      const fault = await faultOf(spoiled);
      const line = lineOf(sealed.ledger, at);
      expect(fault.file, JSON.stringify(fault)).toBe("ledger");
      expect(fault.from ?? fault.line, `byte ${at}: ${JSON.stringify(fault)}`).toBeLessThanOrEqual(line);
      expect(fault.line).toBeGreaterThanOrEqual(line);
    }
  });

  test("with any one byte of the checkpoint changed is found wanting there", async () => {
    const original = Buffer.from(sealed.checkpoint, "utf8");
    for (let at = 0; at < original.length; at++) {
      const bytes = Buffer.from(original);
      bytes[at] = (original[at] ?? 0) ^ (1 << (at % 8));
      expect((await faultOf({ ...copyOf(sealed), checkpoint: bytes.toString("utf8") })).file).toBe("checkpoint");
    }
  });

  test("with any one entry deleted, repeated or inserted is found wanting at that line", async () => {
    for (const stream of [first, second]) {
      const count = lineCount(sealed, stream);
      for (let i = 0; i < count; i++) {
        expect((await faultOf(withLines(stream, (lines) => lines.toSpliced(i, 1)))).line, `deleted ${i}`).toBe(i + 1);
        expect(
          (await faultOf(withLines(stream, (lines) => lines.toSpliced(i, 0, lines[i] ?? "")))).line,
          `repeated ${i}`,
        ).toBe(i + 2);
        const forged = (lines: string[]): string => {
          const prev = i === 0 ? NO_PREV : leafHash(lines[i - 1] ?? "");
          // At a time at which it can have been.
          const beside = parseEntry(lines[i] ?? "");
          const time = beside.kind === "entry" ? beside.entry.time : "";
          return entryLine(i, prev, time, 2, { kind: "config.refused", reason: "forged" });
        };
        const inserted = await faultOf(withLines(stream, (lines) => lines.toSpliced(i, 0, forged(lines))));
        expect(inserted.line, `inserted ${i}: ${JSON.stringify(inserted)}`).toBe(i === 0 ? 1 : i + 2);
      }
    }
  });

  test("with any two entries exchanged is found wanting at the first of them", async () => {
    const count = lineCount(sealed, first);
    for (let i = 0; i < count; i++) {
      for (let j = i + 1; j < count; j++) {
        const swapped = withLines(first, (lines) => lines.with(i, lines[j] ?? "").with(j, lines[i] ?? ""));
        expect((await faultOf(swapped)).line).toBe(i + 1);
      }
    }
  });

  test("with an entry replaced by another well-formed one of its number is found wanting at that line", async () => {
    const lines = linesOf(file(sealed, second));
    for (const [i, line] of lines.entries()) {
      const parsed = parseEntry(line);
      if (parsed.kind !== "entry") throw new Error(line);
      const { n, prev, after, body } = parsed.entry;
      const later = entryLine(n, prev, "2031-01-01T00:00:00.000Z", after, body);
      expect((await faultOf(withLines(second, (all) => all.with(i, later)))).line).toBe(i + 1);
    }
  });

  test("with a chain made again after the change, without the key, is found wanting against the signed root", async () => {
    const spoiled = withLines(first, (lines) => {
      let prev = NO_PREV;
      return lines.map((line) => {
        const parsed = parseEntry(line);
        if (parsed.kind !== "entry") throw new Error(line);
        const { n, time, after, body } = parsed.entry;
        const again =
          body.kind === "call.outcome" && body.call === "a1" ? { ...body, status: "tool_error" as const } : body;
        const text = entryLine(n, prev, time, after, again);
        prev = leafHash(text);
        return text;
      });
    });
    const fault = await faultOf(spoiled);
    expect(fault).toMatchObject({ code: "root", file: first });
    // The outcome of a1 is entry 2, in line 3.
    expect(fault.from ?? fault.line).toBeLessThanOrEqual(3);
    expect(fault.line).toBeGreaterThanOrEqual(3);
  });

  test("with chain, leaves and checkpoint made again under another key is found wanting", async () => {
    const spoiled = resealed(withLines(first, (lines) => lines.slice(0, 3)));
    const { privateKey } = generateKeyPairSync("ed25519");
    const [origin = ""] = sealed.checkpoint.split("\n");
    const { size, root } = ledgerHead(spoiled.ledger);
    const forged = { ...spoiled, checkpoint: signNote(checkpointText({ origin, size, root }), origin, privateKey) };
    expect(await faultOf(forged)).toMatchObject({ code: "no-signature", file: "checkpoint" });
    const [, id = ""] = sealed.key.split("+");
    // The id of our key over a signature by theirs: what a verifier that trusts ids would take.
    const body = forged.checkpoint.split(" ").at(-1)?.trim() ?? "";
    const marked = Buffer.from(body, "base64");
    Buffer.from(id, "hex").copy(marked);
    expect(
      await faultOf({ ...forged, checkpoint: forged.checkpoint.replace(body, marked.toString("base64")) }),
    ).toMatchObject({
      code: "bad-signature",
    });
  });

  test("with its tail cut at any byte is found wanting at the first line that is missing", async () => {
    const original = file(sealed, second);
    for (let length = 0; length < original.length; length += 7) {
      const spoiled = copyOf(sealed);
      spoiled.streams.set(second, original.subarray(0, length));
      expect((await faultOf(spoiled)).line).toBe(lineOf(original, length));
    }
  });

  test("with something added behind its end is found wanting there", async () => {
    for (const more of ["x", "\n", `${linesOf(file(sealed, first)).at(-1)}\n`]) {
      const spoiled = copyOf(sealed);
      spoiled.streams.set(first, Buffer.concat([file(sealed, first), Buffer.from(more)]));
      expect(await faultOf(spoiled)).toMatchObject({
        code: "after-end",
        file: first,
        line: lineCount(sealed, first) + 1,
      });
    }
  });

  test("with a stream deleted, two exchanged or one added is found wanting at that file", async () => {
    const deleted = copyOf(sealed);
    deleted.streams.delete(first);
    expect(await faultOf(deleted)).toMatchObject({ code: "stream-missing", file: first });

    const swapped = copyOf(sealed);
    swapped.streams.set(first, file(sealed, second)).set(second, file(sealed, first));
    expect(await faultOf(swapped)).toMatchObject({ file: first });

    const added = copyOf(sealed);
    added.streams.set("20200101-000000-0000000000000000", file(sealed, first));
    expect(await faultOf(added)).toMatchObject({ code: "stream-unknown", file: "20200101-000000-0000000000000000" });
  });

  test("an empty file of a stream that is not in the ledger yet is the moment before it is opened", async () => {
    const early = copyOf(sealed);
    early.streams.set("20300101-000000-0000000000000000", Buffer.alloc(0));
    expect(await verifyBytes(early)).toMatchObject({ kind: "proven", summary: { streams: 2 } });
  });

  test("with ledger lines deleted, repeated or exchanged is found wanting in the ledger", async () => {
    const lines = linesOf(sealed.ledger);
    for (let i = 0; i < lines.length; i++) {
      const variants = [lines.toSpliced(i, 1), lines.toSpliced(i, 0, lines[i] ?? "")];
      if (i > 0) variants.push(lines.with(i, lines[i - 1] ?? "").with(i - 1, lines[i] ?? ""));
      for (const [which, variant] of variants.entries()) {
        // A repeated last line stands behind what is signed: it is no part of the log and changes nothing.
        if (which === 1 && i === lines.length - 1) continue;
        expect((await faultOf({ ...copyOf(sealed), ledger: ofLines(variant) })).file).toBe("ledger");
      }
    }
  });

  test("replaced whole by an older copy is found wanting against a checkpoint that was kept", async () => {
    expect(await verifyBytes(older)).toMatchObject({ kind: "proven" });
    expect(await faultOf(older, sealed.checkpoint)).toMatchObject({ code: "rolled-back" });
  });

  test("whose ledger alone is an older copy is found wanting without a kept checkpoint, once an entry has seen more", async () => {
    const { open, dir } = await place();
    const log = await open();
    await pass(log, "a1");
    const before = bytesOf(dir);
    const first = linesOf(before.ledger).length;
    log.record({ kind: "config.refused", reason: "news" });
    // Signed and copied within a second.
    await vi.waitUntil(() => linesOf(bytesOf(dir).ledger).length > first, 15_000);
    const line = lineCount(bytesOf(dir), log.stream) + 1;
    await pass(log, "a2");
    await log.close("end");
    const now = bytesOf(dir);
    expect(await verifyBytes(now)).toMatchObject({ kind: "proven" });
    const spoiled = { ...now, ledger: before.ledger, checkpoint: before.checkpoint };
    expect(await faultOf(spoiled)).toMatchObject({ code: "after", file: log.stream, line });

    // The same files, read while the process went on writing: what came after the ledger was read is left for next time.
    const settled = before.streams.get(log.stream)?.length ?? 0;
    expect(await verifyBytes(spoiled, undefined, settled)).toMatchObject({ kind: "proven", summary: { torn: 0 } });
    // What stood there before is held against it as ever.
    const whole = now.streams.get(log.stream)?.length ?? 0;
    expect(await verifyBytes(spoiled, undefined, whole)).toMatchObject({
      kind: "fault",
      fault: { code: "after", line },
    });
  });

  test("with another history under a checkpoint by the true key is found wanting against the kept one", async () => {
    const { open, dir, key } = await place();
    const log = await open();
    await pass(log, "a1");
    await log.close("end");
    const true1 = bytesOf(dir);
    // The key is stolen, and the whole log is written anew with it.
    const lines = linesOf(true1.ledger).map((line) => {
      const leaf = parseLedgerLine(line);
      if (leaf === undefined) throw new Error(line);
      return ledgerLine({ ...leaf, time: new Date(Date.parse(leaf.time) + 1000).toISOString() });
    });
    const ledger = ofLines(lines);
    const [origin = ""] = true1.checkpoint.split("\n");
    const rewritten = {
      ...true1,
      ledger,
      checkpoint: signNote(checkpointText({ origin, ...ledgerHead(ledger) }), origin, key),
    };
    expect(await verifyBytes(rewritten)).toMatchObject({ kind: "proven" });
    expect(await faultOf(rewritten, true1.checkpoint)).toMatchObject({ code: "rolled-back", file: "ledger" });
  });

  test("is not proven by another installation's key, nor by what is no key", async () => {
    const { open, dir } = await place();
    await (await open()).close("end");
    expect(await faultOf({ ...copyOf(sealed), key: bytesOf(dir).key })).toMatchObject({ code: "no-signature" });
    expect(await faultOf({ ...copyOf(sealed), key: "nonsense" })).toMatchObject({ code: "key" });
  });
});

/** The ledger made to fit what its streams have become. */
function resealed(bytes: Bytes): Bytes {
  const lines = linesOf(bytes.ledger).flatMap((line) => {
    const leaf = parseLedgerLine(line);
    if (leaf === undefined) throw new Error(line);
    const tree = treeOver(linesOf(file(bytes, leaf.stream)).slice(0, leaf.size));
    return [ledgerLine({ ...leaf, size: tree.size, root: tree.root() })];
  });
  return { ...bytes, ledger: ofLines(lines) };
}
