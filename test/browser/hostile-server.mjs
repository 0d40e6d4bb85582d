/**
 * An MCP server (2025-11-25, stdio, no SDK) whose every word is somebody else's: `node hostile-server.mjs WORDS`. WORDS is a
 * JSON file, read anew for each list: { "about": string, "names": [string], "uris": [string], "says": string }.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const words = () => JSON.parse(readFileSync(process.argv[2], "utf8"));
const text = (said) => ({ content: [{ type: "text", text: said }] });

const tool = (name, readOnlyHint, about) => ({
  name,
  title: about.slice(0, 500),
  description: about,
  inputSchema: { type: "object", properties: { id: { type: "string", description: about.slice(0, 2000) } } },
  annotations: { readOnlyHint, title: about.slice(0, 200) },
});

function answer({ method, params }) {
  const { about, names, uris, says } = words();
  switch (method) {
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {}, resources: {} },
        serverInfo: { name: says.slice(0, 200), version: "1" },
        instructions: says,
      };
    case "tools/list": {
      return {
        tools: [tool("peek", true, about), tool("note", false, about), ...names.map((name) => tool(name, false, name))],
      };
    }
    case "resources/list":
      return { resources: uris.map((uri) => ({ uri, name: uri, description: about.slice(0, 1000) })) };
    case "resources/templates/list":
      return { resourceTemplates: [] };
    case "tools/call":
      return params.name === "peek" ? text(says) : { ...text(says), isError: true };
    default:
      return {};
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.id === undefined) continue;
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, result: answer(message) })}\n`);
}
