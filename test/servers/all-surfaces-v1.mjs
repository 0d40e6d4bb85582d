// Every surface in the 2025 era, with SDK v1: `node all-surfaces-v1.mjs LEDGER SCHEME`; what it offers is in
// all-surfaces.mjs, its resources begin with SCHEME.
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  CallToolRequestSchema,
  ElicitResultSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { booked, call, capabilities, did, lists, SEAT } from "./all-surfaces.mjs";

const scheme = process.argv[3];
const server = new Server({ name: "all-surfaces-v1", version: "1.0.0" }, { capabilities });
const changed = {
  tools: () => server.sendToolListChanged(),
  resources: () => server.sendResourceListChanged(),
  prompts: () => server.sendPromptListChanged(),
};
const watched = new Set();

server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: lists.tools() }));
server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: lists.resources(scheme) }));
server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: lists.prompts() }));
server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => ({ contents: [{ uri, text: uri }] }));
server.setRequestHandler(GetPromptRequestSchema, ({ params: { name } }) => ({
  messages: [{ role: "user", content: { type: "text", text: name } }],
}));
server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => {
  did("watch", uri);
  watched.add(uri);
  return {};
});
server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
  did("unwatch", uri);
  watched.delete(uri);
  return {};
});
server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, sendNotification, sendRequest, _meta }) =>
  call(params, {
    signal,
    progress: (step) =>
      sendNotification({
        method: "notifications/progress",
        params: { progressToken: _meta.progressToken, ...step },
      }),
    listChanged: (what) => changed[what](),
    updated: async (uri) => (watched.has(uri) ? server.sendResourceUpdated({ uri }) : undefined),
    async ask(id) {
      did("asked", id);
      return booked(id, await sendRequest({ method: "elicitation/create", params: SEAT }, ElicitResultSchema));
    },
  }),
);
await server.connect(new StdioServerTransport());
