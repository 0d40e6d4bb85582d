/**
 * What an agent may send, and what nobody should: messages of both eras, spoiled at random. The seeds are the corpus; each
 * input follows from the random source alone.
 */

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "fuzz", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": {
    elicitation: {},
    extensions: { "io.modelcontextprotocol/tasks": {} },
  },
};

/** Tools of the campaign's world: two that pass, two that ask, the gate's own, and one that is none. */
export const TOOLS = [
  "ledger_read",
  "ledger_append",
  "ledger_slow_append",
  "ledger_delete_entry",
  "kidoban_wait",
  "nothing",
];

/** Well-formed messages. `names`: tools that a manifest allows, then some that it does not. */
export const seeds = (names) => {
  const plain = [
    ["initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "fuzz", version: "1" } }],
    ["server/discover", {}],
    ["ping", {}],
    ["tools/list", {}],
    ["tools/list", { cursor: "x" }],
    ["resources/list", {}],
    ["resources/templates/list", {}],
    ["prompts/list", {}],
    ["resources/read", { uri: "file:///etc/passwd" }],
    ["resources/subscribe", { uri: "file:///etc/passwd" }],
    ["prompts/get", { name: "p", arguments: { a: "b" } }],
    ["completion/complete", { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: "v" } }],
    ["logging/setLevel", { level: "debug" }],
    ["tasks/get", { taskId: "0" }],
    ["tasks/cancel", { taskId: "0" }],
    ["subscriptions/listen", { notifications: { toolsListChanged: true } }],
    ["sampling/createMessage", { messages: [], maxTokens: 1 }],
    ["constructor", {}],
    ["__proto__", {}],
    ...names.map((name) => ["tools/call", { name, arguments: { id: "a", value: "b" } }]),
  ].map(([method, params], at) => ({ jsonrpc: "2.0", id: at + 1, method, params }));
  const modern = plain.map((message) => ({ ...message, params: { ...message.params, _meta: META } }));
  const others = [
    { jsonrpc: "2.0", method: "notifications/initialized" },
    { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 3 } },
    { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 1, progress: 2 } },
    { jsonrpc: "2.0", id: 1, result: {} },
    { jsonrpc: "2.0", id: "kidoban-1", result: { action: "accept", content: { decision: "approve" } } },
    { jsonrpc: "2.0", id: 2, error: { code: -1, message: "no" } },
  ];
  return [...plain, ...modern, ...others].map((message) => JSON.stringify(message));
};

/** Fragments that parsers are known to differ about, or that have meant trouble somewhere. */
const SPLINTERS = [
  '"id":7,',
  '"method":"tools/call",',
  '"name":"ledger_append",',
  '"arguments":{"id":"x","value":"y"},',
  '"__proto__":{"a":1},',
  '"params":[],',
  "1e400",
  "-0",
  "9007199254740993",
  "1.0",
  "01",
  "NaN",
  '"\\ud800"',
  '"\\u0000"',
  '"\u202e"',
  "\ufeff",
  "\u2028",
  "[[[[[[[[",
  "null",
  "true",
  "{}",
  "//",
  "\\",
  "\u0000",
  "\t",
  ",",
  "}",
  "]",
];

/** One input as a line without its end. It may be no JSON, no UTF-8, and hold no message at all. */
export function makeInput(random, corpus, splinters = SPLINTERS) {
  let text = random.pick(corpus);
  const spoils = random.below(5);
  for (let i = 0; i < spoils; i++) text = spoil(text, random, corpus, splinters);
  const bytes = Buffer.from(text.replaceAll("\n", " "), "utf8");
  // Now and then bytes that are no text.
  if (random.chance(0.03) && bytes.length > 0)
    bytes[random.below(bytes.length)] = random.pick([0xff, 0xc0, 0x80, 0xed]);
  return Buffer.from(bytes.map((byte) => (byte === 10 || byte === 13 ? 32 : byte)));
}

function spoil(text, random, corpus, splinters) {
  const at = random.below(text.length + 1);
  switch (random.below(9)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(32 + random.below(95)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + random.below(8));
    case 2:
      return text.slice(0, at) + random.pick(random.chance(0.5) ? SPLINTERS : splinters) + text.slice(at);
    case 3:
      return text.slice(0, at) + text.slice(random.below(at + 1));
    case 4: {
      const other = random.pick(corpus);
      return text.slice(0, at) + other.slice(random.below(other.length));
    }
    case 5:
      return text.replace("{", `{${random.pick(splinters.filter((each) => each.endsWith(",")))}`);
    case 6:
      return text.replace(/"id":[^,}]+/, `"id":${random.pick(["null", "1.5", '"x"', "{}", "-1", "1e3", '""', "[1]"])}`);
    case 7:
      return text.replace(/"[a-z]+\/[a-z]+"/i, () =>
        JSON.stringify(random.pick(["tools/call", "TOOLS/CALL", "tools/call ", ""])),
      );
    default:
      return random.chance(0.02)
        ? text.replace("{", "{".repeat(1) + `"x":${"[".repeat(200)}${"]".repeat(200)},`)
        : text.replace(/"(a|b|x)"/, JSON.stringify("é\u0301木".repeat(random.below(40))));
  }
}
