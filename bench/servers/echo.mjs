// Echo server over stdio, without an SDK: one JSON-RPC message a line.
import { lineSplitter } from "../lib/lines.mjs";

// Beside `echo`, the tools of an ordinary office, so that rules and lists have something to be about. Nobody calls them.
const OFFICE = "billing customers contracts payroll orders suppliers tickets secrets";
const record = {
  type: "object",
  properties: { id: { type: "string", description: "Which record" } },
  required: ["id"],
};
const TOOLS = [
  {
    name: "echo",
    description: "Returns its text argument unchanged.",
    inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  ...OFFICE.split(" ").flatMap((area) => [
    {
      name: `get_${area}`,
      description: `Returns one record of ${area}.`,
      inputSchema: record,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    {
      name: `close_${area}`,
      description: `Closes one record of ${area} for good.`,
      inputSchema: record,
      annotations: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
    },
  ]),
];

function result(method, params) {
  switch (method) {
    case "tools/call":
      return { content: [{ type: "text", text: String(params?.arguments?.text ?? "") }] };
    case "tools/list":
      return { tools: TOOLS };
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "bench-echo", version: "1.0.0" },
      };
    case "ping":
      return {};
    default:
      return undefined;
  }
}

/** The answer to one message; nothing for a notification. */
function answer({ id, method, params }) {
  if (id === undefined) return undefined;
  const found = result(method, params);
  if (found) return { jsonrpc: "2.0", id, result: found };
  return { jsonrpc: "2.0", id, error: { code: -32601, message: `Method not found: ${method}` } };
}

process.stdin.on(
  "data",
  lineSplitter((line) => {
    const reply = answer(JSON.parse(line));
    if (reply) process.stdout.write(JSON.stringify(reply) + "\n");
  }),
);
process.stdin.on("end", () => process.exit(0));
