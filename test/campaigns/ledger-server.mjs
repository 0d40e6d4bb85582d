/**
 * An MCP server (2025-11-25, stdio, no SDK) that keeps a ledger of its own: one line for everything that reached it,
 * written before it answers. What the gate claims to have done is measured against that file.
 *
 *     node ledger-server.mjs LEDGER
 *
 * A ledger line: {"at": ms, "pid": number, "tool": string, "id": string, "value"?: string}.
 * It knows nothing of Kidoban.
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const path = process.argv[2];
if (path === undefined) {
  process.stderr.write("usage: node ledger-server.mjs LEDGER\n");
  process.exit(2);
}
// O_APPEND: servers of several gates write whole lines into one file.
const ledger = openSync(path, "a", 0o600);

const id = { type: "string", minLength: 1, maxLength: 80, description: "Names this entry; chosen by the caller" };
const value = { type: "string", maxLength: 100_000, description: "What to keep under that name" };
const pause = (when) => ({ type: "integer", minimum: 0, maximum: 60_000, description: `Waits so many ms ${when}` });
const schema = (properties, required) => ({ type: "object", properties, required, additionalProperties: false });

const TOOLS = [
  {
    name: "read",
    title: "Read entries",
    description: "Returns the value kept under a name, or nothing.",
    inputSchema: schema({ id }, ["id"]),
    annotations: { readOnlyHint: true, openWorldHint: false },
  },
  {
    name: "append",
    title: "Append an entry",
    description: "Keeps a value under a name. Running it twice keeps two.",
    inputSchema: schema({ id, value }, ["id", "value"]),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  },
  {
    name: "slow_append",
    title: "Append an entry, slowly",
    description: "Like append, with a pause before the effect, after it, or both.",
    inputSchema: schema({ id, value, before_ms: pause("before the effect"), after_ms: pause("after the effect") }, [
      "id",
      "value",
    ]),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  },
  {
    name: "append_and_exit",
    title: "Append an entry, then end",
    description: "Like append, but the process ends after the effect and before its answer.",
    inputSchema: schema({ id, value }, ["id", "value"]),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  },
  // Like append, but what comes after the effect is no answer, or not only one.
  ...["hang", "garbage", "flood", "answer_twice", "answer_other", "half"].map((how) => ({
    name: `append_and_${how}`,
    title: `Append an entry, then ${how}`,
    description: "Like append, with an answer as no server should give it.",
    inputSchema: schema({ id, value }, ["id", "value"]),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  })),
  {
    name: "delete_entry",
    title: "Delete an entry",
    description: "Forgets the value kept under a name.",
    inputSchema: schema({ id }, ["id"]),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  },
  {
    name: "fail",
    title: "Fail",
    description: "Answers with an error of the given kind and has no effect.",
    inputSchema: schema({ id, how: { type: "string", enum: ["tool", "rpc"] } }, ["id", "how"]),
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  },
];

/** Durable when it returns: the effect stands even if this process is killed in the next instruction. */
function effect(tool, args) {
  const line = { at: Date.now(), pid: process.pid, tool, id: args.id, value: args.value };
  writeSync(ledger, JSON.stringify(line) + "\n");
  fsyncSync(ledger);
}

function find(name) {
  let found;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    // A campaign's ledger has tens of thousands of lines.
    if (!line.includes(name)) continue;
    const entry = JSON.parse(line);
    if (entry.id !== name) continue;
    if (entry.tool === "delete_entry") found = undefined;
    else if (entry.value !== undefined) found = entry.value;
  }
  return found;
}

const text = (words, isError = false) => ({ content: [{ type: "text", text: words }], ...(isError && { isError }) });
const refuse = (code, message) => Object.assign(new Error(message), { code });

const done = (request) => `${JSON.stringify({ jsonrpc: "2.0", id: request, result: text("append: done") })}\n`;

/** What is written in place of an answer to `request`. */
const MISDEEDS = {
  append_and_hang: () => "",
  append_and_garbage: () => `{"jsonrpc":"2.0","id":\u0000 ]]\n\n{}\nnonsense\n`,
  append_and_flood: (request) =>
    `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"${"x".repeat(500)}"}}\n`.repeat(
      5000,
    ) + done(request),
  append_and_answer_twice: (request) => done(request) + done(request),
  append_and_answer_other: (request) => done(typeof request === "number" ? request + 1000 : `${request}-other`),
  append_and_half: (request) => done(request).slice(0, 30),
};

async function call({ name, arguments: args = {} }) {
  const tool = TOOLS.find((candidate) => candidate.name === name);
  if (!tool) throw refuse(-32602, `Unknown tool: ${name}`);
  for (const key of tool.inputSchema.required) {
    if (typeof args[key] !== "string") return text(`${key} must be a string`, true);
  }
  switch (name) {
    case "read":
      effect(name, args);
      return text(find(args.id) ?? "nothing");
    case "append":
    case "delete_entry":
      effect(name, args);
      return text(`${name} ${args.id}: done`);
    case "slow_append":
      await sleep(args.before_ms ?? 0);
      effect(name, args);
      await sleep(args.after_ms ?? 0);
      return text(`${name} ${args.id}: done`);
    case "append_and_exit":
      effect(name, args);
      closeSync(ledger);
      return process.exit(1);
    default:
      if (args.how === "rpc") throw refuse(-32050, "Failed as asked");
      return text("Failed as asked", true);
  }
}

async function answer({ method, params }) {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "ledger", version: "1.0.0" },
      };
    case "ping":
      return {};
    case "tools/list":
      return { tools: TOOLS };
    case "tools/call":
      return call(params);
    default:
      throw refuse(-32601, `Method not found: ${method}`);
  }
}

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
lines.on("line", async (line) => {
  const message = JSON.parse(line);
  // Notifications and answers need none.
  if (message.id === undefined || message.method === undefined) return;
  const misdeed = message.method === "tools/call" ? MISDEEDS[message.params.name] : undefined;
  if (misdeed !== undefined) {
    effect(message.params.name, message.params.arguments);
    process.stdout.write(misdeed(message.id));
    return;
  }
  const reply = await answer(message).then(
    (result) => ({ result }),
    (error) => ({ error: { code: error.code ?? -32603, message: error.message } }),
  );
  process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id: message.id, ...reply }) + "\n");
});
// A call under way ends with the connection, as in most real servers.
lines.on("close", () => process.exit(0));
