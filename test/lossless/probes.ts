/**
 * Answers that are odd and legal, as the raw text of `result` or `error`: what a gate that parses into its own types, or
 * prints what it parsed, would change. Each stands for a tool, resource, prompt or completion of the odd server.
 */

import type { Kind } from "../../src/policy/call.ts";

export interface Probe {
  readonly kind: Kind;
  /** Of a resource its URI; of a completion the argument that is completed. */
  readonly name: string;
  readonly member: "result" | "error";
  readonly text: string;
}

const result = (kind: Kind, name: string, text: string): Probe => ({ kind, name, member: "result", text });
const error = (kind: Kind, name: string, text: string): Probe => ({ kind, name, member: "error", text });
const tool = (name: string, text: string): Probe => result("tool", name, text);

const deep = (depth: number): string => '{"x":['.repeat(depth) + "0" + "]}".repeat(depth);
const rows = (count: number): string =>
  Array.from({ length: count }, (_, row) => `{"row":${row},"name":"item \\u2713 ${row}","ratio":${row}.50}`).join(",");

const raw = String.raw;

export const PROBES: readonly Probe[] = [
  tool(
    "unknown_fields",
    '{"content":[{"type":"text","text":"a","annotations":{"audience":["user"],"x-new":{"deep":[1]}},"x-block":true}],"x-top":{"y":null}}',
  ),
  tool(
    "odd_content",
    '{"content":[{"type":"hologram","frames":[{"data":"AA=="}],"_meta":{"k":1}},{"type":"text","text":"b"}]}',
  ),
  tool(
    "proto_keys",
    '{"content":[],"structuredContent":{"__proto__":{"polluted":true},"constructor":{"prototype":{"x":1}},"toString":"s","hasOwnProperty":1}}',
  ),
  tool(
    "proto_member",
    '{"content":[{"type":"text","text":"p","__proto__":{"isAdmin":true}}],"__proto__":{"isError":true}}',
  ),
  tool("big_structured", `{"content":[],"structuredContent":{"rows":[${rows(4000)}]}}`),
  tool("deep", `{"content":[],"structuredContent":${deep(60)}}`),
  tool("no_content", '{"structuredContent":{"only":"this"}}'),
  tool("empty", "{}"),
  tool("empty_content", '{"content":[]}'),
  tool("array_structured", '{"content":[],"structuredContent":[1,2,{"three":3}]}'),
  tool("text_structured", '{"content":[],"structuredContent":"only a text"}'),
  tool("null_structured", '{"content":[],"structuredContent":null}'),
  tool(
    "numbers",
    '{"content":[],"structuredContent":{"big":9007199254740993,"huge":1e400,"tiny":1e-400,"minus":-0,"one":1.0,"exp":1E+2,"digits":0.1000000000000000055511151231257827021181583404541015625,"long":123456789012345678901234567890}}',
  ),
  tool(
    "escapes",
    raw`{"content":[{"type":"text","text":"\u0041\/\b\f\n\r\t\"\\\u00e9\u2028\u2029 \u65e5\u672c"}],"\u0078-escaped\u0020key":"\u0000\u001f\u007f"}`,
  ),
  tool("surrogates", raw`{"content":[{"type":"text","text":"\ud83c\udf8f 🎏 \ud83c lone \udf8f"}]}`),
  tool("bidi", '{"content":[{"type":"text","text":"\u202Eright to left\u202C\u200B\uFEFF"}]}'),
  tool("spaced", '{ "content" : [ ] ,\t"structuredContent" : { "a" : 1 ,  "b" : [ ] } }'),
  tool("twice", '{"content":[{"type":"text","text":"first","text":"second"}],"structuredContent":{"a":1,"a":2}}'),
  tool("numeric_keys", '{"structuredContent":{"b":1,"2":2,"1":1,"":"empty","a":0},"content":[]}'),
  tool(
    "braces",
    raw`{"content":[{"type":"text","text":"} ] , \\\" { [ \"result\": \"structuredContent\": \"resultType\""}]}`,
  ),
  tool(
    "meta",
    '{"content":[{"type":"text","text":"m","_meta":{"example.com/x":{"y":[null]}}}],"_meta":{"example.com/trace":"t","progressToken":"not one","io.modelcontextprotocol/serverInfo":{"name":"odd","version":"1","x":1},"":0}}',
  ),
  tool(
    "tool_error",
    '{"isError":true,"content":[{"type":"text","text":"no"}],"structuredContent":{"code":7},"x-hint":"retry"}',
  ),
  tool("odd_is_error", '{"isError":"yes","content":[]}'),
  tool(
    "links",
    '{"content":[{"type":"resource_link","uri":"odd://x","name":"x","size":9007199254740993,"icons":[{"src":"data:,","x":1}]},{"type":"resource","resource":{"uri":"odd://y","blob":"","x":[]}},{"type":"image","data":"","mimeType":"image/x-odd"},{"type":"audio","data":"AA==","mimeType":"audio/x-odd","annotations":{"priority":2}}]}',
  ),
  error(
    "tool",
    "error_with_data",
    '{"code":-32050,"message":"odd error","data":{"big":9007199254740993,"__proto__":{"x":1},"list":[null,1.0]}}',
  ),
  error("tool", "error_plain", '{"code":1,"message":""}'),
  error("tool", "error_known", '{"code":-32602,"message":"MCP error -32602: wrong","data":"a text","x-extra":{"y":1}}'),
  error("tool", "error_not_found", '{"code":-32002,"message":"Resource not found","data":{"uri":"odd://z"}}'),
  error(
    "tool",
    "error_url",
    '{"code":-32042,"message":"Open a page","data":{"elicitations":[{"mode":"url","url":"https://example.com/","elicitationId":"1","message":"m"}]}}',
  ),

  result(
    "resource",
    "odd://text",
    '{"contents":[{"uri":"odd://elsewhere","text":"","mimeType":"text/x-odd; charset=weird","x-more":{"__proto__":1},"_meta":{"a/b":9007199254740993}}],"x":1.0}',
  ),
  result(
    "resource",
    "odd://both",
    '{"contents":[{"uri":"odd://both","text":"t","blob":"AA=="},{"uri":"","x-only":true}],"_meta":{}}',
  ),
  result("resource", "odd://none", '{"contents":[]}'),
  result(
    "resource",
    "odd://template/a%2Fb%20c",
    raw`{"contents":[{"uri":"odd://template/a%2Fb%20c","text":"\u65e5"}]}`,
  ),
  error("resource", "odd://error", '{"code":-32002,"message":"gone","data":{"uri":"odd://error","since":1e400}}'),

  result(
    "prompt",
    "odd_messages",
    '{"description":null,"messages":[{"role":"system","content":{"type":"text","text":"s"},"x":1},{"role":"user","content":{"type":"thought","x":[1.0]}},{"role":"assistant","content":[{"type":"text","text":"list"}]}],"x-top":{}}',
  ),
  result("prompt", "no_messages", '{"messages":[]}'),
  error("prompt", "prompt_error", '{"code":-32602,"message":"missing","data":{"argument":"a"}}'),

  result(
    "completion",
    "odd_values",
    '{"completion":{"values":["a","a","\\ud83c\\udf8f"],"total":9007199254740993,"hasMore":"perhaps","x":1},"_meta":{"m":1.0}}',
  ),
  result("completion", "no_values", '{"completion":{"values":[]}}'),
];

/** Definitions as a server may have them; all say that they only read, so that nothing has to be asked. */
const schema = '{"type":"object"}';
const odd = '"x-odd":{"constructor":{"a":1},"list":[1.5,null,"\\u65e5"]},"_meta":{"example.com/k":{"deep":[{}]}}';

export const DEFINITIONS: Readonly<Record<"tools" | "resources" | "resourceTemplates" | "prompts", readonly string[]>> =
  {
    tools: [
      ...PROBES.filter(({ kind }) => kind === "tool").map(
        ({ name }) => `{"name":"${name}","inputSchema":${schema},"annotations":{"readOnlyHint":true}}`,
      ),
      `{"name":"mirror","title":"T","description":"","icons":[{"src":"data:,","sizes":["any"],"x":1}],${odd},"annotations":{"readOnlyHint":true,"x-hint":[1]},"execution":{"taskSupport":"optional"},"inputSchema":{"type":"object","$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"toString":{"type":"string"},"constructor":{},"n":{"type":"number","x-unit":"m"}},"x-keyword":[{"a":1}],"$defs":{"d":{"$anchor":"d"}}},"outputSchema":{"type":"object","x":1}}`,
      `{"name":"progress","inputSchema":${schema},"annotations":{"readOnlyHint":true}}`,
    ],
    resources: PROBES.filter(({ kind, name }) => kind === "resource" && !name.includes("template")).map(
      ({ name }) =>
        `{"uri":"${name}","name":"n","size":12,"annotations":{"audience":["nobody"],"priority":7,"x":1},${odd}}`,
    ),
    resourceTemplates: [`{"uriTemplate":"odd://template/{id}","name":"t","annotations":{"x":{}},${odd}}`],
    prompts: [
      ...PROBES.filter(({ kind }) => kind === "prompt").map(({ name }) => `{"name":"${name}"}`),
      `{"name":"completes","arguments":[{"name":"odd_values","x":1},{"name":"no_values","required":false}],${odd}}`,
    ],
  };
