/** What a server may send, and what none should: answers, questions and notifications, as seeds of the campaign. */

const answer = (id, members) => ({ jsonrpc: "2.0", id, ...members });

/** Messages about the call `id`; `other`: a call of somebody else's. Spoiled by `makeInput`. */
export const serverSeeds = (id, other) =>
  [
    answer(id, { result: { content: [{ type: "text", text: "fine" }] } }),
    answer(id, { result: { content: [{ type: "text", text: "no" }], isError: true } }),
    answer(id, { error: { code: -32602, message: "Invalid params", data: { a: 1 } } }),
    answer(id, { error: { code: -32042, message: "open this", data: { elicitations: [{ mode: "url", url: "x:" }] } } }),
    answer(id, { result: { resultType: "input_required", inputRequests: { a: { method: "roots/list" } } } }),
    answer(id, { result: { resultType: "task", task: { taskId: "1", status: "working" } } }),
    answer(other, { result: { content: [] } }),
    answer(String(id), { result: { content: [] } }),
    answer(id + 0.5, { result: {} }),
    answer(null, { error: { code: -32700, message: "Parse error" } }),
    answer(id, { method: "roots/list" }),
    answer("q", { method: "elicitation/create", params: { message: "?", requestedSchema: { type: "object" } } }),
    answer("q", { method: "sampling/createMessage", params: { messages: [], maxTokens: 9 } }),
    answer("q", { method: "ping" }),
    answer("q", { method: "tools/call", params: { name: "t", arguments: {} } }),
    { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: id, progress: 1, message: "half" } },
    { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "said" } },
    { jsonrpc: "2.0", method: "notifications/tools/list_changed" },
    { jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri: "file:///a" } },
    { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "q" } },
    { jsonrpc: "2.0", method: "constructor", params: {} },
  ].map((message) => JSON.stringify(message));

/** As above, of what parsers of answers are known to differ about. */
export const SERVER_SPLINTERS = (id, other) => [
  `"id":${other},`,
  `"id":${id},`,
  '"result":{},',
  '"error":{"code":1,"message":"m"},',
  '"method":"ping",',
  `"\\u0069d":${other},`,
  '"__proto__":{"id":1},',
];
