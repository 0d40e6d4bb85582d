/**
 * A model that follows a script, on loopback: as much of the Anthropic Messages API as an agent's client needs. The client
 * is real, the model is not, so that a run needs no account, no network and no luck.
 */
import { createServer } from "node:http";

/** The blocks of the last message that the client sent. */
function lastBlocks({ messages }) {
  const content = messages.at(-1)?.content ?? [];
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

const resultText = (block) =>
  typeof block.content === "string" ? block.content : (block.content ?? []).map((part) => part.text ?? "").join("\n");

/** Server-sent events of one assistant message with one block. */
function* events(model, block) {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: `msg_${Date.now()}`, type: "message", role: "assistant", model, content: [], usage };
  yield { type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null } };
  const isTool = block.type === "tool_use";
  const opening = isTool ? { ...block, input: {} } : { type: "text", text: "" };
  yield { type: "content_block_start", index: 0, content_block: opening };
  const delta = isTool
    ? { type: "input_json_delta", partial_json: JSON.stringify(block.input) }
    : { type: "text_delta", text: block.text };
  yield { type: "content_block_delta", index: 0, delta };
  yield { type: "content_block_stop", index: 0 };
  const reason = { stop_reason: isTool ? "tool_use" : "end_turn", stop_sequence: null };
  yield { type: "message_delta", delta: reason, usage };
  yield { type: "message_stop" };
}

/**
 * Listens on 127.0.0.1 and plays `steps`: each is a tool call { name, input }. What a call gave back is kept in `results`
 * ({ text, isError }); after the last one the model says "DONE" and that text. `offered` holds the tools of the last
 * request. A client's side questions, which offer no tools, are answered with one word.
 */
export async function startModel(steps) {
  const results = [];
  let offered = [];
  const next = (request) => {
    if (!request.tools?.length) return { type: "text", text: "ok" };
    offered = request.tools.map((tool) => tool.name);
    const result = lastBlocks(request).find((block) => block.type === "tool_result");
    if (result) results.push({ text: resultText(result), isError: result.is_error === true });
    const step = steps[results.length];
    if (!step) return { type: "text", text: `DONE ${results.at(-1)?.text}` };
    return { type: "tool_use", id: `toolu_${results.length}_${Date.now()}`, name: step.name, input: step.input };
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      const { pathname } = new URL(request.url, "http://127.0.0.1");
      if (request.method !== "POST" || !pathname.endsWith("/v1/messages")) {
        const known = pathname.endsWith("/count_tokens");
        response.writeHead(known ? 200 : 404, { "content-type": "application/json" });
        response.end(
          JSON.stringify(known ? { input_tokens: 1 } : { type: "error", error: { type: "not_found_error" } }),
        );
        return;
      }
      const asked = JSON.parse(body);
      const all = [...events(asked.model, next(asked))];
      if (asked.stream) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(all.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
        return;
      }
      // Only side questions come without streaming, and they get text.
      const content = [{ type: "text", text: "ok" }];
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ ...all[0].message, content, stop_reason: "end_turn" }));
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    results,
    offered: () => offered,
    close: () => new Promise((done) => server.close(done).closeAllConnections()),
  };
}
