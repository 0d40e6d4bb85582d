import * as fc from "fast-check";
import { expect, test } from "vitest";
import { hiddenIn } from "../../src/audit/body-paths.ts";
import { redactor, secretMark } from "../../src/audit/redact.ts";

const KEY = Buffer.alloc(32, 3);
const redact = redactor(KEY);

test("P9: a value at a configured place is marked as what it says, however the text writes it", () => {
  const texts = ['{"a":{"pass":"p\\u0061ss"}}', '{ "a" : {\n "pass" : "pass" } }', '{"a":{"x":1,"p\\u0061ss":"pass"}}'];
  for (const text of texts) {
    const cleaned = redact(text, true, [["a", "pass"]]);
    expect(cleaned?.found).toBe(1);
    expect((JSON.parse(cleaned?.text ?? "") as { a: { pass: string } }).a.pass).toContain(secretMark(KEY, "pass"));
  }
});

test("of two members of one name both are taken out, and numbers that no double holds stay as they are beside them", () => {
  const text = '{"a":"first","a":"second","n":12345678901234567890123}';
  const cleaned = redact(text, true, [["a"]])?.text ?? "";
  expect(cleaned).not.toMatch(/first|second/);
  expect(cleaned).toContain("12345678901234567890123");
});

test("a place that is not there, and a name on the prototype, take nothing out", () => {
  for (const place of [["b"], ["a", "b"], ["constructor"], ["__proto__"], ["a", "length"]])
    expect(redact('{"a":"text"}', true, [place]), place.join(".")).toBeUndefined();
  expect(redact('{"__proto__":"here"}', true, [["__proto__"]])?.found).toBe(1);
});

test("P9: a secret that is also at a place is taken out once, and nothing of any JSON is left at a hidden place", () => {
  expect(redact(`{"a":"ghp_${"aB3dE6gH9".repeat(4)}"}`, true, [["a"]])?.found).toBe(1);
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.array(fc.constantFrom("a", "b", "*", "0"), { minLength: 1, maxLength: 3 }),
      (value, place) => {
        const text = JSON.stringify({ a: value, b: [value, { a: value }] });
        const before = hiddenIn(text, [place]);
        const after = redact(text, true, [place])?.text ?? text;
        expect(() => JSON.parse(after) as unknown).not.toThrow();
        const marks = hiddenIn(after, [place]).map((hidden) => hidden.value);
        expect(marks).toHaveLength(before.length);
        for (const mark of marks) expect(mark).toMatch(/^\[redacted /);
      },
    ),
    { numRuns: 300, seed: 7 },
  );
});
