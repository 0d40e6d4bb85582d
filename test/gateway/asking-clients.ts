/** Real clients of three kinds over both transports, which answer what they are asked as a test says. */

import { resolve } from "node:path";
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitationCompleteNotificationSchema,
  ElicitRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Kind } from "./serve-world.ts";

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");
const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };
const SAID = { role: "assistant", content: { type: "text", text: "a thought" }, model: "none" };
const YES = { action: "accept", content: { seat: "window" } };

/** Where the gate is reached: a process of its own for each client, or one for all. */
export type Reach =
  | { readonly over: "stdio"; readonly env: Record<string, string> }
  | { readonly over: "HTTP"; readonly url: string; readonly token: string };

export interface Answering {
  elicit?(params: { readonly message: string }): unknown;
  sample?(params: object): unknown;
  readonly capabilities?: object;
}

export interface AskedClient {
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
  /** What it was asked, in order. */
  readonly asked: Record<string, unknown>[];
  /** Elicitations by URL that it was told are over. */
  readonly completed: string[];
}

export async function connectAsked(kind: Kind, reach: Reach, answering: Answering = {}): Promise<AskedClient> {
  const { capabilities = CAPABILITIES } = answering;
  const asked: Record<string, unknown>[] = [];
  const completed: string[] = [];
  const elicit = async ({ params }: { params: object }): Promise<never> => {
    asked.push(params as Record<string, unknown>);
    return ((await answering.elicit?.(params as { readonly message: string })) ?? YES) as never;
  };
  const sample = async ({ params }: { params: object }): Promise<never> => {
    asked.push(params as Record<string, unknown>);
    return ((await answering.sample?.(params)) ?? SAID) as never;
  };
  const info = { name: "test", version: "1" };
  const gate = { command: process.execPath, args: [KIDOBAN, "stdio", "--agent", "worker"], stderr: "ignore" as const };
  const requestInit = reach.over === "HTTP" ? { headers: { Authorization: `Bearer ${reach.token}` } } : {};
  if (kind === "v1") {
    const client = new ClientV1(info, { capabilities });
    if ("elicitation" in capabilities) client.setRequestHandler(ElicitRequestSchema, elicit);
    if ("sampling" in capabilities) client.setRequestHandler(CreateMessageRequestSchema, sample);
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
      completed.push(params.elicitationId);
    });
    await client.connect(
      reach.over === "stdio"
        ? new StdioV1({ ...gate, env: reach.env })
        : new HttpV1(new URL(reach.url), { requestInit }),
    );
    return {
      callTool: (params) => client.callTool(params),
      close: () => client.close(),
      asked,
      completed,
    };
  }
  const client = new ClientV2(info, {
    capabilities,
    versionNegotiation: { mode: kind === "v2 legacy" ? "legacy" : { pin: "2026-07-28" } },
  });
  if ("elicitation" in capabilities) client.setRequestHandler("elicitation/create", elicit);
  if ("sampling" in capabilities) client.setRequestHandler("sampling/createMessage", sample);
  await client.connect(
    reach.over === "stdio" ? new StdioV2({ ...gate, env: reach.env }) : new HttpV2(new URL(reach.url), { requestInit }),
  );
  return { callTool: (params) => client.callTool(params), close: () => client.close(), asked, completed };
}
