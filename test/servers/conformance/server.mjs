// One server of the fixture, for a connection or a request: all methods over the tables of tools, prompts and resources.
import { ProtocolError, ResourceNotFoundError, Server } from "@modelcontextprotocol/server";
import { result, text } from "./content.mjs";
import { complete, listPrompts, prompt } from "./prompts.mjs";
import { states } from "./questions.mjs";
import { read, resources, templates } from "./resources.mjs";
import { listTools, tool } from "./tools.mjs";

const capabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
};

/** Shared by all servers of this process. */
const present = { tools: true, prompts: true };

const found = (thing, kind, name) => {
  if (thing === undefined) throw new ProtocolError(-32602, `Unknown ${kind}: ${name}`);
  return thing;
};

/** `published` tells subscribers elsewhere that a list has changed; without it the client of this server is told. */
export function build(published) {
  const server = new Server(
    { name: "conformance-fixture", version: "1.0.0" },
    { capabilities, requestState: { verify: states.verify } },
  );
  const changed = async (list) => {
    present[list] = !present[list];
    if (published) published(list);
    else await (list === "tools" ? server.sendToolListChanged() : server.sendPromptListChanged());
    return result(text(`The list of ${list} has changed.`));
  };

  server.setRequestHandler("tools/list", () => ({ tools: listTools(present.tools) }));
  server.setRequestHandler("tools/call", ({ params }, ctx) =>
    found(tool(params.name), "tool", params.name)(params.arguments ?? {}, ctx, changed),
  );
  server.setRequestHandler("prompts/list", () => ({ prompts: listPrompts(present.prompts) }));
  server.setRequestHandler("prompts/get", ({ params }, ctx) =>
    found(prompt(params.name), "prompt", params.name)(params.arguments ?? {}, ctx),
  );
  server.setRequestHandler("resources/list", () => ({ resources }));
  server.setRequestHandler("resources/templates/list", () => ({ resourceTemplates: templates }));
  server.setRequestHandler("resources/read", ({ params }) => {
    const content = read(params.uri);
    if (content === undefined) throw new ResourceNotFoundError(params.uri);
    return { contents: [content] };
  });
  server.setRequestHandler("resources/subscribe", () => ({}));
  server.setRequestHandler("resources/unsubscribe", () => ({}));
  server.setRequestHandler("completion/complete", ({ params }) => complete(params));
  return server;
}
