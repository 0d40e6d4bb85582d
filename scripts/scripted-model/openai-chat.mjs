/** As much of OpenAI's Chat Completions API as opencode's OpenAI-compatible provider needs. */
import { json, stream } from "./wire.mjs";

export const serves = (path) => path.endsWith("/chat/completions");

const textOf = (content) =>
  typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join("\n");

export function read({ messages, tools = [] }) {
  const last = messages.at(-1);
  // This API does not say whether a call failed.
  const result = last?.role === "tool" ? { text: textOf(last.content), isError: undefined } : undefined;
  return { tools: tools.map((tool) => tool.function.name), result };
}

export function reply(asked, { text, call }) {
  const head = { id: `chatcmpl-${Date.now()}`, created: 1, model: asked.model };
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
  const ending = call ? "tool_calls" : "stop";
  const called = call && { name: call.name, arguments: JSON.stringify(call.input) };
  const calls = call && [{ index: 0, id: call.id, type: "function", function: called }];
  const message = { role: "assistant", content: call ? null : text, ...(calls && { tool_calls: calls }) };
  if (!asked.stream) {
    return json({
      ...head,
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason: ending }],
      usage,
    });
  }
  const chunk = (delta, reason) => ({
    ...head,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason: reason }],
  });
  const answer = stream([
    [undefined, chunk(message, null)],
    [undefined, { ...chunk({}, ending), usage }],
  ]);
  return { ...answer, text: `${answer.text}data: [DONE]\n\n` };
}
