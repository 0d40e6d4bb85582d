/**
 * An MCP server (2025-11-25, stdio, no SDK) over a real SQLite, with a tool that can be tried out. It writes down all that
 * reached it, one line a call, and knows nothing of Kidoban.
 *
 *     node database.mjs LEDGER
 */
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { DatabaseSync } from "@photostructure/sqlite";

const ledger = process.argv[2];
const database = new DatabaseSync(`${ledger}.db`);
database.exec("CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT)");
if (database.prepare("SELECT count(*) AS n FROM users").get().n === 0)
  database.exec("INSERT INTO users VALUES (1, 'aiko'), (2, 'ben')");

const text = { type: "string" };
const TOOLS = [
  {
    name: "query",
    description: "Runs SQL.",
    inputSchema: { type: "object", properties: { sql: text }, required: ["sql"], additionalProperties: false },
    annotations: { readOnlyHint: false, destructiveHint: false },
  },
  {
    name: "rename",
    description: "Renames a user; with dry_run it only says what it would do.",
    inputSchema: {
      type: "object",
      properties: { id: { type: "integer" }, name: text, dry_run: { type: "boolean" } },
      required: ["id", "name"],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: false, destructiveHint: false },
  },
];

function call({ name, arguments: args }) {
  appendFileSync(ledger, `${JSON.stringify({ pid: process.pid, tool: name, id: "", value: JSON.stringify(args) })}\n`);
  if (name === "query") return JSON.stringify(database.prepare(args.sql).all());
  const old = database.prepare("SELECT name FROM users WHERE id = ?").get(args.id);
  if (args.dry_run !== true) database.prepare("UPDATE users SET name = ? WHERE id = ?").run(args.name, args.id);
  return `${args.dry_run === true ? "would rename" : "renamed"} ${old.name} to ${args.name}\u202e`;
}

const answers = {
  initialize: () => ({
    protocolVersion: "2025-11-25",
    capabilities: { tools: {} },
    serverInfo: { name: "database", version: "1" },
  }),
  ping: () => ({}),
  "tools/list": () => ({ tools: TOOLS }),
  "tools/call": (params) => {
    try {
      return { content: [{ type: "text", text: call(params) }] };
    } catch (error) {
      return { content: [{ type: "text", text: error.message }], isError: true };
    }
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue;
  const answer = answers[method];
  const body = answer ? { result: answer(params) } : { error: { code: -32601, message: "Method not found" } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...body })}\n`);
}
