// MCP clients behind one small face: connect, listTools, callTool, close. They are given a child that was spawned for them,
// or the address of an endpoint.
// `raw` has no SDK, so that its own cost does not dilute ratios; the others are what people have.
import { makeHttpClient } from "./http-client.mjs";
import { lineSplitter } from "./lines.mjs";

const PROTOCOL = "2025-11-25";
const INFO = { name: "bench", version: "1.0.0" };

class RawClient {
  #next = 1;
  #pending = new Map();
  #child;
  constructor(child) {
    this.#child = child;
    child.stdout.on(
      "data",
      lineSplitter((line) => this.#take(JSON.parse(line))),
    );
    child.on("exit", (code) => this.#failAll(new Error(`process ended with ${code}`)));
    child.stdin.on("error", (error) => this.#failAll(error));
  }
  #take(message) {
    if (message.method !== undefined) {
      if (message.id === undefined) return;
      const refusal = { error: { code: -32601, message: "Method not found" } };
      this.#send({ id: message.id, ...(message.method === "ping" ? { result: {} } : refusal) });
      return;
    }
    const caller = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.error) caller?.fail(new Error(`${message.error.code} ${message.error.message}`));
    else caller?.done(message.result);
  }
  #failAll(error) {
    for (const caller of this.#pending.values()) caller.fail(error);
    this.#pending.clear();
  }
  #send(message) {
    this.#child.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
  }
  #request(method, params) {
    const id = this.#next++;
    return new Promise((done, fail) => {
      this.#pending.set(id, { done, fail });
      this.#send({ id, method, params });
    });
  }
  async connect() {
    await this.#request("initialize", { protocolVersion: PROTOCOL, capabilities: {}, clientInfo: INFO });
    this.#send({ method: "notifications/initialized" });
  }
  listTools(cursor) {
    return this.#request("tools/list", cursor ? { cursor } : {});
  }
  callTool(name, args) {
    return this.#request("tools/call", { name, arguments: args });
  }
  close() {
    this.#child.stdin.end();
  }
}

/** An SDK transport over a child's streams, so that spawning is the same for every client. */
class ChildTransport {
  constructor(child, { deserializeMessage, serializeMessage }) {
    Object.assign(this, { child, deserializeMessage, serializeMessage });
  }
  async start() {
    this.child.stdout.on(
      "data",
      lineSplitter((line) => this.onmessage?.(this.deserializeMessage(line))),
    );
    this.child.on("exit", () => this.onclose?.());
  }
  async send(message) {
    this.child.stdin.write(this.serializeMessage(message));
  }
  async close() {
    this.child.stdin.end();
  }
}

const sdkFace = (client, transport) => ({
  connect: () => client.connect(transport),
  listTools: (cursor) => client.listTools(cursor ? { cursor } : {}),
  callTool: (name, args) => client.callTool({ name, arguments: args }),
  close: () => client.close(),
});

/** An SDK's client on a transport of the same SDK. `sdk2-modern` offers 2026-07-28. */
async function sdkClient(kind, transport) {
  const options = { capabilities: {}, ...(kind === "sdk2-modern" && { versionNegotiation: { mode: "auto" } }) };
  const { Client } =
    kind === "sdk1"
      ? await import("@modelcontextprotocol/sdk/client/index.js")
      : await import("@modelcontextprotocol/client");
  return sdkFace(new Client(INFO, options), transport);
}

/** kind: raw | raw-modern (HTTP only) | sdk1 | sdk2 | sdk2-modern. `to`: {child} for stdio, {url, token?} for HTTP. */
export async function makeClient(kind, to) {
  if (to.url !== undefined) return makeHttpClient(kind, to, sdkClient);
  switch (kind) {
    case "raw":
      return new RawClient(to.child);
    case "sdk1":
      return sdkClient(kind, new ChildTransport(to.child, await import("@modelcontextprotocol/sdk/shared/stdio.js")));
    case "sdk2":
    case "sdk2-modern":
      return sdkClient(kind, new ChildTransport(to.child, await import("@modelcontextprotocol/client")));
    default:
      throw new Error(`unknown client ${kind}`);
  }
}
