// The server the conformance suite is run against, in both eras:
//   node main.mjs [--era legacy|modern]          over stdio
//   node main.mjs http [--era legacy|modern]     over Streamable HTTP at 127.0.0.1; prints its URL
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { createMcpHandler, isInitializeRequest, isLegacyRequest } from "@modelcontextprotocol/server";
import { serveStdio, StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import {
  localhostHostValidation,
  localhostOriginValidation,
  NodeStreamableHTTPServerTransport,
  toNodeHandler,
  toWebRequest,
} from "@modelcontextprotocol/node";
import { build } from "./server.mjs";

const era = process.argv.includes("--era") ? process.argv[process.argv.indexOf("--era") + 1] : undefined;

if (process.argv[2] === "http") {
  const handler = createMcpHandler(() => build(published), { legacy: "reject" });
  const modern = toNodeHandler(handler);
  const legacy = sessions();
  const published = (list) => (list === "tools" ? handler.notify.toolsChanged() : handler.notify.promptsChanged());
  const hostIsHere = localhostHostValidation();
  const originIsHere = localhostOriginValidation();
  const http = createServer(async (request, response) => {
    if (!hostIsHere(request, response) || !originIsHere(request, response)) return;
    let body;
    if (request.method === "POST") {
      let bytes = "";
      for await (const chunk of request.setEncoding("utf8")) bytes += chunk;
      body = JSON.parse(bytes);
    }
    const isLegacy = request.method !== "POST" || (await isLegacyRequest(await toWebRequest(request, body), body));
    if (era === "legacy" || (era === undefined && isLegacy)) await legacy(request, response, body);
    else await modern(request, response, body);
  });
  http.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${http.address().port}/mcp`));
} else if (era === "legacy") {
  await build().connect(new StdioServerTransport());
} else {
  serveStdio(() => build(), era === "modern" ? { legacy: "reject" } : {});
}

/** The 2025 era: a server and a transport for each session. */
function sessions() {
  const open = new Map();
  return async (request, response, body) => {
    const id = request.headers["mcp-session-id"];
    if (open.has(id)) return open.get(id).handleRequest(request, response, body);
    if (id !== undefined) return response.writeHead(404).end();
    if (!isInitializeRequest(body)) return response.writeHead(400).end();
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (session) => open.set(session, transport),
      onsessionclosed: (session) => open.delete(session),
    });
    await build().connect(transport);
    return transport.handleRequest(request, response, body);
  };
}
