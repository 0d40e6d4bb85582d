/** As much of Anthropic's Messages API as Claude Code needs. */
import { json, stream } from "./wire.mjs";

export const serves = (path) => path.endsWith("/v1/messages") || path.endsWith("/count_tokens");

const textOf = ({ content = [] }) =>
  typeof content === "string" ? content : content.map((part) => part.text ?? "").join("\n");

export function read({ messages, tools = [] }) {
  const content = messages.at(-1)?.content ?? [];
  const block = typeof content === "string" ? undefined : content.find(({ type }) => type === "tool_result");
  const result = block && { text: textOf(block), isError: block.is_error === true };
  return { tools: tools.map(({ name }) => name), result };
}

/** The events of one assistant message with one block. */
function* events(message, { text, call }) {
  yield { type: "message_start", message: { ...message, content: [], stop_reason: null, stop_sequence: null } };
  const opening = call ? { type: "tool_use", id: call.id, name: call.name, input: {} } : { type: "text", text: "" };
  yield { type: "content_block_start", index: 0, content_block: opening };
  const delta = call
    ? { type: "input_json_delta", partial_json: JSON.stringify(call.input) }
    : { type: "text_delta", text };
  yield { type: "content_block_delta", index: 0, delta };
  yield { type: "content_block_stop", index: 0 };
  const ending = { stop_reason: call ? "tool_use" : "end_turn", stop_sequence: null };
  yield { type: "message_delta", delta: ending, usage: message.usage };
  yield { type: "message_stop" };
}

export function reply(asked, said, path) {
  if (path.endsWith("/count_tokens")) return json({ input_tokens: 1 });
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: `msg_${Date.now()}`, type: "message", role: "assistant", model: asked.model, usage };
  if (asked.stream) return stream([...events(message, said)].map((event) => [event.type, event]));
  // Only side questions come without streaming, and they get text.
  return json({ ...message, content: [{ type: "text", text: said.text }], stop_reason: "end_turn" });
}
