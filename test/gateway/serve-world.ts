/** A real `kidoban serve` over a world, tokens for its agents, and real clients of three kinds before it. */

import { spawn, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { newToken } from "../../src/compose/token.ts";
import type { World } from "./world.ts";

const KIDOBAN = resolve(import.meta.dirname, "../../dist/kidoban.js");

export interface ClientLike {
  listTools(): Promise<{ tools: readonly { name: string }[] }>;
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

export const KINDS = ["v1", "v2 legacy", "v2 modern"] as const;
export type Kind = (typeof KINDS)[number];

const info = { name: "test", version: "1" };

/** `token` stands in for what a person types into the client's configuration. */
export async function connect(kind: Kind, url: string, token: string): Promise<ClientLike> {
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  if (kind === "v1") {
    const client = new ClientV1(info);
    await client.connect(new TransportV1(new URL(url), { requestInit }));
    return {
      listTools: () => client.listTools(),
      callTool: (params) => client.callTool(params),
      close: () => client.close(),
    };
  }
  const client = new ClientV2(info, {
    versionNegotiation: { mode: kind === "v2 legacy" ? "legacy" : { pin: "2026-07-28" } },
  });
  await client.connect(new TransportV2(new URL(url), { requestInit }));
  return client;
}

/** Another agent, allowed the same as the first. */
export function addAgent(world: World, name: string): void {
  writeFileSync(
    join(world.folder, "manifests", `${name}.yaml`),
    `kidoban: 1\nagent: ${name}\nwait: 20s\nservers:\n  ledger: { access: read-write }\n`,
  );
}

/** A token as `kidoban token issue` stores it, issued by nobody. */
export async function giveToken(world: World, agent: string, ttlMs = 60_000, config = world.config): Promise<string> {
  const { store } = await world.state();
  const { id, text, digest } = newToken();
  await store.addToken({ id, config, agent, digest, issuedAt: Date.now(), expiresAt: Date.now() + ttlMs });
  return text;
}

export interface Serving {
  readonly url: string;
  readonly process: ChildProcess;
  said(): string;
  /** Ends it as a service manager does; gives its exit code. */
  stop(): Promise<number | null>;
}

export async function serve(world: Pick<World, "env">, ...args: string[]): Promise<Serving> {
  const child = spawn(process.execPath, [KIDOBAN, "serve", "--json", "--listen", "127.0.0.1:0", ...args], {
    env: world.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const exited = new Promise<number | null>((done) => child.once("exit", done));
  const line = await new Promise<string>((done, fail) => {
    let text = "";
    child.stdout.on("data", (bytes: Buffer) => {
      text += bytes.toString();
      if (text.includes("\n")) done(text);
    });
    child.once("exit", () => fail(new Error(`serve ended: ${said}`)));
  });
  return {
    ...(JSON.parse(line) as { readonly url: string }),
    process: child,
    said: () => said,
    stop() {
      child.kill("SIGTERM");
      return exited;
    },
  };
}
