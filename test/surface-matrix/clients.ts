/** The three kinds of real clients, at a gate on stdio or over HTTP, as one shape: what they do and what they hear. */

import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpV2,
  type ClientOptions as OptionsV2,
} from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { Kind } from "../gateway/serve-world.ts";

/** How a gate is reached. */
export type Way =
  | { readonly by: "stdio"; readonly command: readonly string[]; readonly env: Record<string, string> }
  | { readonly by: "HTTP"; readonly url: string; readonly token: string };

export const LISTS = ["tools", "resources", "prompts"] as const;
type What = (typeof LISTS)[number];

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (step: { readonly progress: number }) => void;
}

export interface Seat {
  call(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<unknown>;
  /** Names, or URIs of resources. */
  list(what: What): Promise<readonly string[]>;
  /** Gives what ends it. */
  watch(uri: string): Promise<() => Promise<unknown>>;
  /** Notifications, by method without its prefix and by URI where they have one, in order. */
  readonly heard: string[];
  /** What it was asked by the server. */
  readonly asked: { readonly message?: unknown }[];
  /** Ends its conversation, as an application that is closed does; what it called is not waited for. */
  leave(): Promise<void>;
  /** Breaks its connections and says nothing. */
  vanish(): Promise<void>;
}

const INFO = { name: "test", version: "1" };
const CAPABILITIES = { elicitation: { form: {} } };
const YES = { action: "accept" as const, content: { seat: "window" } };
const OPTIONS = { timeout: 120_000 };

type Told = { readonly method: string; readonly params?: unknown };
const heardAs = ({ method, params }: Told): string => {
  const uri = (params as { readonly uri?: unknown } | undefined)?.uri;
  return method.replace("notifications/", "") + (typeof uri === "string" ? ` ${uri}` : "");
};

type Item = { readonly name: string; readonly uri?: unknown };
const nameOf = ({ name, uri }: Item): string => (typeof uri === "string" ? uri : name);

interface Lists {
  listTools(): Promise<{ readonly tools: readonly Item[] }>;
  listResources(): Promise<{ readonly resources: readonly Item[] }>;
  listPrompts(): Promise<{ readonly prompts: readonly Item[] }>;
}

async function listed(client: Lists, what: What): Promise<readonly string[]> {
  switch (what) {
    case "tools":
      return (await client.listTools()).tools.map(nameOf);
    case "resources":
      return (await client.listResources()).resources.map(nameOf);
    case "prompts":
      return (await client.listPrompts()).prompts.map(nameOf);
  }
}

/** `listening` settles when the stream is there on which a legacy client hears what belongs to no call. */
function over(url: string, token: string) {
  let opened: (() => void) | undefined;
  const listening = new Promise<void>((done) => (opened = done));
  const watching: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (init?.method === "GET") opened?.();
    return response;
  };
  const options = { requestInit: { headers: { Authorization: `Bearer ${token}` } }, fetch: watching };
  return { url: new URL(url), options, listening };
}

const spawning = ({ command: [command = "", ...args], env }: Extract<Way, { by: "stdio" }>) => ({
  command,
  args,
  env,
  stderr: "ignore" as const,
});

async function v1(way: Way): Promise<Seat> {
  const client = new ClientV1(INFO, { capabilities: CAPABILITIES });
  const heard: string[] = [];
  const asked: Seat["asked"] = [];
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    asked.push(params);
    return YES;
  });
  client.fallbackNotificationHandler = async (told) => void heard.push(heardAs(told));
  let http: HttpV1 | undefined;
  if (way.by === "stdio") await client.connect(new StdioV1(spawning(way)));
  else {
    const { url, options, listening } = over(way.url, way.token);
    http = new HttpV1(url, options);
    await client.connect(http);
    await listening;
  }
  return {
    heard,
    asked,
    call: (name, args, options) => client.callTool({ name, arguments: args }, undefined, { ...OPTIONS, ...options }),
    list: (what) => listed(client, what),
    async watch(uri) {
      await client.subscribeResource({ uri });
      return () => client.unsubscribeResource({ uri });
    },
    async leave() {
      await http?.terminateSession();
      await client.close();
    },
    vanish: () => client.close(),
  };
}

async function v2(way: Way, era: "legacy" | "modern"): Promise<Seat> {
  const options: OptionsV2 = {
    capabilities: CAPABILITIES,
    versionNegotiation: { mode: era === "legacy" ? "legacy" : { pin: "2026-07-28" } },
  };
  const client = new ClientV2(INFO, options);
  const heard: string[] = [];
  const asked: Seat["asked"] = [];
  client.setRequestHandler("elicitation/create", ({ params }) => {
    asked.push(params);
    return YES;
  });
  client.fallbackNotificationHandler = async (told) => void heard.push(heardAs(told));
  let http: HttpV2 | undefined;
  if (way.by === "stdio") await client.connect(new StdioV2(spawning(way)));
  else {
    const { url, options: over2, listening } = over(way.url, way.token);
    http = new HttpV2(url, over2);
    await client.connect(http);
    if (era === "legacy") await listening;
  }
  if (era === "modern")
    await client.listen({ toolsListChanged: true, resourcesListChanged: true, promptsListChanged: true });
  return {
    heard,
    asked,
    call: (name, args, more) => client.callTool({ name, arguments: args }, { ...OPTIONS, ...more }),
    list: (what) => listed(client, what),
    async watch(uri) {
      if (era === "modern") {
        const { close } = await client.listen({ resourceSubscriptions: [uri] });
        return close;
      }
      await client.subscribeResource({ uri });
      return () => client.unsubscribeResource({ uri });
    },
    async leave() {
      if (era === "legacy") await http?.terminateSession();
      await client.close();
    },
    vanish: () => client.close(),
  };
}

export function sit(kind: Kind, way: Way): Promise<Seat> {
  switch (kind) {
    case "v1":
      return v1(way);
    case "v2 legacy":
      return v2(way, "legacy");
    case "v2 modern":
      return v2(way, "modern");
  }
}
