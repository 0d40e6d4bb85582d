// What one gets by gluing SDK v1 Client to SDK v1 Server (the usual way to write an MCP proxy), stdio -> stdio.
// argv: command args...
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
const [cmd, ...args] = process.argv.slice(2);
const client = new Client({ name: "relay-sdk1", version: "1.0.0" });
await client.connect(
  new StdioClientTransport({ command: cmd === "node" ? process.execPath : cmd, args, env: process.env }),
);
const s = new Server({ name: "relay-sdk1", version: "1.0.0" }, { capabilities: { tools: {} } });
s.setRequestHandler(ListToolsRequestSchema, (r) => client.listTools(r.params));
s.setRequestHandler(CallToolRequestSchema, (r) => client.callTool(r.params));
await s.connect(new StdioServerTransport());
process.stdin.on("end", async () => {
  await client.close();
  process.exit(0);
});
