/** A gate that allows everything of one server and asks about the tool `held`: just enough to try the door and the lane. */

import type { Answer, ClientFacts, Gate, ListKind, Server } from "../../src/gateway/ports.ts";

export interface TinyGate extends Gate {
  readonly refusals: { readonly side: string; readonly method: string | undefined; readonly reason: string }[];
  readonly clients: ClientFacts[];
}

const said = (value: unknown): Answer => ({
  kind: "result",
  text: JSON.stringify({ content: [{ type: "text", text: JSON.stringify(value) }] }),
});

export function tinyGate(server: Server): TinyGate {
  const listeners = new Set<(kind: ListKind) => void>();
  server.onChanged(() => {
    for (const listener of listeners) listener("tools");
  });
  const refusals: TinyGate["refusals"] = [];
  const clients: ClientFacts[] = [];
  let handles = 0;
  return {
    agent: "tiny",
    refusals,
    clients,
    async connected(client) {
      clients.push(client);
    },
    async list(kind) {
      if (kind !== "tools") return { text: "[]", count: 0 };
      await server.ready();
      const tools = [...(await server.list("tool")), { name: "held", inputSchema: { type: "object" } }];
      return { text: JSON.stringify(tools), count: tools.length };
    },
    async call(call) {
      const form = { message: "May held run?", approve: "Yes", deny: "No" };
      if (call.name === "throws") throw new Error("a bug");
      if (call.name === "facts")
        return said({ client: call.client, claimed: call.claimed, trace: call.trace, args: call.args });
      if (call.name === "held") {
        if (call.retry !== undefined) return said(call.retry);
        if (call.prompt !== undefined) return said(await call.prompt(form, call.signal));
        if (call.client.era === "modern" && call.client.prompts)
          return { kind: "prompt", handle: `handle-${++handles}`, form };
        return said("nobody to ask");
      }
      await server.ready();
      const forwarded = await server.call({
        kind: "tool",
        name: call.name,
        access: "read",
        argsText: JSON.stringify(call.args),
        timeoutMs: 10_000,
        cancel: call.cancel,
        ...(call.trace === undefined ? {} : { trace: call.trace }),
        ...(call.wantsProgress ? { progress: (params) => call.progress(params as { progress: number }) } : {}),
      });
      if (forwarded.member === undefined || forwarded.text === undefined)
        return {
          kind: "error",
          text: JSON.stringify({ code: -32603, message: `${forwarded.status}: ${forwarded.detail}` }),
        };
      return { kind: forwarded.member, text: forwarded.text };
    },
    task: async () => ({ kind: "unknown" }),
    refused(side, method, reason) {
      refusals.push({ side, method, reason });
    },
    watch: async () => ({ kind: "refused", error: '{"code":-32002,"message":"Resource not found"}' }),
    onLogMessage: () => () => undefined,
    kinds: () => new Set(),
    inputSchema: () => undefined,
    onListChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
