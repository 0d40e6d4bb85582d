/** As much of the Gemini API as Gemini CLI needs. */
import { json, stream } from "./wire.mjs";

export const serves = (path) => /:(?:generateContent|streamGenerateContent|countTokens)$/.test(path);

export function read({ contents = [], tools = [] }) {
  const answered = contents.at(-1)?.parts?.find(({ functionResponse }) => functionResponse)?.functionResponse;
  const { output, error, ...other } = answered?.response ?? {};
  const text = [output, error].find((value) => value !== undefined) ?? other;
  const result = answered && {
    text: typeof text === "string" ? text : JSON.stringify(text),
    isError: error !== undefined,
  };
  return { tools: tools.flatMap((tool) => (tool.functionDeclarations ?? []).map(({ name }) => name)), result };
}

export function reply(asked, { text, call }, path) {
  if (path.endsWith(":countTokens")) return json({ totalTokens: 1 });
  const part = call ? { functionCall: { id: call.id, name: call.name, args: call.input } } : { text };
  const answer = {
    candidates: [{ content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    modelVersion: "scripted",
  };
  return path.endsWith(":streamGenerateContent") ? stream([[undefined, answer]]) : json(answer);
}
