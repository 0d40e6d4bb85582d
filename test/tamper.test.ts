/**
 * The whole table of what somebody may do to a log, drawn by a seed against the log of a real gate: with approvals, archived
 * configurations and a replaced key. A slice runs with the other tests; `npm run tamper` runs the long form and tells figures.
 */

import { createPrivateKey, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EntryBody } from "../src/audit/entry.ts";
import { prove } from "../src/approval/proof.ts";
import { ROTATION_DOMAIN } from "../src/audit/rotated.ts";
import type { Verdict } from "../src/audit/verify.ts";
import { rotateKey } from "../src/compose/rotate-key.ts";
import { hasPython, second, type Told } from "./audit/python.ts";
import { handGate, type Hand } from "./gateway/hand.ts";
import { bytesOf, copyOf, lineOf, linesOf, ofLines, verifyBytes, type Bytes } from "./log/fixture.ts";
import { forged, signed } from "./log/forge.ts";
// @ts-expect-error: plain JavaScript, shared with the campaigns
import { makeRandom } from "./campaigns/random.mjs";

interface Random {
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

const COUNT = Number(process.env["KIDOBAN_TAMPER"] ?? 200);
const IS_LONG = process.env["KIDOBAN_TAMPER"] !== undefined;
const SEED = Number(process.env["KIDOBAN_SEED"] ?? (IS_LONG ? Date.now() % 2 ** 31 : 20261122));
/** Of all that were drawn, so many are shown to the second verifier, which is slow. */
const SECOND = IS_LONG ? 1000 : 16;

let hand: Hand;
let folder: string;
let sealed: Bytes;
/** The key that an auditor was given at the beginning, and a checkpoint that a witness kept at the end. */
let first: string;
let older: Bytes;
let stolen: KeyObject;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kidoban-tamper-"));
  const rules = `  - { id: two, effect: ask, match: [hand/change], approval: { from: [ops], need: 2 } }`;
  hand = await handGate({ rules, people: ["mika"], wait: "10s" });
  const log = join(hand.stateDir, "log");
  await hand.call("hand_look", { text: "x" });
  for (const text of ["one", "two"]) {
    const asked = hand.call("hand_change", { text });
    const request = await hand.waitFor("pending");
    await hand.answer(request, "approve");
    await hand.answer(request, "approve", "mika");
    await asked;
  }
  await hand.call("hand_nothing", { text: "x" });
  await hand.edit(() => hand.writeManifest(`${rules}\n  - { id: no-look, effect: deny, match: [hand/look] }`));
  await hand.call("hand_look", { text: "y" });
  await hand.end();
  older = bytesOf(log);
  first = older.key;
  await rotateKey(hand.stateDir, Date.now, async (_, body) => {
    const leave = { ...body, approver: "tester" };
    return { approver: "tester", acceptedAt: body.acceptedAt, ...prove(ROTATION_DOMAIN, leave, hand.key) };
  });
  stolen = createPrivateKey(readFileSync(join(hand.stateDir, "keys", "installation.pem")));
  sealed = { ...bytesOf(log), key: first };
});
afterAll(async () => {
  await hand.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Spoiled {
  readonly what: string;
  readonly bytes: Bytes;
  /** Where it must be found: a file, and a line in it where one was changed; left out: anywhere. */
  readonly file?: string;
  readonly line?: number;
}

type Spoil = (random: Random) => Spoiled | undefined;

const flip = (content: Buffer, random: Random): readonly [Buffer, number] => {
  const at = random.below(content.length);
  const bytes = Buffer.from(content);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return [bytes, at];
};
const streamsOf = (bytes: Bytes): readonly string[] => [...bytes.streams.keys()];
const contentOf = (bytes: Bytes, stream: string): Buffer => bytes.streams.get(stream) ?? Buffer.alloc(0);

/** Of one stream's lines, and the line from which on nothing is as it was. */
function relined(
  what: string,
  random: Random,
  change: (lines: string[]) => readonly [readonly string[], number],
): Spoiled {
  const bytes = copyOf(sealed);
  const stream = random.pick(streamsOf(bytes));
  const [lines, line] = change(linesOf(contentOf(bytes, stream)));
  bytes.streams.set(stream, ofLines(lines));
  return { what, bytes, file: stream, line };
}

const answersIn = (bytes: Bytes): readonly EntryBody[] =>
  streamsOf(bytes).flatMap((stream) =>
    linesOf(contentOf(bytes, stream))
      .map((line) => JSON.parse(line) as EntryBody)
      .filter(({ kind }) => kind === "request.answered"),
  );

/** Without any key. Each of them must be found, with the first key alone. */
const SPOILS: Readonly<Record<string, Spoil>> = {
  flip(random) {
    const bytes = copyOf(sealed);
    const stream = random.pick(streamsOf(bytes));
    const [content, at] = flip(contentOf(bytes, stream), random);
    bytes.streams.set(stream, content);
    return { what: "a byte of a stream", bytes, file: stream, line: lineOf(contentOf(sealed, stream), at) };
  },
  ledger(random) {
    const [ledger] = flip(sealed.ledger, random);
    return { what: "a byte of the ledger", bytes: { ...sealed, ledger }, file: "ledger" };
  },
  checkpoint(random) {
    const [note] = flip(Buffer.from(sealed.checkpoint), random);
    return {
      what: "a byte of the checkpoint",
      bytes: { ...sealed, checkpoint: note.toString("utf8") },
      file: "checkpoint",
    };
  },
  rotations(random) {
    const [note] = flip(Buffer.from(sealed.rotations), random);
    return { what: "a byte of a rotation", bytes: { ...sealed, rotations: note.toString("utf8") } };
  },
  config(random) {
    const bytes = copyOf(sealed);
    const digest = random.pick([...bytes.configs.keys()]);
    const [content] = flip(bytes.configs.get(digest) ?? Buffer.alloc(0), random);
    bytes.configs.set(digest, content);
    return { what: "a byte of an archived configuration", bytes };
  },
  deleted: (random) =>
    relined("a line taken out", random, (lines) => {
      const at = random.below(lines.length);
      return [lines.toSpliced(at, 1), at + 1];
    }),
  repeated: (random) =>
    relined("a line twice", random, (lines) => {
      const at = random.below(lines.length);
      return [lines.toSpliced(at, 0, lines[at] ?? ""), at + 2];
    }),
  inserted: (random) =>
    relined("a line of another stream put in", random, (lines) => {
      const other = linesOf(contentOf(sealed, random.pick(streamsOf(sealed))));
      const at = random.below(lines.length);
      const line = random.pick(other);
      return [lines.toSpliced(at, 0, line === lines[at] ? "{}" : line), at + 1];
    }),
  swapped: (random) =>
    relined("two lines exchanged", random, (lines) => {
      const [a, b] = [random.below(lines.length), random.below(lines.length)].toSorted((x, y) => x - y);
      if (a === undefined || b === undefined || a === b) return [lines.toSpliced(0, 1), 1];
      return [lines.with(a, lines[b] ?? "").with(b, lines[a] ?? ""), a + 1];
    }),
  cut(random) {
    const bytes = copyOf(sealed);
    const stream = random.pick(streamsOf(bytes));
    const content = contentOf(bytes, stream);
    const length = random.below(content.length);
    bytes.streams.set(stream, content.subarray(0, length));
    return { what: "a tail cut off", bytes, file: stream, line: lineOf(content, length) };
  },
  gone(random) {
    const bytes = copyOf(sealed);
    const stream = random.pick(streamsOf(bytes));
    bytes.streams.delete(stream);
    return { what: "a stream deleted", bytes, file: stream };
  },
  rechained(random) {
    const stream = random.pick(streamsOf(sealed));
    let [left, changed] = [random.below(linesOf(contentOf(sealed, stream)).length), false];
    const again = forged(sealed, stolen, (body, of) => {
      if (of !== stream || left-- !== 0 || body.kind === "stream.opened") return body;
      changed = true;
      return { kind: "config.refused", reason: "nothing happened here" };
    });
    if (!changed) return undefined;
    const { ledger, checkpoint } = sealed;
    return { what: "an entry changed and the chain made again", bytes: { ...again, ledger, checkpoint }, file: stream };
  },
  unrotated: () => ({ what: "the rotation taken out", bytes: { ...sealed, rotations: "" } }),
  missing(random) {
    const bytes = copyOf(sealed);
    bytes.configs.delete(random.pick([...bytes.configs.keys()]));
    return { what: "an archived configuration deleted", bytes };
  },
};

/** With the stolen key: what no signature of the installation protects, other people's signatures or a witness do. */
const STOLEN: Readonly<Record<string, Spoil>> = {
  statement() {
    const [one, , three] = answersIn(sealed);
    if (one?.kind !== "request.answered" || three?.kind !== "request.answered") return undefined;
    const bytes = forged(sealed, stolen, (body) =>
      body.kind === "request.answered" && body.request === three.request ? { ...body, statement: one.statement } : body,
    );
    return { what: "an answer put in place of another's", bytes };
  },
  unconsented: () => ({
    what: "the consent to a new key taken out",
    bytes: forged(sealed, stolen, (body) => {
      if (body.kind !== "key.rotated") return body;
      const { consent: _, ...rest } = body;
      return rest;
    }),
  }),
  unasked: () => ({
    what: "the answers taken out",
    bytes: forged(sealed, stolen, (body) => (body.kind === "request.answered" ? [] : body)),
  }),
};

const place = ({ fault }: Extract<Verdict, { readonly kind: "fault" }>): string => JSON.stringify(fault);

function expectFound({ what, file, line }: Spoiled, verdict: Verdict): void {
  if (verdict.kind !== "fault") throw new Error(`${what} was not found`);
  if (file !== undefined) expect(verdict.fault.file, `${what}: ${place(verdict)}`).toBe(file);
  if (line === undefined || verdict.fault.line === undefined) return;
  const { from = verdict.fault.line } = verdict.fault;
  expect(from <= line && line <= verdict.fault.line, `${what} in line ${line}: ${place(verdict)}`).toBe(true);
}

/** At the same place: where it cannot be told which of some lines was changed, the two may look at it from different ends. */
function expectSame(what: string, verdict: Verdict, told: Told | undefined): void {
  const both = `${what}: ${JSON.stringify([verdict, told])}`;
  expect(told?.kind, both).toBe(verdict.kind);
  if (verdict.kind !== "fault" || told?.fault === undefined) return;
  expect(told.fault.file, both).toBe(verdict.fault.file);
  const { line = 1, from = line } = verdict.fault;
  const { line: last = 1, from: first = last } = told.fault;
  expect(first <= line && from <= last, both).toBe(true);
}

test("P6: the log is whole before anything is done to it, by the first key and under a kept checkpoint", async () => {
  expect(await verifyBytes(sealed)).toMatchObject({ kind: "proven" });
  expect(await verifyBytes(sealed, older.checkpoint)).toMatchObject({ kind: "proven" });
});

test(
  "P6: whatever is done to it without the key is found at its place, and the second verifier finds it too",
  async () => {
    const random = makeRandom(SEED) as Random;
    const kinds = Object.keys(SPOILS);
    const counts = new Map<string, number>();
    const shown: (Spoiled & { readonly verdict: Verdict })[] = [];
    for (let i = 0; i < COUNT; i++) {
      // Each kind in turn at first, then bytes above all.
      const kind = i < 4 * kinds.length ? kinds[i % kinds.length] : random.below(10) < 7 ? "flip" : random.pick(kinds);
      const spoiled = SPOILS[kind ?? "flip"]?.(random);
      if (spoiled === undefined) continue;
      const verdict = await verifyBytes(spoiled.bytes);
      expectFound(spoiled, verdict);
      counts.set(spoiled.what, (counts.get(spoiled.what) ?? 0) + 1);
      if (shown.length < SECOND && i % Math.max(1, Math.floor(COUNT / SECOND)) === 0)
        shown.push({ ...spoiled, verdict });
    }
    if (hasPython) {
      for (let at = 0; at < shown.length; at += 50) {
        const some = shown.slice(at, at + 50);
        const told = second(
          folder,
          some.map(({ bytes }) => bytes),
        );
        for (const [i, { what, verdict }] of some.entries()) expectSame(what, verdict, told[i]);
      }
    }
    if (IS_LONG) {
      const lines = [...counts].map(([what, count]) => `${String(count).padStart(7)}  ${what}`);
      console.log(
        [`seed ${SEED}: all found`, ...lines, `${shown.length} of them by the second verifier too`].join("\n"),
      );
    }
  },
  IS_LONG ? 3 * 60 * 60_000 : 60_000,
);

test("P6: with the stolen key, what people signed is found by their signatures, by both verifiers", async () => {
  const random = makeRandom(SEED) as Random;
  for (const spoil of Object.values(STOLEN)) {
    const spoiled = spoil(random);
    if (spoiled === undefined) throw new Error("nothing was spoiled");
    expectFound(spoiled, await verifyBytes(spoiled.bytes));
    if (hasPython) expect(second(folder, [spoiled.bytes])[0]?.kind, spoiled.what).toBe("fault");
  }
});

test("P6: with the stolen key, what only a checkpoint kept elsewhere can show is shown by it, and by it alone", async () => {
  const kept = sealed.checkpoint;
  const told = forged(sealed, stolen, (body) =>
    body.kind === "stream.closed" ? { ...body, reason: "another reason" } : body,
  );
  // What the old key left behind is not as the rotation says; with the key of now alone it looks whole, but for statements.
  expect(await verifyBytes(told)).toMatchObject({ kind: "fault" });
  expect(await verifyBytes(told, kept)).toMatchObject({ kind: "fault" });
  const rolledBack = { ...older, key: first };
  expect(await verifyBytes(rolledBack)).toMatchObject({ kind: "proven" });
  expect(await verifyBytes({ ...rolledBack, rotations: sealed.rotations })).toMatchObject({ kind: "fault" });
  const again = signed({ ...sealed, ledger: ofLines(linesOf(sealed.ledger).slice(0, -1)) }, stolen);
  expect(await verifyBytes(again, kept)).toMatchObject({ kind: "fault", fault: { code: "rolled-back" } });
});
