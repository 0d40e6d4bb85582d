// A server over HTTP+SSE of 2024-11-05 (SDK v1): prints the URL of its stream. `POST /mcp` there is answered 404.
//   node sse.mjs elsewhere URL: names that URL as the place to post to · node sse.mjs mute: names none
//   node sse.mjs guarded TOKEN: demands that token
import { createServer } from "node:http";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const [kind, value] = process.argv.slice(2);
const streams = new Map();
const seen = [];
const text = (said) => ({ content: [{ type: "text", text: said }] });

function build() {
  const server = new Server({ name: "sse", version: "1.0.0" }, { capabilities: { tools: { listChanged: true } } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: ["echo", "seen", "change_list", "hang", "drop"].map((name) => ({ name, inputSchema: { type: "object" } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    switch (params.name) {
      case "echo":
        return text(String(params.arguments?.text));
      case "change_list":
        await server.sendToolListChanged();
        return text("changed");
      case "hang":
        await new Promise((resolve) => signal.addEventListener("abort", () => (seen.push("cancelled"), resolve())));
        return text("late");
      case "drop":
        for (const [, { response }] of streams) response.destroy();
        return text("gone");
      default:
        return text(JSON.stringify(seen));
    }
  });
  return server;
}

const http = createServer(async (request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  seen.push(`${request.method} ${url.pathname}`);
  if (kind === "guarded" && request.headers.authorization !== `Bearer ${value}`) return response.writeHead(401).end();
  if (request.method === "GET" && url.pathname === "/sse") {
    if (kind === "elsewhere" || kind === "mute") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (kind === "elsewhere") response.write(`event: endpoint\ndata: ${value}\n\n`);
      else response.end(": nothing\n\n");
      return undefined;
    }
    const transport = new SSEServerTransport("/messages", response);
    streams.set(transport.sessionId, { transport, response });
    response.on("close", () => streams.delete(transport.sessionId));
    return build().connect(transport);
  }
  const stream = streams.get(url.searchParams.get("sessionId"));
  if (request.method === "POST" && url.pathname === "/messages" && stream !== undefined)
    return stream.transport.handlePostMessage(request, response);
  return response.writeHead(404).end();
});
http.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${http.address().port}/sse`));
