// A server (SDK v1, stdio) that tells the digest of its KEY, and ends when it is told to.
import { createHash } from "node:crypto";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

const server = new McpServer({ name: "restarting", version: "1.0.0" });
const digest = createHash("sha256").update(process.env["KEY"]).digest("hex");
server.registerTool("digest", {}, () => ({ content: [{ type: "text", text: digest }] }));
server.registerTool("end", {}, () => process.exit(0));
await server.connect(new StdioServerTransport());
