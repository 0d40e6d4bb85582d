import { ListToolsResultSchema, CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it } from "vitest";
import { legacyResult, legacyTools } from "../../src/mcp/legacy-shape.ts";

const tool = (outputSchema?: unknown) => ({
  name: "t",
  inputSchema: { type: "object" },
  ...(outputSchema === undefined ? {} : { outputSchema }),
});

describe("for clients of 2025", () => {
  it("P10: a list keeps its bytes when they take it as it is", () => {
    const text = JSON.stringify([tool(), tool({ type: "object", properties: { outputSchema: {} } })], null, 1);
    expect(legacyTools(text)).toBe(text);
  });

  it.each([{ type: "array" }, { anyOf: [{ type: "string" }] }, true])(
    "P10: one modern output schema does not cost the list: %j",
    (schema) => {
      const text = JSON.stringify([tool(schema), tool({ type: "object", properties: { a: { $ref: "#/$defs/a" } } })]);
      expect(ListToolsResultSchema.safeParse({ tools: JSON.parse(text) as unknown }).success).toBe(false);
      const tools = JSON.parse(legacyTools(text)) as { outputSchema: unknown }[];
      expect(ListToolsResultSchema.safeParse({ tools }).success).toBe(true);
      expect(tools.map((each) => each.outputSchema)).toEqual([
        { type: "object" },
        { type: "object", properties: { a: { $ref: "#/$defs/a" } } },
      ]);
    },
  );

  it.each(["[1,9007199254740993]", '"text"', "null", "7"])(
    "P10: structured content that is no object is wrapped, its bytes kept: %s",
    (value) => {
      const wrapped = legacyResult(`{"content":[], "structuredContent" : ${value} ,"x":{"structuredContent":[]}}`);
      expect(wrapped).toBe(`{"content":[], "structuredContent" : {"result":${value}} ,"x":{"structuredContent":[]}}`);
      expect(CallToolResultSchema.safeParse(JSON.parse(wrapped)).success).toBe(true);
    },
  );

  it("P10: any other result keeps its bytes", () => {
    for (const text of [
      '{"content":[]}',
      '{"structuredContent": {"a":1}}',
      '{"a":{"structuredContent":[]}}',
      '{"a":"\\"structuredContent\\":[]"}',
    ])
      expect(legacyResult(text)).toBe(text);
  });
});
