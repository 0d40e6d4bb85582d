// A server built with SDK v2 that asks in the middle of calls: `node asks-v2.mjs LEDGER`. With ERA=modern in its
// environment it speaks 2026-07-28 only; else both eras, and the SDK turns what it asks into requests of 2025.
import { appendFileSync } from "node:fs";
import { fromJsonSchema, inputRequired, inputResponse, McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

const [ledger] = process.argv.slice(2);
const did = (tool, id, value) => appendFileSync(ledger, `${JSON.stringify({ pid: process.pid, tool, id, value })}\n`);
const text = (value) => ({ content: [{ type: "text", text: value }] });
const form = (message) => ({
  message,
  requestedSchema: { type: "object", properties: { seat: { type: "string" } }, required: ["seat"] },
});
const inputSchema = fromJsonSchema({
  type: "object",
  properties: { id: { type: "string" }, message: { type: "string" } },
});

function build() {
  const server = new McpServer({ name: "asks-v2", version: "2.0.0" }, { capabilities: { tools: {} } });
  const tool = (name, hints, run) => server.registerTool(name, { inputSchema, annotations: hints }, run);
  const read = (name, run) => tool(name, { readOnlyHint: true }, run);

  tool("book", { destructiveHint: false }, async ({ id = "", message = "Which seat?" }, { mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "seat");
    if (answer.kind === "missing") {
      did("asked", id);
      return inputRequired({
        inputRequests: { seat: inputRequired.elicit(form(message)) },
        requestState: `state ${id}`,
      });
    }
    if (answer.kind !== "elicit") return text(`unexpected ${JSON.stringify(answer)}`);
    const { action, content } = answer;
    if (action === "accept") did("book", id, `${content.seat} ${mcpReq.requestState()}`);
    return text(action === "accept" ? `booked ${content.seat}` : `not booked: ${action}`);
  });
  read("think", async ({ message = "?" }, { mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "thought");
    if (answer.kind !== "missing") return text(JSON.stringify(answer));
    const messages = [{ role: "user", content: { type: "text", text: message } }];
    return inputRequired({ inputRequests: { thought: inputRequired.createMessage({ messages, maxTokens: 10 }) } });
  });
  read("where", async (_args, { mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "roots");
    if (answer.kind !== "missing") return text(JSON.stringify(answer));
    return inputRequired({ inputRequests: { roots: inputRequired.listRoots() } });
  });
  read("visit", async ({ message = "Please log in" }, { mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "visit");
    if (answer.kind !== "missing") return text(answer.action);
    const url = "https://example.com/login?x=1";
    return inputRequired({ inputRequests: { visit: inputRequired.elicitUrl({ mode: "url", message, url }) } });
  });
  read("forever", async (_args, { mcpReq }) => {
    const round = Number(mcpReq.requestState() ?? 0) + 1;
    did("forever", String(round));
    return inputRequired({
      inputRequests: { seat: inputRequired.elicit(form(`round ${round}`)) },
      requestState: String(round),
    });
  });
  read("patient", async (_args, { mcpReq }) => {
    const round = Number(mcpReq.requestState() ?? 0) + 1;
    return round > 2 ? text(`after ${round}`) : inputRequired({ requestState: String(round) });
  });
  read("abilities", async (_args, { mcpReq }) => text(JSON.stringify(mcpReq.envelope ?? mcpReq._meta ?? null)));
  read("plain", async () => text("plain"));
  return server;
}

serveStdio(build, process.env.ERA === "modern" ? { legacy: "reject" } : {});
