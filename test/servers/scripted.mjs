// A server without an SDK that says what a test tells it to, in the middle of calls. 2025: the tool `say` sends `say`
// ($ID is the call's id), waits for `wait` lines and answers with them; `heard` gives all lines so far. With --modern:
// the tool `rounds` answers each request of one call with the next of `rounds`, then with the params that it was sent.
import { eachLine } from "../../scripts/lines.mjs";

const modern = process.argv.includes("--modern");
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
const text = (value) => ({
  ...(modern ? { resultType: "complete" } : {}),
  content: [{ type: "text", text: JSON.stringify(value) }],
});
const heard = [];
let waiting = [];
let sent = [];

const tools = {
  say({ id, params: { arguments: args } }) {
    const lines = [];
    if (args.wait > 0) waiting.push({ id, lines, wait: args.wait });
    for (const message of args.say) send(JSON.parse(JSON.stringify(message).replaceAll('"$ID"', String(id))));
    if (args.wait === 0) send({ id, result: text(lines) });
    for (const message of args.after ?? []) send(message);
  },
  heard: ({ id }) => send({ id, result: text(heard) }),
  rounds({ id, params }) {
    const { rounds } = params.arguments;
    if (params.requestState === undefined) sent = [];
    sent.push(params);
    const next = rounds[sent.length - 1];
    if (next === "silence") return;
    send({ id, result: next ?? text(sent) });
  },
};

eachLine(process.stdin, (line) => {
  const message = JSON.parse(line);
  const { id, method, params } = message;
  if (method === "initialize" && !modern)
    return send({
      id,
      result: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" } },
    });
  if (method === "server/discover" && modern)
    return send({
      id,
      result: { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: { tools: {} } },
    });
  if (method === "tools/call") return tools[params.name](message);
  if (method !== undefined && id !== undefined) return send({ id, error: { code: -32601, message: "no" } });
  if (method === "notifications/initialized") return;
  heard.push(message);
  for (const one of waiting) one.lines.push(message);
  for (const one of waiting) if (one.lines.length >= one.wait) send({ id: one.id, result: text(one.lines) });
  waiting = waiting.filter((one) => one.lines.length < one.wait);
});
