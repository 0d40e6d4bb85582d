/**
 * A server of the 2025 era with a shown and a hidden one of everything. Notes each request it gets in the file that it is
 * given. `poke_<what>` tools make it say something unasked.
 */

import { appendFileSync } from "node:fs";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

const [notes] = process.argv.slice(2);
const server = new Server(
  { name: "surfaces", version: "1" },
  {
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      prompts: { listChanged: true },
      completions: {},
      logging: {},
    },
  },
);
const tool = (name) => ({ name, inputSchema: { type: "object" }, annotations: { readOnlyHint: true } });
const text = (value) => ({ content: [{ type: "text", text: value }] });
const resources = ["notes://shown", "notes://secret", "notes://shown/below"];
const templates = ["notes://pages/{page}", "vault://{key}"];
const prompts = ["shown", "secret"];
const level = { order: ["debug", "info", "notice", "warning", "error"], now: "info" };

const answers = {
  "tools/list": () => ({ tools: ["shown", "secret", "poke_log", "poke_updated", "poke_lists"].map(tool) }),
  "tools/call": async ({ name }) => {
    if (name === "poke_log")
      for (const each of level.order.slice(level.order.indexOf(level.now)))
        await server.notification({
          method: "notifications/message",
          params: { level: each, logger: "surfaces", data: { said: each, token: "surface-secret-0123456789" } },
        });
    if (name === "poke_updated")
      for (const uri of [...resources, "notes://pages/1", "vault://x"])
        await server.notification({ method: "notifications/resources/updated", params: { uri } });
    return text(name);
  },
  "resources/list": () => ({ resources: resources.map((uri) => ({ uri, name: uri })) }),
  "resources/templates/list": () => ({
    resourceTemplates: templates.map((uriTemplate) => ({ uriTemplate, name: "t" })),
  }),
  "resources/read": ({ uri }) => ({ contents: [{ uri, text: `content of ${uri}` }] }),
  "resources/subscribe": () => ({}),
  "resources/unsubscribe": () => ({}),
  "prompts/list": () => ({ prompts: prompts.map((name) => ({ name, arguments: [{ name: "topic" }] })) }),
  "prompts/get": ({ name, arguments: args }) => ({
    messages: [{ role: "user", content: { type: "text", text: `${name} ${args?.topic}` } }],
  }),
  "completion/complete": ({ ref }) => ({ completion: { values: [ref.name ?? ref.uri] } }),
  "logging/setLevel": (params) => {
    level.now = params.level;
    return {};
  },
};
server.removeRequestHandler("logging/setLevel");
server.fallbackRequestHandler = async ({ method, params }) => {
  appendFileSync(notes, `${JSON.stringify({ method, params })}\n`);
  return answers[method](params);
};
await server.connect(new StdioServerTransport());
