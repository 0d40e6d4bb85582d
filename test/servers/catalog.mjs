// A 2025 MCP server over stdio, without an SDK, whose tools, resources, templates and prompts stand in a file.
//     node catalog.mjs FILE      FILE: JSON, {tools, resources, resourceTemplates, prompts}; each left out is not offered; unknown: [METHOD]
// `{{start}}` in it is another text at each start.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const offered = JSON.parse(readFileSync(process.argv[2], "utf8").replaceAll("{{start}}", randomUUID()));
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");

const LISTS = {
  "tools/list": "tools",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
  "prompts/list": "prompts",
};

function answer({ method, params }) {
  if (method === "initialize") {
    const { tools, resources, resourceTemplates, prompts } = offered;
    const capabilities = {
      ...(tools && { tools: {} }),
      ...((resources ?? resourceTemplates) && { resources: {} }),
      ...(prompts && { prompts: {} }),
    };
    return { protocolVersion: params.protocolVersion, capabilities, serverInfo: { name: "catalog", version: "1" } };
  }
  const list = offered.unknown?.includes(method) ? undefined : LISTS[method];
  return list === undefined ? undefined : { [list]: offered[list] ?? [] };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.id === undefined) continue;
  const result = answer(message);
  if (result === undefined) send({ id: message.id, error: { code: -32601, message: "Method not found" } });
  else send({ id: message.id, result });
}
process.exit(0);
