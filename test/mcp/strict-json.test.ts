import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_DEPTH, parseStrict } from "../../src/mcp/strict-json.ts";
import { isObject, jsonText, type Json, type JsonObject } from "../../src/policy/json.ts";

const faultOf = (text: string) => {
  const parsed = parseStrict(text);
  return parsed.ok ? undefined : parsed.fault.hazard;
};
const partialOf = (text: string) => {
  const parsed = parseStrict(text);
  return parsed.ok ? undefined : parsed.partial;
};

/** Written without an exponent, so meant exactly. */
const hasRoundedInteger = (value: unknown): boolean =>
  typeof value === "number"
    ? Math.abs(value) > Number.MAX_SAFE_INTEGER && !String(value).includes("e")
    : typeof value === "object" && value !== null && Object.values(value).some(hasRoundedInteger);

/** Texts with white space and escapes as other serialisers write them. */
const texts = fc
  .tuple(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, "\t"))
  .map(([value, space]) => JSON.stringify(value, null, space));

const nested = (depth: number, [open, close]: readonly [string, string]) => open.repeat(depth) + close.repeat(depth);

const LONG_TEXT = JSON.stringify("木 \u2028 \u007f".repeat(300));
const inside = (value: Json | undefined, name: string) => (isObject(value) ? value[name] : undefined);
const metaOf = (text: string) => {
  const parsed = parseStrict(text);
  return parsed.ok ? inside(inside(parsed.value, "params"), "_meta") : undefined;
};
/** Of a call with such arguments, as they were read. */
function argumentsOf(text: string): JsonObject {
  const parsed = parseStrict(`{"method":"tools/call","params":{"name":"t","arguments":${text},"_meta":{}},"id":1}`);
  const args = parsed.ok ? inside(inside(parsed.value, "params"), "arguments") : undefined;
  if (!isObject(args)) throw new Error("not read");
  return args;
}

describe("the strict parser", () => {
  it("P3: agrees with JSON.parse on valid JSON, order included, but for integers a double may have rounded", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseStrict(text);
        const value: unknown = JSON.parse(text);
        if (hasRoundedInteger(value)) {
          expect(faultOf(text)).toBe("number");
          return;
        }
        expect(parsed).toEqual({ ok: true, value });
        if (parsed.ok) expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(value));
      }),
      { numRuns: 500 },
    );
  });

  it("P3: accepts nothing that JSON.parse refuses, whatever is cut, doubled or put in", () => {
    fc.assert(
      fc.property(
        texts,
        fc.nat(),
        fc.constantFrom("", ",", "}", "]", '"', "\\", "\u0001", "0", "-", "e", " ", "/"),
        (text, place, piece) => {
          const at = place % (text.length + 1);
          const broken = text.slice(0, at) + piece + text.slice(at + (piece === "" ? 1 : 0));
          let valid = true;
          try {
            JSON.parse(broken);
          } catch {
            valid = false;
          }
          if (!valid) expect(faultOf(broken)).toBe("syntax");
          else if (parseStrict(broken).ok) expect(parseStrict(broken)).toEqual({ ok: true, value: JSON.parse(broken) });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("P3: the text that arguments keep is what JSON.stringify writes of them, however they were written", () => {
    const odd = [
      "1.0",
      "1e3",
      "-0",
      "1E400",
      "0.1",
      '"\\/"',
      '"\\u0041"',
      " 1",
      "[ ]",
      '{"b":1,"1":2}',
      '{"__proto__":{}}',
    ];
    fc.assert(
      fc.property(fc.oneof(texts, fc.constantFrom(...odd)), fc.boolean(), (text, isFirst) => {
        const whole = isFirst ? `{"v":${text},"long":${LONG_TEXT}}` : `{"long":${LONG_TEXT},"v":${text}}`;
        if (!parseStrict(whole).ok) return;
        const args = argumentsOf(whole);
        expect(jsonText(args)).toBe(JSON.stringify(args));
      }),
      { numRuns: 500 },
    );
  });

  it("P3: a text is kept for the object it was read as, and for no other that is read after it or looks the same", () => {
    const text = `{"long":${LONG_TEXT}}`;
    const args = argumentsOf(text);
    expect(jsonText(args)).toBe(text);
    // What it was read as, not what somebody has made of it since: so it is seen that it was kept.
    Object.assign(args, { long: "" });
    expect(jsonText(args)).toBe(text);
    expect(jsonText({ ...args })).toBe('{"long":""}');
    parseStrict("{}");
    expect(jsonText(args)).toBe('{"long":""}');
  });

  it("P3: a text is kept for arguments that a long `_meta` follows", () => {
    const args = `{"long":${LONG_TEXT}}`;
    const parsed = parseStrict(`{"params":{"arguments":${args},"_meta":{"long":${LONG_TEXT}}}}`);
    const read = parsed.ok ? inside(inside(parsed.value, "params"), "arguments") : undefined;
    if (!isObject(read)) throw new Error("not read");
    Object.assign(read, { long: "" });
    expect(jsonText(read)).toBe(args);
  });

  it("P3: what stands in `_meta` is read as it stands there, whatever the message before said in its own", () => {
    const metas = [
      "{}",
      '{"a":1}',
      '{"a":1,"b":2}',
      '{"a":1 }',
      '{"a":10}',
      '{"a":{"a":1}}',
      '{"a":1,"a":1}',
      '{"a":9007199254740993}',
      '{"a":"\\ud800"}',
      '{"a":1}}',
      '{"a":1',
      '{"a":1}{"a":1}',
      '{"__proto__":{"a":1}}',
      '"{}"',
    ];
    const message = fc.tuple(fc.constantFrom(...metas), fc.constantFrom("_meta", "_meta ", "\\u005fmeta", "arguments"));
    fc.assert(
      fc.property(fc.array(message, { minLength: 2, maxLength: 6 }), fc.boolean(), (messages, isNested) => {
        for (const [meta, key] of messages) {
          const params = `{"${key}":${meta},"more":1}`;
          const text = isNested ? `{"params":{"arguments":${params}}}` : `{"params":${params}}`;
          const parsed = parseStrict(text);
          // A message of its own, so that nothing of the one before is left: the text says the same in another place.
          const alone = parseStrict(`[[${text}]]`);
          expect(parsed.ok).toBe(alone.ok);
          if (!parsed.ok && !alone.ok) expect(parsed.fault.hazard).toBe(alone.fault.hazard);
          if (parsed.ok) expect(JSON.stringify(parsed.value)).toBe(JSON.stringify(JSON.parse(text)));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("the same words in `_meta` are the same object, so that they need not be looked at again", () => {
    const meta = '{"client":"a"}';
    const first = metaOf(`{"params":{"_meta":${meta}}}`);
    expect(metaOf(`{"id":2,"params":{"name":"b","_meta":${meta}}}`)).toBe(first);
    expect(metaOf(`{"params":{"_meta":{"client":"b"}}}`)).toEqual({ client: "b" });
    expect(metaOf(`{"params":{"_meta":${meta}}}`)).not.toBe(first);
  });

  it.each([
    '{"a":1,"a":2}',
    '{"a":{"b":1,"b":1}}',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a":1,"b":2,"a":1}',
  ])("P3: refuses a key that stands twice: %s", (text) => expect(faultOf(text)).toBe("duplicate-key"));

  it.each([
    "9007199254740992",
    "-9007199254740992",
    "9007199254740993.0",
    "1e400",
    "-1e400",
    "1e-400",
    "0.0000000000000000001e-320",
    `1${"0".repeat(400)}`,
    `0.${"0".repeat(400)}1`,
  ])("P3: refuses a number that a double cannot hold: %s", (text) => expect(faultOf(`{"n":${text}}`)).toBe("number"));

  it.each(["9007199254740991", "-9007199254740991", "1e300", "0.1", "-0", "0e400", "0.000", "5e-324", "1E+2"])(
    "accepts a number that a double holds: %s",
    (text) => expect(parseStrict(text)).toEqual({ ok: true, value: JSON.parse(text) }),
  );

  it.each(["01", "1.", ".5", "+1", "1e", "--1", "NaN", "Infinity", "0x10", "1_000"])(
    "refuses what is no JSON number: %s",
    (text) => expect(faultOf(text)).toBe("syntax"),
  );

  it.each(['"\\ud800"', '"\\udc00\\ud800"', `"${"x".repeat(100)}\\ud83d"`, '{"\\udfff":1}'])(
    "P3: refuses a lone surrogate: %s",
    (text) => expect(faultOf(text)).toBe("surrogate"),
  );

  it("accepts a surrogate pair, escaped or not", () => {
    expect(parseStrict('"\\ud83c\\udf8f 🎏"')).toEqual({ ok: true, value: "🎏 🎏" });
  });

  it("P3: refuses what is nested deeper than its limit, and does not fall over far beyond it", () => {
    expect(faultOf(nested(MAX_DEPTH, ["[", "]"]))).toBeUndefined();
    expect(faultOf(nested(MAX_DEPTH + 1, ["[", "]"]))).toBe("depth");
    expect(faultOf('{"a":'.repeat(MAX_DEPTH + 1))).toBe("depth");
    expect(faultOf(nested(1_000_000, ["[", "]"]))).toBe("depth");
  });

  it("P3: keeps __proto__ and its like as own members that change no prototype", () => {
    const parsed = parseStrict('{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":2}');
    expect(parsed.ok).toBe(true);
    if (!parsed.ok) return;
    const value = parsed.value as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(["__proto__", "constructor", "toString"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toString":2}');
  });

  it.each([
    '"a\nb"',
    '"a\tb"',
    `"${"x".repeat(100)}\u0000"`,
    '"\\x41"',
    '"\\u12g4"',
    '"open',
    '"ends in \\"',
    `"${"\\".repeat(99)}"`,
  ])("refuses a string that is none: %j", (text) => expect(faultOf(text)).toBe("syntax"));

  it("reads strings of every length around the point where the engine takes over", () => {
    for (let length = 0; length < 130; length++)
      for (const tail of ["", '\\"', "\\\\", "é", "\\n", "\\\\\\\\", '\\\\\\"']) {
        const text = `["${"x".repeat(length)}${tail}","z"]`;
        expect(parseStrict(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }
  });

  it("hands out what it could read of refused JSON, so that its sender can be told, and nothing of a syntax error", () => {
    expect(partialOf('{"id":7,"params":{"a":1,"a":2}}')).toMatchObject({ id: 7 });
    expect(partialOf('{"n":1e400,"id":"x"}')).toMatchObject({ id: "x" });
    expect(partialOf('{"id":7,"params":{')).toBeUndefined();
    expect(partialOf('{"id":7,"n":1e400,}')).toBeUndefined();
  });

  it("says where the first fault is", () => {
    expect(parseStrict('{"a":1,"b":1e999}')).toMatchObject({ fault: { at: 11 } });
    expect(parseStrict("[1,2")).toMatchObject({ fault: { hazard: "syntax" } });
  });

  it("P3: refuses white space that JSON does not know, and anything after the value", () => {
    for (const text of [
      "\ufeff{}",
      "\u00a0{}",
      "{}\u2028",
      "{} {}",
      "",
      " ",
      "{}\u0000",
      "[1,]",
      "{,}",
      '{"a"}',
      "{a:1}",
      "tru",
      "nulll",
    ])
      expect(faultOf(text)).toBe("syntax");
  });
});
