// A server over stdio without an SDK that answers from texts as they stand: node odd-server.mjs FILE
// FILE: { probes, definitions } as probes.ts has them. ERA in the environment: `legacy` or `modern`, the only one served.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eachLine } from "../../scripts/lines.mjs";

const { probes, definitions } = JSON.parse(readFileSync(join(dirname(process.argv[2]), "probes.json"), "utf8"));
const modern = process.env.ERA === "modern";
const META = "io.modelcontextprotocol/";
const capabilities = { tools: {}, resources: {}, prompts: {}, completions: {} };

const raw = (line) => process.stdout.write(`${line}\n`);
const answer = (id, member, text) => raw(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${member}":${text}}`);
const value = (id, result) => answer(id, "result", JSON.stringify(result));

const nameIn = {
  "tools/call": (params) => params.name,
  "resources/read": (params) => params.uri,
  "prompts/get": (params) => params.name,
  "completion/complete": (params) => params.argument.name,
};
const kindOf = {
  "tools/call": "tool",
  "resources/read": "resource",
  "prompts/get": "prompt",
  "completion/complete": "completion",
};
const lists = {
  "tools/list": "tools",
  "resources/list": "resources",
  "resources/templates/list": "resourceTemplates",
  "prompts/list": "prompts",
};

/** What the probe says, in the words of the era; without them where the name begins with "no_" or is "empty". */
function inWords({ kind, name, member, text }) {
  if (!modern || member === "error" || name === "empty" || name.startsWith("no_")) return text;
  const words = `"resultType":"complete"${kind === "resource" ? ',"ttlMs":0,"cacheScope":"private"' : ""}`;
  return text === "{}" ? `{${words}}` : `{${words},${text.slice(1)}`;
}

function progress(id, token) {
  const params = `{"progressToken":${JSON.stringify(token)},"progress":0.50,"total":1e0,"message":"half","x-more":{"a":1}}`;
  raw(`{"jsonrpc":"2.0","method":"notifications/progress","params":${params}}`);
  setTimeout(() => value(id, { ...(modern ? { resultType: "complete" } : {}), content: [] }), 30);
}

function receive(line) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return undefined;
  if (method === "initialize" && !modern)
    return value(id, { protocolVersion: "2025-11-25", capabilities, serverInfo: { name: "odd", version: "1" } });
  if (method === "server/discover" && modern)
    return value(id, {
      resultType: "complete",
      supportedVersions: ["2026-07-28"],
      capabilities,
      ttlMs: 0,
      cacheScope: "private",
      _meta: { [`${META}serverInfo`]: { name: "odd", version: "1" } },
    });
  if (modern && params?._meta?.[`${META}protocolVersion`] === undefined)
    return answer(id, "error", '{"code":-32602,"message":"no _meta"}');
  if (Object.hasOwn(lists, method)) {
    const member = lists[method];
    const words = modern ? '"resultType":"complete","ttlMs":0,"cacheScope":"private",' : "";
    return answer(id, "result", `{${words}"${member}":[${definitions[member].join(",")}]}`);
  }
  if (!Object.hasOwn(kindOf, method)) return answer(id, "error", '{"code":-32601,"message":"Method not found"}');
  const name = nameIn[method](params);
  if (name === "mirror")
    return value(id, { ...(modern ? { resultType: "complete" } : {}), content: [{ type: "text", text: line }] });
  if (name === "progress") return progress(id, params._meta?.progressToken);
  const probe = probes.find((one) => one.kind === kindOf[method] && one.name === name);
  if (probe === undefined) return answer(id, "error", '{"code":-32602,"message":"Unknown name"}');
  return answer(id, probe.member, inWords(probe));
}

eachLine(process.stdin, receive);
