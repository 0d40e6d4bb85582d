import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memberSpans, openEnvelope } from "../../src/mcp/envelope.ts";

describe("a server's envelope", () => {
  it("P10: leaves the text of a result untouched, numbers beyond 2^53 and unknown members included", () => {
    const result = '{ "n":9007199254740993.10 ,"x":1e400,"s":"\\u00e9 } \\" ]","__proto__":[{}] }';
    expect(openEnvelope(`{"jsonrpc":"2.0","id":3,"result":${result}}`)).toMatchObject({
      kind: "answer",
      id: 3,
      member: "result",
      text: result,
    });
    expect(openEnvelope(`{"error" : ${result} , "id":3,"jsonrpc":"2.0"}`)).toMatchObject({
      member: "error",
      text: result,
    });
  });

  it("P10: finds the result in any valid envelope, wherever it stands and however it is spaced", () => {
    const space = fc.constantFrom("", " ", "\t ", "  ");
    const others = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), others, fc.nat(5), space, (result, more, place, gap) => {
        const raw = JSON.stringify(result);
        const members = Object.entries(more)
          .filter(([key]) => !["jsonrpc", "id", "result", "error", "method"].includes(key))
          .map(([key, value]) => `${JSON.stringify(key)}${gap}:${gap}${JSON.stringify(value)}`);
        members.push('"jsonrpc":"2.0"', `"id"${gap}:${gap}1`);
        members.splice(place, 0, `"result"${gap}:${gap}${raw}`);
        const opened = openEnvelope(`${gap}{${gap}${members.join(`${gap},${gap}`)}${gap}}${gap}`);
        expect(opened).toMatchObject({ kind: "answer", id: 1, text: raw });
      }),
    );
  });

  it("P5, P10: reads what most servers write as it reads all else, whatever stands there", () => {
    const pieces = [
      '{"jsonrpc":"2.0","id":',
      ',"result":',
      '{"result":',
      ',"jsonrpc":"2.0","id":',
      "}",
      "{",
      "{}",
      '{"a":1}',
    ];
    const others = [
      "1",
      "01",
      "7",
      "1e2",
      "-0",
      "9007199254740993",
      "null",
      "[]",
      '""',
      ',"id":2',
      ',"error":{}',
      " ",
      "\n",
    ];
    const wholes = fc.tuple(
      fc.constantFrom(...others, "2", "123456789012345"),
      fc.constantFrom("{}", "{} ", " {}", '{"a":[1,"}"]}', '{"a":1},"x":{}', '{"a":1},"id":3', "[]", "null", "{", "}"),
      fc.boolean(),
    );
    const whole = wholes.map(([id, result, isFirst]) =>
      isFirst ? `{"result":${result},"jsonrpc":"2.0","id":${id}}` : `{"jsonrpc":"2.0","id":${id},"result":${result}}`,
    );
    const made = fc.array(fc.constantFrom(...pieces, ...others), { maxLength: 9 }).map((each) => each.join(""));
    fc.assert(
      // With a space before it, it is none of those.
      fc.property(fc.oneof(whole, made), (text) => {
        expect(openEnvelope(text)).toEqual(openEnvelope(` ${text}`));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    '{"jsonrpc":"2.0","id":1,"id":2,"result":{}}',
    '{"jsonrpc":"2.0","id":1,"\\u0069d":2,"result":{}}',
    '{"jsonrpc":"2.0","id":1,"result":{},"result":{"a":1}}',
    '{"jsonrpc":"2.0","id":1,"x":1,"x":1,"result":{}}',
  ])("P5: an envelope with a key twice answers nobody: %s", (text) =>
    expect(openEnvelope(text)).toMatchObject({ kind: "bad", reason: "a key twice in the envelope" }),
  );

  it.each([
    ['{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', "together"],
    ['{"jsonrpc":"2.0","id":1,"result":{},"error":null}', "together"],
    ['{"jsonrpc":"2.0","id":1,"result":{},"method":"ping"}', "beside"],
    ['{"jsonrpc":"2.0","id":1,"result":[]}', "not an object"],
    ['{"jsonrpc":"2.0","id":1,"result":null}', "not an object"],
    ['{"jsonrpc":"2.0","id":1,"result":"x"}', "not an object"],
    ['{"jsonrpc":"2.0","id":1}', "neither"],
    ['{"id":1,"result":{}}', "JSON-RPC"],
    ['{"jsonrpc":2.0,"id":1,"result":{}}', "JSON-RPC"],
    ['[{"jsonrpc":"2.0","id":1,"result":{}}]', "a batch"],
    ['{"jsonrpc":"2.0","method":{"a":1}}', "not a string"],
    ['{"jsonrpc":"2.0","method":"ping","id":null}', "wrong type"],
    ['{"jsonrpc":"2.0","method":"ping","id":{}}', "wrong type"],
    ['{"jsonrpc":"2.0","id":1,"result":{}', "not JSON"],
    ["null", "not an object"],
  ])("P5: what could be read in two ways or in none answers nobody: %s", (text, reason) => {
    expect(openEnvelope(text)).toMatchObject({ kind: "bad", reason: expect.stringContaining(reason) as string });
  });

  it("tells requests from notifications", () => {
    expect(openEnvelope('{"jsonrpc":"2.0","id":"a","method":"ping"}')).toEqual({
      kind: "request",
      id: "a",
      method: "ping",
    });
    expect(openEnvelope('{"jsonrpc":"2.0","method":"n","params":[1]}')).toEqual({
      kind: "notification",
      method: "n",
      params: {},
    });
  });

  it("puts a pretty-printed result on one line that means the same", () => {
    const opened = openEnvelope('{\r\n "jsonrpc":"2.0",\n "id":1,\n "result":{\n  "a": "x\\ny"\r\n }\n}');
    expect(opened).toMatchObject({ value: { a: "x\ny" } });
    if (opened.kind !== "answer") throw new Error("not an answer");
    expect(opened.text).not.toMatch(/[\r\n]/);
    expect(JSON.parse(opened.text)).toEqual({ a: "x\ny" });
  });

  it("finds the members of empty and of nested objects", () => {
    expect(memberSpans(" { } ")).toEqual([]);
    expect(memberSpans('{"a":{"a":1},"b":[{"a":"}"}]}')).toEqual(["a", 5, 12, "b", 17, 28]);
  });
});
