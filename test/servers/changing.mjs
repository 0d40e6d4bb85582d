// A 2025 MCP server over stdio, without an SDK, whose definitions stand in a file and may change at any time.
//     node changing.mjs FILE      FILE: a JSON array of tool definitions
// `leak` gives the TOKEN of its environment in its result, `leak_error` in an error, everything else answers "ok".
import { readFileSync, watchFile } from "node:fs";
import { createInterface } from "node:readline";

const file = process.argv[2];
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
const tools = () => JSON.parse(readFileSync(file, "utf8"));
watchFile(file, { interval: 50 }, () => send({ method: "notifications/tools/list_changed" }));

const text = (value) => ({ content: [{ type: "text", text: value }] });
const token = process.env.TOKEN ?? "none";

const answers = {
  initialize: ({ params }) => ({
    protocolVersion: params.protocolVersion,
    capabilities: { tools: { listChanged: true } },
    serverInfo: { name: "changing", version: "1" },
  }),
  "tools/list": () => ({ tools: tools() }),
  "tools/call": ({ params }) => {
    if (params.name === "leak") return text(`the token is ${token}, quoted ${JSON.stringify(token)}`);
    if (params.name === "leak_error") throw new Error(`bad token ${token}`);
    return text("ok");
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.id === undefined) continue;
  const answer = answers[message.method];
  try {
    if (answer === undefined) send({ id: message.id, error: { code: -32601, message: "Method not found" } });
    else send({ id: message.id, result: answer(message) });
  } catch (error) {
    send({ id: message.id, error: { code: -32000, message: error.message } });
  }
}
process.exit(0);
