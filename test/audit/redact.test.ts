import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isCardNumber, isCorporateNumber, isMyNumber } from "../../src/audit/personal-numbers.ts";
import { redactor, secretMark } from "../../src/audit/redact.ts";
import { redactionKey } from "../../src/config/redaction-key.ts";
import { streamsIn } from "../../src/log/files.ts";
import { anyText } from "../texts.ts";
import { bodyLines, place } from "../log/fixture.ts";
import { kidobanLog } from "../log/kidoban-log.ts";
import { heart, run, SECRETS } from "./secrets.ts";

const KEY = Buffer.alloc(32, 7);
const redact = redactor(KEY);

/** By the rules of their check digits, worked out by hand: 12345678901 → 8, 123456789012 → 9 − (Σ mod 9). */
const MY_NUMBER = "123456789018";
const CARD = "4111111111111111";

describe("P9: secrets in what the log keeps", () => {
  test.each(SECRETS.map((secret) => [secret.slice(0, 18).replaceAll("\n", " "), secret]))(
    "%s… is taken out of a text",
    (_, secret) => {
      const cleaned = redact(`before ${secret} after`, false);
      expect(cleaned?.text).not.toContain(heart(secret));
      expect(cleaned?.text).toMatch(/^before .*\[redacted [^"\\]+\].* after$/);
      expect(cleaned?.found).toBe(1);
    },
  );

  test("and out of JSON, which stays JSON of the same shape", () => {
    for (const secret of SECRETS) {
      const value = { plain: 1, list: [{ "a key": `x ${secret}`, other: "木戸番" }], [`k ${secret}`]: null };
      const cleaned = redact(JSON.stringify(value), true);
      expect(cleaned?.text).not.toContain(heart(secret));
      const read = JSON.parse(cleaned?.text ?? "") as typeof value;
      expect(read.plain).toBe(1);
      expect(read.list[0]?.other).toBe("木戸番");
      expect(Object.keys(read)).toHaveLength(3);
    }
  });

  test("in each of the spellings that a form begins with", () => {
    const word = run(60);
    for (const start of ["ASIA", "gho_", "ghu_", "ghs_", "ghr_", "glptt-", "glrt-", "gldt-", "glcbt-", "rk_live_"])
      expect(redact(`x=${start}${start === "ASIA" ? run(16, "ABCDEFGHIJ234567") : word}`, false)?.found, start).toBe(1);
    for (const kind of ["a", "e", "o", "p", "r", "s"])
      expect(redact(`xox${kind}-12345678901-${word}`, false)?.found, kind).toBe(1);
    for (const start of ["sk_test_", "rk_test_"]) expect(redact(`${start}${word}`, false)?.found, start).toBe(1);
    for (const start of ["bearer", "Basic", "basic", "Token", "token"])
      expect(redact(`${start} ${word}`, false)?.found, start).toBe(1);
  });

  /** How many of the forms are found as they are written so. docs/log.md says the same. */
  const FOUND: readonly (readonly [string, (secret: string) => string, number])[] = [
    ["as it is", (secret) => `see ${secret} there`, SECRETS.length],
    ["quoted as JSON, twice", (secret) => JSON.stringify(JSON.stringify({ key: secret })), SECRETS.length],
    ["percent-encoded", (secret) => `q=${encodeURIComponent(secret)}&y=1`, SECRETS.length],
    ["escaped for HTML", (secret) => secret.replaceAll(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`), SECRETS.length],
    // What decodes or joins texts would find these; who wants to hide a secret from a log has a thousand other ways.
    ["base64", (secret) => Buffer.from(secret).toString("base64"), 0],
    ["hexadecimal", (secret) => Buffer.from(secret).toString("hex"), 0],
    [
      "split over two arguments",
      (secret) => JSON.stringify([secret.slice(0, secret.length >> 1), secret.slice(secret.length >> 1)]),
      1,
    ],
  ];
  test.each(FOUND)("written %s, as many are found as is said", (_, write, many) => {
    expect(SECRETS.filter((secret) => redact(write(secret), false) !== undefined)).toHaveLength(many);
  });

  test("the same secret leaves the same mark under one key, and another under another", () => {
    const [secret = ""] = SECRETS;
    const [one, two] = [redact(`a ${secret}`, false)?.text, redact(`b ${secret} c`, false)?.text];
    expect(one).toContain(secretMark(KEY, secret));
    expect(two).toContain(secretMark(KEY, secret));
    expect(redactor(Buffer.alloc(32, 8))(secret, false)?.text).not.toContain(secretMark(KEY, secret));
    expect(one).toContain(`${secret.length} characters`);
  });

  test("what only looks like one, of public examples, is left as it is, but for keys that somebody published", () => {
    const file = join(import.meta.dirname, "known/not-secrets.jsonl");
    const texts = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { readonly text: string }).text);
    expect(texts.length).toBeGreaterThan(200);
    const taken = texts.filter((text) => redact(text, false) !== undefined);
    // Of these, keys of the true shape that are known to be public: by its letters nobody can tell. A mark too many loses little.
    expect(taken.length, taken.join("\n---\n")).toBeLessThanOrEqual(24);
  });

  test("any text comes out with nothing changed but marks, and JSON as JSON", () => {
    const piece = fc.oneof(anyText, fc.constantFrom(...SECRETS, MY_NUMBER, CARD), fc.nat().map(String));
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }),
        fc.dictionary(piece, fc.oneof(piece, fc.integer(), fc.constant(null))),
        (texts, value) => {
          const text = texts.join(" ");
          const cleaned = redact(text, false);
          if (cleaned !== undefined) {
            const kept = cleaned.text.split(/\[redacted [^\]]*\]/);
            let at = 0;
            for (const part of kept) {
              at = text.indexOf(part, at);
              expect(at).toBeGreaterThanOrEqual(0);
              at += part.length;
            }
          }
          const json = redact(JSON.stringify(value), true);
          if (json !== undefined) expect(() => JSON.parse(json.text) as unknown).not.toThrow();
        },
      ),
      { numRuns: 400, seed: 20261122 },
    );
  });
});

describe("numbers of people", () => {
  test("マイナンバー, 法人番号 and cards are told by their check digits", () => {
    expect(isMyNumber(MY_NUMBER)).toBe(true);
    expect(isMyNumber("123456789017")).toBe(false);
    // 国税庁's own corporate number.
    expect(isCorporateNumber("7000012050002")).toBe(true);
    expect(isCorporateNumber("7000012050003")).toBe(false);
    expect(isCardNumber(CARD)).toBe(true);
    expect(isCardNumber("4111111111111112")).toBe(false);
  });

  test("with exactly one check digit for each number", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{11}$/), (eleven) => {
        const fit = Array.from({ length: 10 }, (_, digit) => isMyNumber(`${eleven}${digit}`)).filter(Boolean);
        expect(fit).toHaveLength(1);
      }),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^\d{12}$/), (twelve) => {
        const fit = Array.from({ length: 10 }, (_, digit) => isCorporateNumber(`${digit}${twelve}`)).filter(Boolean);
        expect(fit).toHaveLength(1);
      }),
    );
  });

  test("are taken out as people write them, and as JSON numbers", () => {
    for (const written of [MY_NUMBER, "1234 5678 9018", "1234-5678-9018", "4111 1111 1111 1111", "T7000012050002"]) {
      expect(redact(`番号 ${written} です`, false)?.text, written).toMatch(/^番号 \[redacted [^\]]+\] です$/);
    }
    expect(redact("法人番号: 7000012050002", false)?.found).toBe(1);
    const json = redact(`{"id":${MY_NUMBER},"list":[${CARD}, 5]}`, true)?.text ?? "";
    const read = JSON.parse(json) as { readonly id: string; readonly list: readonly unknown[] };
    expect(read.id).toMatch(/^\[redacted individual number, 12 characters, [0-9a-f]{32}\]$/);
    expect(read.list[1]).toBe(5);
  });

  test("times, ids and amounts are not", () => {
    for (const text of [
      "1763786400000",
      '{"at":1763786400000}',
      "7000012050002",
      "0.123456789018",
      "000000138266",
      "202611220939",
      "id-123456789018-x",
      "2026-11-22 10:00:00",
    ])
      expect(redact(text, text.startsWith("{")), text).toBeUndefined();
  });
});

describe("P9: a suspected secret", () => {
  test("is found by its mark, and told where it was not recognized", async () => {
    const { state, open } = await place();
    const [secret = ""] = SECRETS;
    const log = await open({ redact: redactor(await redactionKey(state)) });
    log.body(`see ${secret}`, true);
    log.body("the word is swordfish", true);
    await log.close("end");
    const find = async (text: string) => {
      const file = join(state, "suspect");
      writeFileSync(file, `${text}\n`, { mode: 0o600 });
      const { code, out } = await kidobanLog(state, "find-secret", { from: file }, { json: true });
      return [code, JSON.parse(out)] as const;
    };
    const at = { file: `${log.stream}.bodies.jsonl` };
    expect(await find(secret)).toEqual([1, { marked: [{ ...at, line: 1 }], plain: [], locked: [] }]);
    expect(await find("swordfish")).toEqual([1, { marked: [], plain: [{ ...at, line: 2 }], locked: [] }]);
    expect(await find("something else")).toEqual([0, { marked: [], plain: [], locked: [] }]);
  });
});

describe("P9: canaries in a real log", () => {
  test("no secret stands in any file of it, and each entry says how many were taken out", async () => {
    const { open, dir } = await place();
    const log = await open();
    for (const secret of [...SECRETS, MY_NUMBER]) {
      const args = log.body(JSON.stringify({ text: `see ${secret}` }), "json");
      expect(args.redacted).toBe(1);
      log.body(`see ${secret}`, true);
      log.record({
        kind: "call.denied",
        call: "c",
        agent: "a",
        asked: `tool ${secret}`,
        args,
        claimed: { reason: `because ${secret}`, client: `c ${secret}` },
      });
    }
    await log.close("end");
    const texts = async () => [
      ...readdirSync(dir, { withFileTypes: true }).flatMap((file) =>
        file.isFile() ? [readFileSync(join(dir, file.name), "utf8")] : [],
      ),
      ...(await Promise.all((await streamsIn(dir)).map((stream) => bodyLines(dir, stream)))).flat(),
    ];
    const files = await texts();
    for (const secret of SECRETS) for (const text of files) expect(text).not.toContain(heart(secret));
    for (const text of files) expect(text).not.toContain(MY_NUMBER);
    // The test itself would find them: without redaction they stand there.
    const blind = await open({ redact: () => undefined });
    blind.body(SECRETS.join(" "), true);
    await blind.close("end");
    expect((await texts()).some((text) => text.includes(heart(SECRETS[0] ?? "")))).toBe(true);
  });
});
