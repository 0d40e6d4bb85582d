import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  checkpointText,
  openCheckpoint,
  openNote,
  originOf,
  parseCheckpoint,
  parseVerifier,
  signNote,
  verifierText,
} from "../../src/audit/checkpoint.ts";

const known = JSON.parse(readFileSync(new URL("known/crypto.json", import.meta.url), "utf8")) as {
  signed_note: { vkey: string; note: string };
};
const { privateKey } = generateKeyPairSync("ed25519");
const origin = originOf(privateKey);
const ours = parseVerifier(verifierText(origin, privateKey));
const root = "ab".repeat(32);
if (ours === undefined) throw new Error("our own key is not read back");

describe("signed notes (C2SP signed-note.md)", () => {
  test("the known note opens with the known key", () => {
    const key = parseVerifier(known.signed_note.vkey);
    if (key === undefined) throw new Error("the known key is not read");
    expect(openNote(known.signed_note.note, key)).toEqual({ text: "This is an example message.\n" });
  });

  test("the known note with any one byte changed does not open", () => {
    const key = parseVerifier(known.signed_note.vkey);
    if (key === undefined) throw new Error("the known key is not read");
    const bytes = Buffer.from(known.signed_note.note, "utf8");
    for (let i = 0; i < bytes.length; i++) {
      const flipped = Buffer.from(bytes);
      flipped[i] = (bytes[i] ?? 0) ^ 1;
      expect(openNote(flipped.toString("utf8"), key), `byte ${i}`).toHaveProperty("refused");
    }
  });

  test("a key whose id is not its own, is cut or has another type is no key", () => {
    expect(parseVerifier(known.signed_note.vkey.replace("530d903a", "530d903b"))).toBeUndefined();
    expect(parseVerifier(known.signed_note.vkey.slice(0, -4))).toBeUndefined();
    expect(parseVerifier(known.signed_note.vkey.replace("+Aeky", "+Beky"))).toBeUndefined();
    expect(parseVerifier("")).toBeUndefined();
    expect(parseVerifier("a b+530d903a+AAAA")).toBeUndefined();
  });

  test("a note may carry signatures of others; without ours it is refused, with a wrong one of ours too", () => {
    const text = checkpointText({ origin, size: 3, root });
    const witness = generateKeyPairSync("ed25519").privateKey;
    const cosigned =
      signNote(text, origin, privateKey) + signNote(text, "witness.example", witness).slice(text.length + 1);
    expect(openNote(cosigned, ours)).toEqual({ text });
    expect(openNote(signNote(text, "witness.example", witness), ours)).toEqual({ refused: "no-signature" });
    expect(openNote(signNote(text, origin, witness), ours)).toEqual({ refused: "no-signature" });
    const forged = signNote(text, origin, privateKey).replace("\n3\n", "\n4\n");
    expect(openNote(forged, ours)).toEqual({ refused: "bad-signature" });
  });
});

describe("checkpoints (C2SP tlog-checkpoint.md)", () => {
  test("what was signed is read back", () => {
    const note = signNote(checkpointText({ origin, size: 7, root }), origin, privateKey);
    expect(openCheckpoint(note, ours)).toEqual({ origin, size: 7, root });
  });

  test("a checkpoint of another log by the same key is refused", () => {
    const note = signNote(checkpointText({ origin: "elsewhere", size: 7, root }), origin, privateKey);
    expect(openCheckpoint(note, ours)).toEqual({ refused: "malformed" });
  });

  test("sizes with leading zeros, signs or beyond 2^53 and roots that are no sha256 are refused", () => {
    const base64 = Buffer.from(root, "hex").toString("base64");
    for (const size of ["07", "-1", "+1", "1.0", "", "9007199254740993", "1e3"]) {
      expect(parseCheckpoint(`${origin}\n${size}\n${base64}\n`), size).toBeUndefined();
    }
    expect(parseCheckpoint(`${origin}\n7\n${base64.slice(0, -2)}\n`)).toBeUndefined();
    expect(parseCheckpoint(`\n7\n${base64}\n`)).toBeUndefined();
  });

  test("only Ed25519 keys sign", () => {
    const { privateKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    expect(() => verifierText("log", rsa)).toThrow(TypeError);
  });
});
