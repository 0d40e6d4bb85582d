// What one gets by gluing SDK v2 Client to SDK v2 Server, stdio -> stdio. argv: command args...
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
const [cmd, ...args] = process.argv.slice(2);
const client = new Client({ name: "relay-sdk2", version: "1.0.0" });
await client.connect(
  new StdioClientTransport({ command: cmd === "node" ? process.execPath : cmd, args, env: process.env }),
);
serveStdio(() => {
  const s = new Server({ name: "relay-sdk2", version: "1.0.0" }, { capabilities: { tools: {} } });
  s.setRequestHandler("tools/list", (r) => client.listTools(r.params));
  s.setRequestHandler("tools/call", (r) => client.callTool(r.params));
  return s;
});
process.stdin.on("end", async () => {
  await client.close();
  process.exit(0);
});
