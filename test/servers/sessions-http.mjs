/**
 * An MCP server (2025-11-25, Streamable HTTP, no SDK) that tells each caller which session it came by, after a pause that
 * makes answers overtake each other. Prints its URL.
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const tools = [
  {
    name: "echo",
    inputSchema: { type: "object", properties: { id: { type: "string" } }, required: ["id"] },
    annotations: { readOnlyHint: true },
  },
];

async function answer({ method, params }, session) {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "sessions", version: "1" },
      };
    case "tools/list":
      return { tools };
    case "tools/call":
      await sleep(Math.random() * 10);
      return { content: [{ type: "text", text: `${session} ${params.arguments.id}` }] };
    default:
      return {};
  }
}

const server = createServer(async (request, response) => {
  if (request.method !== "POST") return response.writeHead(request.method === "DELETE" ? 204 : 405).end();
  let text = "";
  for await (const chunk of request) text += chunk;
  const message = JSON.parse(text);
  // It never heard of 2026-07-28.
  if (message.method === "server/discover") return response.writeHead(400).end();
  if (message.id === undefined) return response.writeHead(202).end();
  const session = message.method === "initialize" ? randomUUID() : request.headers["mcp-session-id"];
  const result = await answer(message, session);
  response.writeHead(200, { "content-type": "application/json", "mcp-session-id": session });
  response.end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
});
// A connection that the server closes just when it is used again would be the test's fault.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${server.address().port}/mcp\n`));
