// A server of the 2025 era built with SDK v1: `node sdk-v1.mjs` over stdio, `node sdk-v1.mjs http` prints its URL.
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const schema = { type: "object", properties: { text: { type: "string" } } };
const text = (value) => ({ content: [{ type: "text", text: value }] });
/** What became of calls of `slow`. */
const slow = [];

function build() {
  const server = new Server({ name: "sdk-v1", version: "1.0.0" }, { capabilities: { tools: { listChanged: true } } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: ["echo", "slow", "steps", "change_list", "slow_so_far"].map((name) => ({ name, inputSchema: schema })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification, _meta }) => {
    switch (params.name) {
      case "echo":
        return text(String(params.arguments?.text));
      case "slow":
        await new Promise((resolve) => {
          const timer = setTimeout(resolve, 20_000);
          signal.addEventListener("abort", () => (clearTimeout(timer), slow.push("cancelled"), resolve()));
          slow.push("begun");
        });
        return text("slow");
      case "steps":
        for (let progress = 1; progress <= 3; progress++)
          await sendNotification({
            method: "notifications/progress",
            params: { progressToken: _meta.progressToken, progress, total: 3 },
          });
        return text("steps");
      case "change_list":
        await server.sendToolListChanged();
        return text("changed");
      case "slow_so_far":
        return text(JSON.stringify(slow));
      default:
        throw new Error(`unknown tool ${params.name}`);
    }
  });
  return server;
}

if (process.argv[2] === "http") {
  const sessions = new Map();
  const http = createServer(async (request, response) => {
    const session = sessions.get(request.headers["mcp-session-id"]);
    if (session) return session.handleRequest(request, response);
    if (request.headers["mcp-session-id"]) return response.writeHead(404).end();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => sessions.set(id, transport),
      onsessionclosed: (id) => sessions.delete(id),
    });
    await build().connect(transport);
    return transport.handleRequest(request, response);
  });
  // `POST /forget` stands for a server that was restarted: no session is known any more.
  http.prependListener("request", (request) => {
    if (request.url === "/forget") sessions.clear();
  });
  http.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${http.address().port}/mcp`));
} else {
  await build().connect(new StdioServerTransport());
}
