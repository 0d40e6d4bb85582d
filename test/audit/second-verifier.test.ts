/** The verifier in Python (examples/verify-log.py), written apart from ours, says the same of every log, whole or spoiled. */

import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Request } from "../../src/approval/request.ts";
import { signStatement, statementBody, type Statement } from "../../src/approval/statement.ts";
import { cosign, witnessText } from "../../src/audit/cosignature.ts";
import { exportLog } from "../../src/log/export-file.ts";
import { findLog } from "../../src/log/files.ts";
import { holder, taps, tapsAll } from "../approval/authenticator.ts";
import { obligation, person, sampleRequest, says, T0 } from "../approval/sample.ts";
import { answered, ask, claimed, opened } from "../log/asked.ts";
import { bytesOf, copyOf, endOfFile, linesOf, ofLines, place, verifyBytes, type Bytes } from "../log/fixture.ts";
import { pass } from "../log/samples.ts";
import { hasPython, PROGRAM, python, second, written } from "./python.ts";

const request = sampleRequest();
const aiko = person("aiko", "ops");

const ben = holder("ben", "ops");
/** Two answers under one gesture. */
const inOneGesture = () =>
  tapsAll(
    ben,
    [request, sampleRequest({ id: "other" })].map((each) => statementBody(each, "approve", "ben", T0 + 2000)),
  );

let folder: string;
let sealed: Bytes;
let older: Bytes;
let streams: readonly string[];
const atEnd = endOfFile();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kidoban-second-"));
  const { open, dir } = await place(atEnd);
  const one = await open();
  await pass(one, "a1");
  one.record(opened(one, request));
  const two = await open();
  await pass(two, "b1");
  one.record(answered(request, says(aiko, request, "approve")));
  one.record(answered(request, taps(ben, request, "approve")));
  one.record(answered(request, inOneGesture()[0]!));
  await one.close("end");
  older = bytesOf(dir);
  await pass(two, "b2");
  await two.close("end");
  sealed = bytesOf(dir);
  streams = [one.stream, two.stream];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Numbers that look drawn, and are the same in each run. */
function drawing(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

async function expectSame(logs: readonly Bytes[]): Promise<void> {
  const theirs = second(folder, logs);
  for (const [i, bytes] of logs.entries()) {
    const ours = await verifyBytes(bytes);
    const other = theirs[i];
    const both = JSON.stringify({ ours, other });
    expect(other?.kind, both).toBe(ours.kind);
    if (ours.kind !== "fault" || other?.fault === undefined) continue;
    expect(other.fault.file, both).toBe(ours.fault.file);
    const { line = 1, from = line } = ours.fault;
    const { line: last = 1, from: first = last } = other.fault;
    // Where it cannot be told which of some lines was changed, the two may look at it from different ends.
    expect(first <= line && from <= last, both).toBe(true);
  }
}

describe.skipIf(!hasPython)("P6: the second verifier", () => {
  test("proves what is whole, with the same numbers", async () => {
    const [told] = second(folder, [sealed]);
    const ours = await verifyBytes(sealed);
    if (ours.kind !== "proven") throw new Error(JSON.stringify(ours));
    const { origin, streams: many, entries, unsigned, unknown, unproven } = ours.summary;
    expect(told).toEqual({
      kind: "proven",
      summary: { origin, size: ours.summary.checkpoint.size, streams: many, entries, unsigned, unknown, unproven },
    });
  });

  test("agrees on each changed byte, drawn with a seed, and on where it is", async () => {
    const draw = drawing(20261122);
    const logs = Array.from({ length: 160 }, (): Bytes => {
      const spoiled = copyOf(sealed);
      const which = draw(4);
      const stream = streams[which % 2] ?? "";
      const bytes = Buffer.from(which < 3 ? (sealed.streams.get(stream) ?? "") : sealed.ledger);
      const at = draw(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(8));
      if (which < 3) spoiled.streams.set(stream, bytes);
      else spoiled.ledger = bytes;
      return spoiled;
    });
    await expectSame(logs);
  });

  test("agrees on lines taken away, doubled and exchanged, on cut tails and on missing and added files", async () => {
    const logs: Bytes[] = [];
    const spoil = (change: (bytes: Bytes) => void): void => {
      const spoiled = copyOf(sealed);
      change(spoiled);
      logs.push(spoiled);
    };
    for (const stream of streams) {
      const content = sealed.streams.get(stream) ?? Buffer.alloc(0);
      const lines = linesOf(content);
      for (let i = 0; i < lines.length; i++) {
        const line = lines[i] ?? "";
        spoil((bytes) => bytes.streams.set(stream, ofLines(lines.toSpliced(i, 1))));
        spoil((bytes) => bytes.streams.set(stream, ofLines(lines.toSpliced(i, 0, line))));
        if (i > 0)
          spoil((bytes) => bytes.streams.set(stream, ofLines(lines.with(i, lines[i - 1] ?? "").with(i - 1, line))));
      }
      for (let cut = 1; cut < content.length; cut += 97)
        spoil((bytes) => bytes.streams.set(stream, content.subarray(0, cut)));
      spoil((bytes) => bytes.streams.set(stream, Buffer.concat([content, Buffer.from("x")])));
      spoil((bytes) => bytes.streams.delete(stream));
    }
    const ledger = linesOf(sealed.ledger);
    for (let i = 0; i < ledger.length - 1; i++) {
      spoil((bytes) => (bytes.ledger = ofLines(ledger.toSpliced(i, 1))));
      spoil((bytes) => (bytes.ledger = ofLines(ledger.toSpliced(i, 0, ledger[i] ?? ""))));
    }
    spoil((bytes) => bytes.streams.set("20200101-000000-0000000000000000", Buffer.from("{}\n")));
    await expectSame(logs);
  });

  test("agrees on who approved, where whoever writes the log lies and all its signatures fit", async () => {
    const ben = person("ben", "finance");
    const two = ask({ obligations: [obligation({ need: 2 })] });
    const staged = ask({ obligations: [obligation({ from: ["ops"], later: [{ from: ["finance"], need: 1 }] })] });
    const other = ask();
    const strong = ask({ obligations: [obligation({ assurance: "verified" })] });
    const ticketed = ask({ obligations: [obligation({ ticket: "OPS-*" })] });
    const glass = ask({ obligations: [obligation({ need: 3, breakGlass: ["ops"] })] });
    const yes = (who: typeof aiko, request: Request, later = 0) =>
      says(who, request, "approve", request.openedAt + 1000 + later);
    const remarked = (request: Request, ticket: string) =>
      signStatement(statementBody(request, "approve", "aiko", request.openedAt + 1000, { ticket }), aiko.key);
    const broken = signStatement(
      statementBody(glass, "break-glass", "aiko", glass.openedAt + 1000, { comment: "fire" }),
      aiko.key,
    );
    const cases: readonly (readonly [Request, readonly Statement[], boolean])[] = [
      [two, [yes(aiko, two), yes(ben, two)], true],
      [two, [yes(aiko, two)], false],
      [two, [yes(aiko, two), yes(aiko, two)], false],
      [two, [], false],
      [staged, [yes(aiko, staged), yes(ben, staged, 5)], true],
      [staged, [yes(aiko, staged), yes(ben, staged)], false],
      [other, [yes(aiko, two)], false],
      [other, [says(aiko, other, "deny", other.openedAt + 1000)], false],
      [other, [{ ...yes(aiko, other), assurance: "verified" }], false],
      [strong, [yes(aiko, strong)], false],
      [ticketed, [yes(aiko, ticketed)], false],
      [ticketed, [remarked(ticketed, "DEV-1")], false],
      [ticketed, [remarked(ticketed, "OPS-17")], true],
      [glass, [broken], true],
      [other, [{ ...broken, body: { ...broken.body, request: other.id } }], false],
    ];
    const logs: Bytes[] = [];
    for (const [request, statements] of cases) {
      const { open, dir } = await place();
      const log = await open();
      log.record({ ...opened(log, request) });
      for (const statement of statements) log.record(answered(request, statement));
      log.record(claimed(request));
      await log.close("end");
      logs.push(bytesOf(dir));
    }
    const theirs = second(folder, logs);
    for (const [i, [, , holds]] of cases.entries()) {
      const ours = await verifyBytes(logs[i] ?? sealed);
      const both = JSON.stringify({ case: i, ours, theirs: theirs[i] });
      expect(ours.kind, both).toBe(holds ? "proven" : "fault");
      expect(theirs[i]?.kind, both).toBe(ours.kind);
      if (ours.kind === "fault")
        expect(theirs[i]?.fault, both).toMatchObject({ code: ours.fault.code, line: ours.fault.line });
    }
  });

  test("finds an older copy of everything against a checkpoint that was kept", () => {
    const kept = join(folder, "kept");
    writeFileSync(kept, sealed.checkpoint);
    expect(second(folder, [older])[0]?.kind).toBe("proven");
    expect(second(folder, [older], "--kept", kept)[0]).toMatchObject({ kind: "fault", fault: { code: "rolled-back" } });
  });

  test("holds a log against what a witness cosigned, and believes no witness that signed something else", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const card = join(folder, "witness.txt");
    const note = cosign(sealed.checkpoint, "internal-audit", privateKey, T0);
    writeFileSync(card, `${witnessText("internal-audit", privateKey)}\n\n${note}`);
    expect(second(folder, [sealed], "--witness", card)[0]?.kind).toBe("proven");
    expect(second(folder, [older], "--witness", card)[0]).toMatchObject({
      kind: "fault",
      fault: { code: "rolled-back" },
    });
    writeFileSync(card, `${witnessText("internal-audit", privateKey)}\n\n${note.replace(/\n\d+\n/, "\n1\n")}`);
    expect(() => second(folder, [sealed], "--witness", card)).toThrow("bad-signature");
  });

  test("reads an export in one file too, and says in words what it proved", async () => {
    const path = join(folder, "export.jsonl");
    let text = "";
    for await (const part of exportLog(await findLog(written(folder, sealed)))) text += part;
    writeFileSync(path, text);
    const said = python([PROGRAM, path]).stdout;
    expect(said).toContain("PROVEN");
    expect(said).toContain("keep one elsewhere");
  });
});
