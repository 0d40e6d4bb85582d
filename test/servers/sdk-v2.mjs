// A server of both eras built with SDK v2: `node sdk-v2.mjs` over stdio, `node sdk-v2.mjs http` prints its URL;
// `node sdk-v2.mjs http modern` refuses the 2025 era.
import { createServer } from "node:http";
import { createMcpHandler, fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { toNodeHandler } from "@modelcontextprotocol/node";

const text = (value) => ({ content: [{ type: "text", text: value }] });
/** What became of calls of `slow`. */
const slow = [];
let handler;

function build() {
  const server = new McpServer(
    { name: "sdk-v2", version: "2.0.0" },
    { capabilities: { tools: { listChanged: true } } },
  );
  const inputSchema = fromJsonSchema({ type: "object", properties: { text: { type: "string" } } });
  server.registerTool("echo", { inputSchema }, async ({ text: said }) => text(String(said)));
  server.registerTool("slow", { inputSchema }, async (_args, { mcpReq }) => {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, 20_000);
      mcpReq.signal.addEventListener("abort", () => (clearTimeout(timer), slow.push("cancelled"), resolve()));
      slow.push("begun");
    });
    return text("slow");
  });
  server.registerTool("steps", { inputSchema }, async (_args, { mcpReq }) => {
    for (let progress = 1; progress <= 3; progress++)
      await mcpReq.notify({
        method: "notifications/progress",
        params: { progressToken: mcpReq._meta.progressToken, progress, total: 3 },
      });
    return text("steps");
  });
  server.registerTool("change_list", { inputSchema }, async () => {
    if (handler) handler.notify.toolsChanged();
    else await server.server.sendToolListChanged();
    return text("changed");
  });
  server.registerTool("slow_so_far", { inputSchema }, async () => text(JSON.stringify(slow)));
  server.registerTool(
    "routed",
    {
      inputSchema: fromJsonSchema({
        type: "object",
        properties: { region: { type: "string", "x-mcp-header": "Region" } },
      }),
    },
    async ({ region }) => text(`routed to ${region}`),
  );
  return server;
}

if (process.argv[2] === "http") {
  handler = createMcpHandler(build, process.argv[3] === "modern" ? { legacy: "reject" } : {});
  const http = createServer(toNodeHandler(handler));
  http.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${http.address().port}/mcp`));
} else {
  serveStdio(build);
}
