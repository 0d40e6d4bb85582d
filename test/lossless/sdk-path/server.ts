/**
 * A server behind the gate whose messages the SDK (v2) carries. Answers come as values that the SDK has parsed, so their
 * text is printed anew. Lives once: it is not started again, and tells of no changes.
 */

import { Client, ProtocolError } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { JSONRPCMessage, StandardSchemaV1, Result } from "@modelcontextprotocol/client";
import type { ServerConfig } from "../../../src/config/server-config.ts";
import { ServerError, type Forwarded, type ForwardedCall, type Server } from "../../../src/gateway/ports.ts";
import type { Kind } from "../../../src/policy/call.ts";
import type { JsonObject } from "../../../src/policy/json.ts";
import type { EraName } from "../exceptions.ts";

/** Gives a result as the server sent it, from under the stub if it was given one. */
const RAW: StandardSchemaV1<unknown, Result> = {
  "~standard": {
    version: 1,
    vendor: "raw",
    validate: (value) => ({ value: ((value as { readonly raw?: Result }).raw ?? value) as Result }),
  },
};

/**
 * In the modern era the client checks every result against its own types before anybody sees it, and refuses what is
 * newer than they are. So each complete one reaches it under a stub that is right for every method.
 */
const STUB = {
  resultType: "complete",
  ttlMs: 0,
  cacheScope: "private",
  content: [],
  contents: [],
  messages: [],
  completion: { values: [] },
  tools: [],
  resources: [],
  resourceTemplates: [],
  prompts: [],
};

function underStub(message: JSONRPCMessage): void {
  const answer = message as {
    id?: unknown;
    result?: { readonly resultType?: unknown; readonly supportedVersions?: unknown };
  };
  const { result } = answer;
  if (result === undefined || result.supportedVersions !== undefined) return;
  if (result.resultType === undefined || result.resultType === "complete")
    answer.result = { ...STUB, raw: result } as object;
}
/** Above it a timer fires at once. */
const NEVER_MS = 2 ** 31 - 1;

const REQUEST: Readonly<Record<Kind, (name: string, args: JsonObject) => { method: string; params: JsonObject }>> = {
  tool: (name, args) => ({ method: "tools/call", params: { name, arguments: args } }),
  resource: (_name, args) => ({ method: "resources/read", params: args }),
  prompt: (name, args) => ({ method: "prompts/get", params: { name, arguments: args } }),
  completion: (_name, args) => ({ method: "completion/complete", params: args }),
};

const LISTS = {
  tool: [["tools/list", "tools"]],
  resource: [
    ["resources/list", "resources"],
    ["resources/templates/list", "resourceTemplates"],
  ],
  prompt: [["prompts/list", "prompts"]],
} as const;

export function sdkServer(config: ServerConfig, era: EraName, env: Readonly<Record<string, string>>): Server {
  const { transport } = config;
  if (transport.kind !== "stdio") throw new ServerError("refused", config.id, "only over stdio");
  const client = new Client(
    { name: "kidoban", version: "0" },
    {
      versionNegotiation: { mode: era === "modern" ? { pin: "2026-07-28" } : "legacy" },
      inputRequired: { autoFulfill: false },
    },
  );
  const pipe = new StdioClientTransport({
    command: transport.command,
    args: [...transport.args],
    env: { ...env, ...transport.env },
    cwd: transport.cwd,
    stderr: "inherit",
  });
  // The client calls what it finds here before it looks itself.
  if (era === "modern") Object.assign(pipe, { onmessage: underStub });
  const ready = client.connect(pipe);
  ready.catch(() => undefined);
  const running = new Set<AbortController>();

  const call = async ({ kind, name, argsText, progress, cancel }: ForwardedCall): Promise<Forwarded> => {
    const abort = new AbortController();
    const unlisten = cancel?.onRequest(() => abort.abort());
    running.add(abort);
    const { method, params } = REQUEST[kind](name, JSON.parse(argsText) as JsonObject);
    try {
      const result = await client.request({ method, params }, RAW, {
        signal: abort.signal,
        timeout: NEVER_MS,
        ...(progress === undefined ? {} : { onprogress: (said) => progress({ ...said } as JsonObject) }),
      });
      return {
        status: result["isError"] === true ? "tool_error" : "ok",
        member: "result",
        text: JSON.stringify(result),
      };
    } catch (error) {
      if (abort.signal.aborted) return { status: "cancelled", detail: "cancelled by the caller" };
      if (!(error instanceof ProtocolError)) return { status: "unknown", detail: String(error) };
      const { code, message, data } = error;
      const text = JSON.stringify({ code, message, ...(data === undefined ? {} : { data }) });
      return { status: "rpc_error", member: "error", text };
    } finally {
      unlisten?.();
      running.delete(abort);
    }
  };

  return {
    id: config.id,
    endpoint: config.endpoint,
    ready: () => ready,
    async list(kind) {
      await ready;
      const definitions: JsonObject[] = [];
      for (const [method, member] of LISTS[kind])
        definitions.push(...((await client.request({ method, params: {} }, RAW))[member] as JsonObject[]));
      return definitions;
    },
    call,
    onChanged: () => undefined,
    watch: () => Promise.resolve(false),
    unwatch: () => undefined,
    onUpdated: () => undefined,
    setLogLevel: () => undefined,
    onLogMessage: () => undefined,
    inFlight: 0,
    cancelAll() {
      for (const abort of running) abort.abort();
    },
    claimed: {},
    close: () => client.close(),
  };
}
