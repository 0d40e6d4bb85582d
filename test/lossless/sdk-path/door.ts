/** The agent's door with the SDK (v2) carrying the messages: its eras, its envelopes, its serialiser. */

import {
  ProtocolError,
  Server,
  type CallToolResult,
  type ServerContext,
  type Transport,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { AgentCall, Cancel, ClientFacts, Gate, ListKind } from "../../../src/gateway/ports.ts";
import type { Kind } from "../../../src/policy/call.ts";
import type { JsonObject } from "../../../src/policy/json.ts";

const capabilities = {
  tools: { listChanged: true },
  resources: { listChanged: true },
  prompts: { listChanged: true },
  completions: {},
};

const LISTS: Readonly<Record<string, readonly [kind: ListKind, member: string]>> = {
  "tools/list": ["tools", "tools"],
  "resources/list": ["resources", "resources"],
  "resources/templates/list": ["templates", "resourceTemplates"],
  "prompts/list": ["prompts", "prompts"],
};

interface Params {
  readonly name: string;
  readonly arguments?: JsonObject;
  readonly uri: string;
  readonly ref: { readonly name?: string; readonly uri?: string };
  readonly argument: JsonObject;
}

const CALLS: Readonly<Record<string, (params: Params) => { kind: Kind; name: string; args: JsonObject }>> = {
  "tools/call": ({ name, arguments: args = {} }) => ({ kind: "tool", name, args }),
  "prompts/get": ({ name, arguments: args = {} }) => ({ kind: "prompt", name, args }),
  "resources/read": ({ uri }) => ({ kind: "resource", name: uri, args: { uri } }),
  "completion/complete": ({ ref, argument }) => ({
    kind: "completion",
    name: ref.name ?? ref.uri ?? "",
    args: { ref, argument },
  }),
};

function cancelOf(signal: AbortSignal): Cancel {
  return {
    get requested() {
      return signal.aborted;
    },
    onRequest(listener) {
      if (signal.aborted) listener();
      else signal.addEventListener("abort", listener, { once: true });
      return () => signal.removeEventListener("abort", listener);
    },
  };
}

export function serveSdk(gate: Gate, transport: Transport): { close(): Promise<void> } {
  let connected: Promise<void> | undefined;

  const build = (era: ClientFacts["era"]): Server => {
    const server = new Server({ name: "kidoban", version: "0" }, { capabilities });
    const client: ClientFacts = {
      era,
      protocol: era === "modern" ? "2026-07-28" : "2025-11-25",
      name: "raw",
      version: "1",
      prompts: false,
    };
    const call = (method: string, params: Params, { mcpReq }: ServerContext): AgentCall => {
      const token = mcpReq._meta?.progressToken;
      return {
        ...(CALLS[method] as (typeof CALLS)[string])(params),
        client,
        claimed: {},
        signal: mcpReq.signal,
        cancel: cancelOf(mcpReq.signal),
        wantsProgress: token !== undefined,
        progress(said) {
          if (token === undefined) return;
          void mcpReq.notify({ method: "notifications/progress", params: { progressToken: token, ...said } });
        },
        log: () => undefined,
      };
    };
    server.fallbackRequestHandler = async ({ method, params }, ctx) => {
      await (connected ??= gate.connected(client));
      const list = LISTS[method];
      if (list !== undefined) return { [list[1]]: JSON.parse((await gate.list(list[0])).text) as unknown };
      if (!Object.hasOwn(CALLS, method)) throw new ProtocolError(-32601, "Method not found");
      const given = await gate.call(call(method, params as unknown as Params, ctx));
      if (given.kind === "prompt" || given.kind === "task") throw new Error("nobody declared that they can be asked");
      const value = JSON.parse(given.text) as Record<string, unknown>;
      // The SDK's own wording of structured content for clients of 2025.
      if (given.kind === "result")
        return method === "tools/call" && era === "legacy"
          ? server.projectCallToolResult(value as CallToolResult, undefined)
          : value;
      throw new ProtocolError(value["code"] as number, value["message"] as string, value["data"]);
    };
    return server;
  };
  return serveStdio(({ era }) => build(era), { transport });
}
