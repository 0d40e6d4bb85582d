/**
 * An MCP server (2025-11-25, no SDK) that gives back what it is sent, after a while and in any order, and says on which
 * connection it was asked: its process over stdio, the session over HTTP.
 *
 *     node mirror-server.mjs         over stdio
 *     node mirror-server.mjs http    over HTTP; prints its URL
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const TOOL = {
  name: "mirror",
  description: "Gives its text back after so many ms.",
  inputSchema: {
    type: "object",
    properties: { text: { type: "string" }, after_ms: { type: "integer", minimum: 0, maximum: 60_000 } },
    required: ["text", "after_ms"],
    additionalProperties: false,
  },
  annotations: { readOnlyHint: true, openWorldHint: false },
};

/** The answer to one message; nothing for a notification. */
async function answer({ id, method, params }, connection) {
  if (id === undefined || method === undefined) return undefined;
  const reply = (members) => ({ jsonrpc: "2.0", id, ...members });
  switch (method) {
    case "initialize":
      return reply({
        result: {
          protocolVersion: "2025-11-25",
          capabilities: { tools: {} },
          serverInfo: { name: "mirror", version: "1.0.0" },
        },
      });
    case "ping":
      return reply({ result: {} });
    case "tools/list":
      return reply({ result: { tools: [TOOL] } });
    case "tools/call":
      await sleep(params.arguments.after_ms);
      return reply({ result: { content: [{ type: "text", text: `${params.arguments.text} on ${connection}` }] } });
    default:
      return reply({ error: { code: -32601, message: `Method not found: ${method}` } });
  }
}

function overStdio() {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  lines.on("line", async (line) => {
    const reply = await answer(JSON.parse(line), `process ${process.pid}`);
    if (reply !== undefined) process.stdout.write(JSON.stringify(reply) + "\n");
  });
  lines.on("close", () => process.exit(0));
}

function overHttp() {
  const sessions = new Set();
  const take = async (message, request, response) => {
    const begins = message.method === "initialize";
    const session = begins ? randomUUID() : request.headers["mcp-session-id"];
    if (begins) sessions.add(session);
    if (!sessions.has(session)) return response.writeHead(session === undefined ? 400 : 404).end();
    const reply = await answer(message, `session ${session}`);
    if (reply === undefined) return response.writeHead(202).end();
    response.writeHead(200, { "content-type": "application/json", "mcp-session-id": session });
    response.end(JSON.stringify(reply));
  };
  const server = createServer((request, response) => {
    if (request.method === "DELETE") sessions.delete(request.headers["mcp-session-id"]);
    if (request.method !== "POST") return void response.writeHead(request.method === "DELETE" ? 204 : 405).end();
    let body = "";
    request.setEncoding("utf8").on("data", (text) => (body += text));
    request.on("end", () => void take(JSON.parse(body), request, response));
  });
  server.listen(0, "127.0.0.1", () => process.stdout.write(`http://127.0.0.1:${server.address().port}/mcp\n`));
}

if (process.argv[2] === "http") overHttp();
else overStdio();
