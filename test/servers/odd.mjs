// A 2025 MCP server over stdio, without an SDK, whose tools misbehave by name. Arguments choose how it behaves as a whole:
//   --slow-start MS   --ignore-sigterm   --deaf (never answers)   --die-on-discover   --modern-only   --pages
//   --grandchild FILE (starts a sleeping child in its group and writes its pid to FILE)
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";

const flags = process.argv.slice(2);
const has = (flag) => flags.includes(flag);
const valueOf = (flag) => flags[flags.indexOf(flag) + 1];

const raw = (text) => process.stdout.write(text + "\n");
const send = (message) => raw(JSON.stringify({ jsonrpc: "2.0", ...message }));
const text = (value, more = {}) => ({ content: [{ type: "text", text: value }], ...more });
const modern = has("--modern-only");
const META = "io.modelcontextprotocol/";
const complete = (result) => (modern ? { resultType: "complete", ...result } : result);

const schema = { type: "object", properties: { text: { type: "string" } } };
const tool = (name, more = {}) => ({ name, inputSchema: schema, ...more });
const calls = [];

const tools = {
  echo: (id, args) => send({ id, result: complete(text(String(args.text))) }),
  /** Says what it was sent, byte for byte. */
  mirror: (id, _args, line) => send({ id, result: complete(text(line)) }),
  fails: (id) => send({ id, result: complete(text("no", { isError: true })) }),
  error: (id) => send({ id, error: { code: -32050, message: "odd error", data: { big: 1 } } }),
  big_number: (id) =>
    raw(
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[],"structuredContent":{"n":9007199254740993.10},"x-unknown":1e400}}`,
    ),
  result_first: (id) =>
    raw(`{"result" : {"content":[{"type":"text","text":"a } \\" , \\\\"}]} ,"id":${id},"jsonrpc":"2.0"}`),
  spaced: (id) => raw(`  { "jsonrpc" : "2.0" ,\t"id" : ${id} , "result" : { "content" : [ ] } }\r`),
  split: (id) => {
    const bytes = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, result: text("日本語 🎏") }) + "\n");
    let at = 0;
    const step = () => {
      if (at < bytes.length) process.stdout.write(bytes.subarray(at, ++at), () => setImmediate(step));
    };
    step();
  },
  two_in_one: (id) =>
    process.stdout.write(
      `{"jsonrpc":"2.0","method":"notifications/message","params":{}}\n{"jsonrpc":"2.0","id":${id},"result":{"content":[]}}\n`,
    ),
  hangs: () => {},
  /** Lives on, but reads nothing any more. */
  sleeps: () => {
    process.stdin.pause();
    setInterval(() => {}, 1e6);
  },
  dies: () => process.exit(3),
  answers_then_dies: (id) =>
    process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: text("last words") }) + "\n", () =>
      process.exit(0),
    ),
  twice: (id) => {
    send({ id, result: text("first") });
    send({ id, result: text("second") });
  },
  two_ids: (id) => raw(`{"jsonrpc":"2.0","id":${id},"id":${id + 1},"result":{"content":[]}}`),
  escaped_two_ids: (id) => raw(`{"jsonrpc":"2.0","id":${id + 1},"\\u0069d":${id},"result":{"content":[]}}`),
  result_and_error: (id) => send({ id, result: {}, error: { code: 1, message: "" } }),
  result_and_method: (id) => send({ id, result: {}, method: "notifications/progress" }),
  string_id: (id) => send({ id: String(id), result: {} }),
  array_result: (id) => send({ id, result: [] }),
  no_version: (id) => raw(`{"id":${id},"result":{}}`),
  garbage: (id) => {
    raw("npm warn deprecated this@1.0.0: it is not JSON");
    raw("[]");
    raw("{}");
    raw('{"jsonrpc":"2.0","id":null,"result":{}}');
    raw('{"jsonrpc":"2.0","method":{"evil":true}}');
    raw('{"jsonrpc":"2.0","id":99999999,"result":{"content":[{"type":"text","text":"not asked"}]}}');
    send({ id, result: text("after the garbage") });
  },
  long_line: (id) => {
    process.stdout.write("x".repeat(17 * 1024 * 1024) + "\n");
    send({ id, result: text("after the long line") });
  },
  asks: (id) => {
    send({
      id: "s1",
      method: "elicitation/create",
      params: { message: "?", requestedSchema: { type: "object", properties: {} } },
    });
    send({ id: 7, method: "sampling/createMessage", params: { messages: [] } });
    send({ id: "s3", method: "roots/list" });
    send({ id: "s4", method: "ping" });
    asked = id;
  },
  progress: (id, args, line) => {
    const token = JSON.parse(line).params._meta?.progressToken;
    for (let step = 1; step <= 3; step++)
      if (token !== undefined)
        send({
          method: "notifications/progress",
          params: { progressToken: token, progress: step, total: 3, message: `step ${step}`, extra: { a: 1 } },
        });
    send({ method: "notifications/progress", params: { progressToken: 123456, progress: 1 } });
    // Answers when the steps have been heard: at once, or once there is this file.
    const answer = () => {
      if (args?.until !== undefined && !existsSync(args.until)) setTimeout(answer, 10);
      else send({ id, result: complete(text("done")) });
    };
    setTimeout(answer, 50);
  },
  change_list: (id) => {
    listed.push(tool(`new_${listed.length}`));
    send({
      method: "notifications/tools/list_changed",
      ...(modern ? { params: { _meta: { [`${META}subscriptionId`]: listening } } } : {}),
    });
    send({ id, result: complete(text("changed")) });
  },
  flood: (id) => {
    for (let i = 0; i < 20_000; i++) send({ method: "notifications/x/flood", params: { data: "x" } });
    send({ id, result: text("flooded") });
  },
  flood_logs: (id) => {
    for (let i = 0; i < 20_000; i++) send({ method: "notifications/message", params: { level: "info", data: i } });
    send({ id, result: complete(text("flooded")) });
  },
  seen: (id) => send({ id, result: complete(text(JSON.stringify(calls))) }),
  environment: (id) =>
    send({ id, result: complete(text(JSON.stringify({ env: process.env, cwd: process.cwd(), args: flags }))) }),
  wants_input: (id) => send({ id, result: { resultType: "input_required", inputRequests: {}, requestState: "x" } }),
  long_answer: (id) => send({ id, result: complete(text("x".repeat(17 * 1024 * 1024))) }),
  loud: (id) => process.stderr.write("x".repeat(700_000), () => send({ id, result: text("said") })),
};
let asked;
let listening;
const answers = [];
const listed = Object.keys(tools).map((name) => tool(name));
const broken = [
  null,
  7,
  {},
  tool(""),
  { name: "no_schema" },
  tool("not_object", { inputSchema: { type: "array" } }),
  tool("double"),
  tool("double"),
  tool("x".repeat(129)),
];

function list(id, params) {
  if (!has("--pages")) return send({ id, result: complete({ tools: listed, ttlMs: 0, cacheScope: "private" }) });
  const pages = [listed.slice(0, 3), broken, [tool("__proto__"), tool("constructor")]];
  const page = Number(params?.cursor ?? 0);
  if (has("--endless")) return send({ id, result: { tools: [], nextCursor: "same" } });
  send({ id, result: { tools: pages[page], ...(page < 2 ? { nextCursor: String(page + 1) } : {}) } });
}

function receive(line) {
  const { id, method, params, result, error } = JSON.parse(line);
  if (has("--deaf")) return;
  if (method === undefined) {
    answers.push({ id, result, error: error?.code });
    if (answers.length === 4) send({ id: asked, result: text(JSON.stringify(answers)) });
    return;
  }
  if (modern && params?._meta?.[`${META}protocolVersion`] !== "2026-07-28" && id !== undefined)
    return send({ id, error: { code: -32602, message: "no _meta; supported: 2026-07-28" } });
  switch (method) {
    case "initialize":
      return send({
        id,
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name: "odd", version: "1" },
        },
      });
    case "server/discover":
      if (has("--die-on-discover")) process.exit(1);
      if (!modern) return send({ id, error: { code: -32601, message: "Method not found" } });
      return send({
        id,
        result: {
          resultType: "complete",
          supportedVersions: ["2026-07-28"],
          capabilities: { tools: { listChanged: true } },
          ttlMs: 0,
          cacheScope: "private",
          _meta: { [`${META}serverInfo`]: { name: "odd", version: "1" } },
        },
      });
    case "subscriptions/listen":
      listening = id;
      return send({
        method: "notifications/subscriptions/acknowledged",
        params: { notifications: params.notifications, _meta: { [`${META}subscriptionId`]: id } },
      });
    case "tools/list":
      return list(id, params);
    case "tools/call": {
      const { name, arguments: args = {} } = params;
      calls.push(name);
      return Object.hasOwn(tools, name)
        ? tools[name](id, args, line)
        : send({ id, error: { code: -32602, message: `Unknown tool: ${name}` } });
    }
    case "notifications/cancelled":
      calls.push(`cancelled ${params.requestId}`);
      return;
    default:
      if (id !== undefined) send({ id, error: { code: -32601, message: "Method not found" } });
  }
}

if (has("--ignore-sigterm")) process.on("SIGTERM", () => {});
if (has("--grandchild")) {
  const child = spawn(process.execPath, ["-e", "process.on('SIGTERM',()=>{});setInterval(()=>{},1e6)"], {
    stdio: "inherit",
  });
  writeFileSync(valueOf("--grandchild"), `${process.pid} ${child.pid}`);
}
const start = () => {
  let rest = "";
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) receive(line);
  });
  // It stays when its stdin ends, as servers with timers of their own do.
  if (has("--ignore-sigterm")) setInterval(() => {}, 1e6);
};
if (has("--slow-start")) setTimeout(start, Number(valueOf("--slow-start")));
else start();
