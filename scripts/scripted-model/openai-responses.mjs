/** As much of OpenAI's Responses API as Codex needs. Codex groups an MCP server's tools in a namespace. */
import { json, stream } from "./wire.mjs";

export const serves = (path) => path.endsWith("/responses");

const textOf = (output) =>
  typeof output === "string" ? output : (output ?? []).map((part) => part.text ?? "").join("\n");

/** Every tool as it is called: in a namespace or not. `name` is both together. */
const flat = (tools = []) =>
  tools.flatMap((tool) =>
    tool.type === "namespace"
      ? tool.tools.map(({ name }) => ({
          name: `${tool.name}__${name}`,
          calledAs: { namespace: tool.name, name },
        }))
      : [{ name: tool.name ?? tool.type, calledAs: { name: tool.name ?? tool.type } }],
  );

export function read({ input, tools }) {
  const last = typeof input === "string" ? undefined : input.at(-1);
  // This API does not say whether a call failed.
  const result = last?.type === "function_call_output" ? { text: textOf(last.output), isError: undefined } : undefined;
  return { tools: flat(tools).map(({ name }) => name), result };
}

function itemOf(asked, { text, call }) {
  if (!call) {
    const content = [{ type: "output_text", text, annotations: [] }];
    return { type: "message", id: `msg_${Date.now()}`, role: "assistant", status: "completed", content };
  }
  const calledAs = flat(asked.tools).find(({ name }) => name === call.name)?.calledAs ?? { name: call.name };
  const item = { type: "function_call", id: `fc_${Date.now()}`, call_id: call.id, status: "completed" };
  return { ...item, ...calledAs, arguments: JSON.stringify(call.input) };
}

export function reply(asked, said) {
  const item = itemOf(asked, said);
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  const response = { id: `resp_${Date.now()}`, object: "response", model: asked.model, status: "completed", usage };
  if (!asked.stream) return json({ ...response, output: [item] });
  return stream(
    [
      { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
      { type: "response.output_item.added", output_index: 0, item },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { ...response, output: [item] } },
    ].map((event) => [event.type, event]),
  );
}
