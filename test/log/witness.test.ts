/** A witness elsewhere, and proofs of single entries: what holds without the log's own word. */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generateKeyPairSync } from "node:crypto";
import { checkpointText, parseVerifier, signNote } from "../../src/audit/checkpoint.ts";
import { cosign, cosignedAt, parseWitness, witnessText } from "../../src/audit/cosignature.ts";
import { ledgerLine, parseLedgerLine } from "../../src/audit/leaf.ts";
import { readProof } from "../../src/audit/tlog-proof.ts";
import { treeOver } from "../../src/audit/tree.ts";
import type { LogOptions } from "../../src/cli/log-place.ts";
import type { LogCommand } from "../../src/cli/log.ts";
import { linesOf, ofLines, place } from "./fixture.ts";
import { kidobanLog } from "./kidoban-log.ts";
import { pass } from "./samples.ts";

/** Numbers and text of the form that C2SP tlog-cosignature.md shows: 4 bytes of key id, 8 of time, 64 of signature. */
test("a cosignature is of its time, its text and its key", () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const other = generateKeyPairSync("ed25519").privateKey;
  const note = signNote(checkpointText({ origin: "o", size: 1, root: "ab".repeat(32) }), "o", other);
  const both = cosign(note, "witness.example/w1", privateKey, 1_700_000_000_999);
  const by = parseWitness(witnessText("witness.example/w1", privateKey));
  if (by === undefined) throw new Error("no key");
  expect(cosignedAt(both, by)).toEqual({ at: 1_700_000_000_000 });
  expect(Buffer.from(both.trim().split(" ").at(-1) ?? "", "base64")).toHaveLength(4 + 8 + 64);
  expect(cosignedAt(note, by)).toEqual({ refused: "no-signature" });
  expect(cosignedAt(both.replace("o\n1\n", "o\n2\n"), by)).toEqual({ refused: "bad-signature" });
  // The time is signed too.
  const line = both.trim().split("\n").at(-1) ?? "";
  const coded = line.split(" ").at(-1) ?? "";
  const bytes = Buffer.from(coded, "base64");
  bytes[11] = (bytes[11] ?? 0) ^ 1;
  expect(cosignedAt(both.replace(coded, bytes.toString("base64")), by)).toEqual({ refused: "bad-signature" });
  // Neither a log's key nor another witness's.
  expect(parseWitness(witnessText("w", other).replace("w+", "v+"))).toBeUndefined();
  expect(parseVerifier(witnessText("w", other))).toBeUndefined();
});

async function scene() {
  const { open, dir, state, key } = await place();
  const log = await open();
  await pass(log, "a1");
  const elsewhere = join(state, "elsewhere");
  const run = (command: LogCommand, options: LogOptions) => kidobanLog(state, command, options, { json: true });
  const logKey = (): string => readFileSync(join(dir, "key"), "utf8").trim();
  const see = (more: LogOptions = {}) => run("witness", { path: dir, state: elsewhere, ...more });
  return { open, log, dir, state, key, elsewhere, run, logKey, see };
}

describe("P6: a witness elsewhere", () => {
  test("wants to be told whose log it sees, cosigns it as it grows, and keeps its own files to itself", async () => {
    const { log, dir, elsewhere, logKey, see, run } = await scene();
    expect((await see()).code).toBe(2);
    expect((await see({ key: join(dir, "no-such-file") })).code).toBe(2);
    // Its text, or a file with it.
    expect(JSON.parse((await see({ key: join(dir, "key") })).out)).toMatchObject({ from: null, size: 1 });
    await pass(log, "a2");
    await log.close("end");
    expect(JSON.parse((await see()).out)).toMatchObject({ from: 1 });
    const card = join(elsewhere, "witness.txt");
    expect(statSync(card).mode & 0o777).toBe(0o600);
    expect(statSync(elsewhere).mode & 0o777).toBe(0o700);
    const verified = await run("verify", { path: dir, key: logKey(), witness: card });
    expect([verified.code, JSON.parse(verified.out)]).toMatchObject([0, { kind: "proven" }]);
  });

  test("does not cosign a log that was rolled back, or written anew with the stolen key, and keeps both as evidence", async () => {
    const { log, dir, elsewhere, key, logKey, see, run } = await scene();
    const old = join(elsewhere, "..", "old");
    mkdirSync(old);
    for (const name of readdirSync(dir)) copyFileSync(join(dir, name), join(old, name));
    await pass(log, "a2");
    await log.close("end");
    await see({ key: logKey() });
    const before = readFileSync(join(elsewhere, "witness.txt"), "utf8");

    expect((await see({ path: old })).code).toBe(1);
    const lines = linesOf(readFileSync(join(dir, "ledger.jsonl"))).map((line) => {
      const leaf = parseLedgerLine(line);
      return leaf === undefined
        ? ""
        : ledgerLine({ ...leaf, time: new Date(Date.parse(leaf.time) + 1000).toISOString() });
    });
    const tree = treeOver(lines);
    const origin = before.split("\n")[2] ?? "";
    writeFileSync(join(dir, "ledger.jsonl"), ofLines(lines));
    const text = checkpointText({ origin, size: tree.size, root: tree.root() });
    writeFileSync(join(dir, "checkpoint"), signNote(text, origin, key));
    // By itself it is a proven log: whoever has the key can make one.
    expect((await run("verify", { path: dir, key: logKey() })).code).toBe(0);
    expect((await see()).code).toBe(1);
    expect(readFileSync(join(elsewhere, "witness.txt"), "utf8")).toBe(before);
    expect(readdirSync(elsewhere).filter((name) => name.startsWith("refused-"))).not.toHaveLength(0);
    const verified = await run("verify", { path: dir, key: logKey(), witness: join(elsewhere, "witness.txt") });
    expect([verified.code, JSON.parse(verified.out)]).toMatchObject([1, { fault: { code: "rolled-back" } }]);
  });

  test("is not taken in by another log, nor by a file that says what it never signed", async () => {
    const { dir, elsewhere, logKey, see, run } = await scene();
    await see({ key: logKey() });
    const other = await scene();
    expect((await see({ path: other.dir })).code).toBe(1);
    const card = join(elsewhere, "witness.txt");
    const forged = readFileSync(card, "utf8").replace(/\n1\n/, "\n0\n");
    rmSync(card);
    writeFileSync(card, forged, { mode: 0o600 });
    expect((await see()).code).toBe(2);
    expect((await run("verify", { path: dir, key: logKey(), witness: card })).code).toBe(1);
  });
});

describe("P6: the proof of one entry", () => {
  test("holds without the log, for each signed entry, and for no other", async () => {
    const { log, dir, state, logKey, run } = await scene();
    await pass(log, "a2");
    await log.close("end");
    const lines = linesOf(readFileSync(join(dir, `${log.stream}.jsonl`)));
    const key = parseVerifier(logKey());
    if (key === undefined) throw new Error("no key");
    for (const [n, line] of lines.entries()) {
      const { out, code } = await run("prove", { id: log.stream, number: String(n), path: dir });
      expect(code).toBe(0);
      expect(readProof(out, key)).toMatchObject({ n, stream: log.stream, entry: line });
      // Any byte of it changed proves nothing, or still proves the very same.
      for (let at = n; at < out.length; at += 41) {
        const bytes = Buffer.from(out);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        const proven = readProof(bytes.toString("utf8"), key);
        if (!("refused" in proven)) expect(proven).toMatchObject({ n, stream: log.stream, entry: line });
      }
    }
    expect((await run("prove", { id: log.stream, number: String(lines.length), path: dir })).code).toBe(2);
    const path = join(state, "one.tlog-proof");
    writeFileSync(path, (await run("prove", { id: log.stream, number: "1", path: dir })).out);
    const checked = await run("check", { path, key: logKey() });
    expect([checked.code, JSON.parse(checked.out)]).toMatchObject([0, { kind: "proven", n: 1, entry: lines[1] }]);
    const other = await scene();
    expect((await run("check", { path, key: other.logKey() })).code).toBe(1);
  });
});
