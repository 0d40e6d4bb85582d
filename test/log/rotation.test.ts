/** The log's key replaced by another: by whom it is believed, and what is said of one that only pretends. */

import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signNote, verifierText } from "../../src/audit/checkpoint.ts";
import { rotationNote, rotationsIn } from "../../src/audit/rotation.ts";
import { rotateKey } from "../../src/compose/rotate-key.ts";
import { openState } from "../../src/compose/state.ts";
import { exportLog } from "../../src/log/export-file.ts";
import { findLog } from "../../src/log/files.ts";
import { keepStamp } from "../../src/log/stamps.ts";
import { bytesOf, copyOf, faultOf, verifyBytes, type Bytes } from "./fixture.ts";
import { forged } from "./forge.ts";
import { authority, hasOpenssl } from "../audit/authority.ts";
import { forgeStamp } from "../audit/forge-stamp.ts";
import { hasPython, second, secondOf } from "../audit/python.ts";
import { kidobanLog } from "./kidoban-log.ts";
import { pass } from "./samples.ts";

let root: string;
let stateDir: string;
let dir: string;
let first: Bytes;
let rotated: Bytes;
let sealed: Bytes;
let keys: readonly KeyObject[];

const keyNow = (): KeyObject => createPrivateKey(readFileSync(join(stateDir, "keys", "installation.pem")));

async function work(call: string): Promise<void> {
  const state = await openState(stateDir, { role: "tool", now: Date.now });
  await pass(state.log, call);
  await state.close("end");
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "kidoban-rotation-"));
  stateDir = join(root, "state");
  dir = join(stateDir, "log");
  await work("a1");
  const one = keyNow();
  first = bytesOf(dir);
  expect(await rotateKey(stateDir, Date.now)).toMatchObject({ kind: "rotated", from: first.key });
  const two = keyNow();
  await work("b1");
  rotated = bytesOf(dir);
  expect(await rotateKey(stateDir, Date.now)).toMatchObject({ kind: "rotated", from: rotated.key });
  await work("c1");
  keys = [one, two, keyNow()];
  sealed = bytesOf(dir);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const notes = () => sealed.rotations.split(/^(?=kidoban-rotation\/v1$)/m);
const under = (bytes: Bytes, key: string): Bytes => ({ ...copyOf(bytes), key });

describe("P6: a log whose key was replaced", () => {
  test("is proven from every key that it had, and the old ones are gone", async () => {
    expect(new Set([first.key, rotated.key, sealed.key]).size).toBe(3);
    for (const key of [first.key, rotated.key, sealed.key])
      expect(await verifyBytes(under(sealed, key))).toMatchObject({ kind: "proven" });
    expect(readdirSync(join(stateDir, "keys")).filter((name) => name.startsWith("installation"))).toEqual([
      "installation.pem",
    ]);
  });

  test("keeps its name, and what was kept under an old key still counts", async () => {
    expect(sealed.checkpoint.split("\n")[0]).toBe(first.checkpoint.split("\n")[0]);
    expect(await verifyBytes(under(sealed, first.key), first.checkpoint)).toMatchObject({ kind: "proven" });
    expect(await verifyBytes(under(sealed, first.key), rotated.checkpoint)).toMatchObject({ kind: "proven" });
    expect(await faultOf(under(first, first.key), rotated.checkpoint)).toMatchObject({ file: "kept" });
  });

  test.skipIf(!hasOpenssl)(
    "is stamped under each of its keys, and all stamps count from whichever is known",
    async () => {
      const by = authority(root);
      const copy = join(root, "stamped");
      cpSync(dir, copy, { recursive: true });
      for (const { checkpoint } of [first, rotated, sealed])
        keepStamp(
          copy,
          Number(checkpoint.split("\n")[1]),
          checkpoint,
          forgeStamp(Buffer.from(checkpoint, "utf8"), { by }),
        );
      for (const key of [first.key, rotated.key, sealed.key]) {
        const said = await kidobanLog(root, "verify", { path: copy, key, tsaCa: by.rootPath }, { json: true });
        expect(JSON.parse(said.out)).toMatchObject({ kind: "proven", stamps: { kind: "stamped", count: 3 } });
        if (!hasPython) continue;
        const theirs = secondOf([copy], "--stamps", "--key", key);
        expect(theirs).toMatchObject([{ summary: { stamps: { count: 3 } } }]);
      }
    },
  );

  test("is exported with what leads from key to key", async () => {
    const parts: string[] = [];
    for await (const part of exportLog(await findLog(dir))) parts.push(part);
    expect(JSON.parse(parts[0] ?? "")).toMatchObject({ rotations: sealed.rotations });
  });

  test("is replaced only while nothing else runs, since running processes sign with the old key", async () => {
    const other = await openState(stateDir, { role: "gate", agent: "docs-writer", now: Date.now });
    const before = keyNow();
    expect(await rotateKey(stateDir, Date.now)).toEqual({ kind: "busy", processes: 1 });
    await other.close("end");
    expect(keyNow().equals(before)).toBe(true);
  });

  test("goes on after a crash between the note and the new key's place", async () => {
    const before = bytesOf(dir);
    await rotateKey(stateDir, Date.now);
    const [fresh, old] = [keyNow(), keys[2]];
    if (old === undefined) throw new Error("three keys");
    // As it stood before the last step.
    const path = join(stateDir, "keys", "installation.pem");
    renameSync(path, join(stateDir, "keys", "installation.next.pem"));
    writeFileSync(path, old.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
    expect(fresh.equals(keyNow())).toBe(false);
    expect(await rotateKey(stateDir, Date.now)).toMatchObject({ kind: "rotated" });
    expect(await verifyBytes(under(bytesOf(dir), before.key))).toMatchObject({ kind: "proven" });
  });
});

describe("P6: a key that only pretends to follow", () => {
  const fault = { code: "rotation", file: "rotations" };
  const head = { size: 1, root: "00".repeat(32) };
  const { privateKey: stranger } = generateKeyPairSync("ed25519");

  const pretended = (): readonly (readonly [string, Bytes])[] => {
    const [one, two] = notes();
    const origin = sealed.checkpoint.split("\n")[0] ?? "";
    const [old, middle] = keys;
    if (one === undefined || two === undefined || old === undefined || middle === undefined)
      throw new Error("two notes");
    const half = (key: KeyObject): string => signNote(one.slice(0, one.indexOf("\n\n") + 1), origin, key);
    const withNotes = (rotations: string, key = first.key): Bytes => ({ ...under(sealed, key), rotations });
    const bySigners = rotationNote(origin, head, stranger, old);
    return [
      ["signed by the old key alone", withNotes(half(old) + two)],
      ["signed by the new key alone", withNotes(half(middle) + two)],
      ["of another size", withNotes(one.replace(/^(\d+)$/m, (n) => String(Number(n) + 1)) + two)],
      ["the second before the first", withNotes(two + one)],
      ["from a key that was replaced already", withNotes(one + rotationNote(origin, head, old, stranger) + two)],
      ["from a stranger's key", withNotes(one + two + bySigners)],
      ["of a ledger that there never was", withNotes(rotationNote(origin, head, old, middle) + two)],
    ];
  };

  test("is found at its place", async () => {
    for (const [what, bytes] of pretended()) expect(await faultOf(bytes), what).toMatchObject(fault);
    // Without the file nothing leads to the key of now.
    expect(await faultOf({ ...under(sealed, first.key), rotations: "" })).toMatchObject({ code: "no-signature" });
  });

  test("is found where the log tells of another one than the file", async () => {
    const key = keys[2];
    if (key === undefined) throw new Error("three keys");
    const to = verifierText(sealed.checkpoint.split("\n")[0] ?? "", stranger);
    const spoiled = forged(sealed, key, (body) => (body.kind === "key.rotated" ? { ...body, to } : body));
    // The old keys' checkpoints are another matter: the ledger that they left is not this one any more.
    expect(await faultOf(under(spoiled, sealed.key))).toMatchObject({ code: "rotation", line: 2 });
    expect(await faultOf(under(spoiled, first.key))).toMatchObject({ code: "rotation" });
  });

  test("is found with any byte changed", () => {
    for (let at = 0; at < sealed.rotations.length; at += 3) {
      const bytes = Buffer.from(sealed.rotations);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      const [one, two] = rotationsIn(bytes.toString("utf8"));
      expect(one === undefined || two === undefined, String(at)).toBe(true);
    }
  });

  test.skipIf(!hasPython)("is found by the second verifier too, at the same place", async () => {
    const whole = [first.key, rotated.key, sealed.key].map((key) => under(sealed, key));
    const cases = pretended();
    const told = second(root, [...whole, ...cases.map(([, bytes]) => bytes)]);
    expect(told.slice(0, 3).map(({ kind }) => kind)).toEqual(["proven", "proven", "proven"]);
    for (const [at, [what, bytes]] of cases.entries()) {
      const { code, line } = await faultOf(bytes);
      expect(told[at + 3]?.fault, what).toMatchObject({ code, file: "rotations", line });
    }
  });
});
