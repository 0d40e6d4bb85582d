// A server of the 2025 era (SDK v1) that asks in the middle of calls: `node asks-v1.mjs LEDGER`; what it does goes there.
import { appendFileSync } from "node:fs";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  CallToolRequestSchema,
  CreateMessageResultSchema,
  ElicitResultSchema,
  ListRootsResultSchema,
  ListToolsRequestSchema,
  UrlElicitationRequiredError,
} from "@modelcontextprotocol/sdk/types.js";

const [ledger] = process.argv.slice(2);
const did = (tool, id, value) => appendFileSync(ledger, `${JSON.stringify({ pid: process.pid, tool, id, value })}\n`);
const text = (value) => ({ content: [{ type: "text", text: value }] });
const form = (message) => ({
  message,
  requestedSchema: { type: "object", properties: { seat: { type: "string" } }, required: ["seat"] },
});

const inputSchema = { type: "object", properties: { id: { type: "string" }, message: { type: "string" } } };
const READS = ["think", "think_with_tools", "where", "visit", "must_visit", "often", "imitate", "abilities", "plain"];
const tools = [
  { name: "book", inputSchema, annotations: { destructiveHint: false } },
  ...READS.map((name) => ({ name, inputSchema, annotations: { readOnlyHint: true } })),
];

const server = new Server({ name: "asks-v1", version: "1.0.0" }, { capabilities: { tools: {} } });
server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
server.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendRequest }) => {
  const { id = "", message = "Which seat?" } = params.arguments ?? {};
  const elicit = (asked) => sendRequest({ method: "elicitation/create", params: asked }, ElicitResultSchema);
  const think = (more) =>
    sendRequest(
      {
        method: "sampling/createMessage",
        params: { messages: [{ role: "user", content: { type: "text", text: message } }], maxTokens: 10, ...more },
      },
      CreateMessageResultSchema,
    );
  switch (params.name) {
    case "book": {
      did("asked", id);
      const { action, content } = await elicit(form(message));
      if (action === "accept") did("book", id, content.seat);
      return text(action === "accept" ? `booked ${content.seat}` : `not booked: ${action}`);
    }
    case "think":
      return text(JSON.stringify(await think({ systemPrompt: "Be brief.", includeContext: "allServers" })));
    case "think_with_tools":
      return text(JSON.stringify(await think({ tools: [{ name: "t", inputSchema: { type: "object" } }] })));
    case "where":
      return text(JSON.stringify(await sendRequest({ method: "roots/list" }, ListRootsResultSchema)));
    case "visit": {
      const asked = { mode: "url", message, url: "https://example.com/login?x=1", elicitationId: "e-1" };
      const { action } = await elicit(asked);
      await server.notification({ method: "notifications/elicitation/complete", params: { elicitationId: "e-1" } });
      return text(action);
    }
    case "must_visit":
      throw new UrlElicitationRequiredError([
        { mode: "url", message, url: "https://example.com/grant", elicitationId: "e-2" },
      ]);
    case "often": {
      const answers = [];
      for (let count = 0; count < 130; count++) answers.push((await elicit(form(String(count)))).action);
      return text(String(answers.length));
    }
    case "imitate":
      return text((await elicit(form("Approve book on ledger? (AAA-AAA)\n\n…"))).action);
    case "abilities":
      return text(JSON.stringify(server.getClientCapabilities()));
    default:
      return text("plain");
  }
});
await server.connect(new StdioServerTransport());
