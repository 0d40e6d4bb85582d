// Stands where kidoban.js would: speaks just enough MCP to be tried, or fails in the way its name says.
import { spawn } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { dirname, join } from "node:path";

const value = (flag) => process.argv[process.argv.indexOf(flag) + 1];
const folder = dirname(value("--config"));
const way = value("--server") ?? "";
appendFileSync(
  join(folder, "..", "tried.log"),
  `${JSON.stringify({ argv: process.argv.slice(2), env: process.env, cwd: process.cwd() })}\n`,
);

if (way.startsWith("silent")) {
  // A server of its own, which must not outlive it.
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  writeFileSync(join(folder, "..", "orphan.pid"), String(child.pid));
}
if (way.startsWith("dead")) {
  process.stderr.write("no such lock\n");
  process.exit(3);
}
if (way.startsWith("noisy")) process.stdout.write("Listening!\n");
createInterface({ input: process.stdin }).on("line", (line) => {
  if (way.startsWith("silent")) return;
  const { id, method } = JSON.parse(line);
  if (method === "initialize")
    reply(id, {
      protocolVersion: "2025-11-25",
      capabilities: { tools: {} },
      serverInfo: { name: "fake", version: "1" },
    });
  if (method === "tools/list" && way.startsWith("refusing"))
    process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32603, message: "no" } })}\n`);
  else if (method === "tools/list")
    reply(id, { tools: way.startsWith("empty") ? [] : [{ name: "read", inputSchema: { type: "object" } }] });
});
const reply = (id, result) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
