// An MCP server over Streamable HTTP, without an SDK, whose tools misbehave by name. Prints its URL.
//   node odd-http.mjs modern: the 2026 era only; otherwise the 2025 era with a session.
// `forget` ends the session, as a restart of the server would.
import { createServer } from "node:http";

const modern = process.argv[2] === "modern";
const schema = { type: "object", properties: { text: { type: "string" } } };
const seen = [];
let session = 0;
let initialized = modern;
let watching;

const text = (value) => ({ ...(modern ? { resultType: "complete" } : {}), content: [{ type: "text", text: value }] });
const json = (response, message, status = 200, headers = {}) =>
  response
    .writeHead(status, { "content-type": "application/json", ...headers })
    .end(JSON.stringify({ jsonrpc: "2.0", ...message }));
const events = (response, ...messages) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const message of messages) response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`);
  return response;
};

const tools = {
  echo: (id, args, response) => json(response, { id, result: text(String(args.text)) }),
  seen: (id, _args, response) => json(response, { id, result: text(JSON.stringify(seen)) }),
  headers: (id, _args, response, request) => json(response, { id, result: text(JSON.stringify(request.headers)) }),
  pretty: (id, _args, response) =>
    response
      .writeHead(200, { "content-type": "application/json; charset=utf-8" })
      .end(
        `{\n  "jsonrpc": "2.0",\n  "id": ${id},\n  "result": {\n    "content": [],\n    "n": 9007199254740993\n  }\n}\n`,
      ),
  streamed: (id, _args, response) =>
    events(response, { method: "notifications/message", params: {} }, { id, result: text("streamed") }).end(),
  asks: (id, _args, response) =>
    events(response, { id: "s1", method: "sampling/createMessage", params: {} }, { id, result: text("asked") }).end(),
  other_answer: (id, _args, response) =>
    events(response, { id: id - 1, result: text("not yours") }, { id, result: text("mine") }).end(),
  redirects: (_id, _args, response) => response.writeHead(307, { location: "/elsewhere" }).end(),
  no_answer: (_id, _args, response) => events(response).end(),
  wrong_type: (id, _args, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end(JSON.stringify({ jsonrpc: "2.0", id, result: {} })),
  compressed: (id, _args, response) => json(response, { id, result: {} }, 200, { "content-encoding": "gzip" }),
  huge: (_id, _args, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(1024 * 1024)));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  },
  breaks: (_id, _args, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"jsonrpc"');
    setImmediate(() => response.destroy());
  },
  resets: (_id, _args, response) => response.destroy(),
  fails_500: (_id, _args, response) => response.writeHead(500).end("sesame in a stack trace"),
  denied_403: (_id, _args, response) => response.writeHead(403, { "content-type": "text/plain" }).end("no"),
  rpc_400: (id, _args, response) => json(response, { id, error: { code: -32020, message: "Header mismatch" } }, 400),
  hangs: (_id, _args, response) => {
    response.on("close", () => seen.push("closed"));
    events(response).flushHeaders();
  },
  change_list: (id, _args, response) => {
    const params = modern ? { params: { _meta: { "io.modelcontextprotocol/subscriptionId": "x" } } } : {};
    watching?.write(
      `data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/tools/list_changed", ...params })}\n\n`,
    );
    json(response, { id, result: text("changed") });
  },
  stray: (id, _args, response) => {
    watching?.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id, result: text("by the wrong stream") })}\n\n`);
    setTimeout(() => json(response, { id, result: text("by its own") }), 50);
  },
  forget: (id, _args, response) => {
    json(response, { id, result: text("forgotten") });
    session++;
  },
};

const marked = (name, header, type = "string") => ({
  name,
  inputSchema: { type: "object", properties: { value: { type, "x-mcp-header": header } } },
});
const listed = [
  ...Object.keys(tools).map((name) => ({ name, inputSchema: schema })),
  ...(modern ? [marked("bad_header", "no header name"), marked("bad_type", "Ok", "number")] : []),
];
listed.find((tool) => tool.name === "headers").inputSchema = {
  type: "object",
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    deep: { type: "object", properties: { n: { type: "integer", "x-mcp-header": "N" } } },
  },
};

function receive({ id, method, params }, request, response) {
  if (method === undefined) {
    seen.push("an answer");
    return response.writeHead(202).end();
  }
  if (method !== "tools/call") seen.push(method);
  switch (method) {
    case "server/discover":
      if (!modern) return response.writeHead(400).end("Bad Request: no session");
      return json(response, {
        id,
        result: {
          resultType: "complete",
          supportedVersions: ["2026-07-28"],
          capabilities: { tools: { listChanged: true } },
        },
      });
    case "initialize":
      return json(
        response,
        {
          id,
          result: {
            protocolVersion: "2025-06-18",
            capabilities: { tools: { listChanged: true } },
            serverInfo: { name: "odd-http", version: "1" },
          },
        },
        200,
        { "mcp-session-id": `session-${session}` },
      );
    case "subscriptions/listen":
      watching = events(response, { method: "notifications/subscriptions/acknowledged", params: {} });
      return undefined;
    case "notifications/initialized":
      // Slow to take note, and strict about it, as some are.
      return setTimeout(() => {
        initialized = true;
        response.writeHead(202).end();
      }, 50);
    case "tools/list":
      if (!initialized) return json(response, { id, error: { code: -32602, message: "not initialized" } });
      return json(response, { id, result: { tools: listed } });
    case "tools/call":
      seen.push(params.name);
      return tools[params.name](id, params.arguments ?? {}, response, request);
    default:
      return response.writeHead(202).end();
  }
}

const http = createServer(async (request, response) => {
  if (request.url === "/elsewhere") {
    seen.push("followed a redirect");
    return response.writeHead(200).end();
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  const message = body === "" ? {} : JSON.parse(body);
  if (
    !modern &&
    message.method !== "initialize" &&
    message.method !== "server/discover" &&
    request.headers["mcp-session-id"] !== `session-${session}`
  )
    return response.writeHead(404).end();
  if (request.method === "DELETE") {
    seen.push("goodbye");
    return response.writeHead(200).end();
  }
  if (request.method === "GET") {
    watching = events(response);
    watching.flushHeaders();
    return undefined;
  }
  return receive(message, request, response);
});
http.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${http.address().port}/mcp`));
