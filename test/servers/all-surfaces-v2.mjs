// Every surface in the 2026 era alone, with SDK v2: `node all-surfaces-v2.mjs LEDGER SCHEME`; what it offers is in
// all-surfaces.mjs, its resources begin with SCHEME.
import { inputRequired, inputResponse, Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { booked, call, capabilities, did, lists, SEAT } from "./all-surfaces.mjs";

const scheme = process.argv[3];

function build() {
  const server = new Server({ name: "all-surfaces-v2", version: "2.0.0" }, { capabilities });
  const changed = {
    tools: () => server.sendToolListChanged(),
    resources: () => server.sendResourceListChanged(),
    prompts: () => server.sendPromptListChanged(),
  };
  server.setRequestHandler("tools/list", () => ({ tools: lists.tools() }));
  server.setRequestHandler("resources/list", () => ({ resources: lists.resources(scheme) }));
  server.setRequestHandler("prompts/list", () => ({ prompts: lists.prompts() }));
  server.setRequestHandler("resources/read", ({ params: { uri } }) => ({ contents: [{ uri, text: uri }] }));
  server.setRequestHandler("prompts/get", ({ params: { name } }) => ({
    messages: [{ role: "user", content: { type: "text", text: name } }],
  }));
  server.setRequestHandler("tools/call", ({ params }, { mcpReq }) =>
    call(params, {
      signal: mcpReq.signal,
      progress: (step) =>
        mcpReq.notify({
          method: "notifications/progress",
          params: { progressToken: mcpReq._meta.progressToken, ...step },
        }),
      listChanged: (what) => changed[what](),
      // The SDK passes it on to who listens to this one.
      updated: (uri) => server.sendResourceUpdated({ uri }),
      ask(id) {
        const answer = inputResponse(mcpReq.inputResponses, "seat");
        if (answer.kind === "elicit") return booked(id, answer);
        did("asked", id);
        return inputRequired({ inputRequests: { seat: inputRequired.elicit(SEAT) }, requestState: id });
      },
    }),
  );
  return server;
}

serveStdio(build, { legacy: "reject" });
