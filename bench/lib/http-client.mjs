// MCP clients over HTTP with the same small face as those in clients.mjs: the raw ones on node:http, the SDKs' on theirs.
import http from "node:http";

const LEGACY = "2025-11-25";
const MODERN = "2026-07-28";
const INFO = { name: "bench", version: "1.0.0" };
const META = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": INFO,
};

class RawHttpClient {
  #next = 1;
  #url;
  #headers;
  #modern;
  #agent = new http.Agent({ keepAlive: true });

  constructor({ url, token }, modern) {
    this.#url = new URL(url);
    this.#modern = modern;
    this.#headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": modern ? MODERN : LEGACY,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
  }

  /** The whole answer as text, and the session's id when it tells one. */
  #post(message, more = {}) {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    const headers = { ...this.#headers, ...more, "content-length": Buffer.byteLength(body) };
    return new Promise((done, fail) => {
      const request = http.request(this.#url, { method: "POST", agent: this.#agent, headers }, (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", fail);
        response.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          if (response.statusCode >= 300) fail(new Error(`HTTP ${response.statusCode} ${text.slice(0, 200)}`));
          else done({ text, session: response.headers["mcp-session-id"] });
        });
      });
      request.on("error", fail);
      request.end(body);
    });
  }

  async #request(method, params) {
    const id = this.#next++;
    const { text, session } = this.#modern
      ? await this.#post(
          { id, method, params: { ...params, _meta: META } },
          { "mcp-method": method, ...(params.name === undefined ? {} : { "mcp-name": params.name }) },
        )
      : await this.#post({ id, method, params });
    if (session !== undefined) this.#headers["mcp-session-id"] = session;
    const message = JSON.parse(text);
    if (message.id !== id) throw new Error(`an answer to ${message.id} for ${id}`);
    if (message.error) throw new Error(`${message.error.code} ${message.error.message}`);
    return message.result;
  }

  async connect() {
    if (this.#modern) return;
    await this.#request("initialize", { protocolVersion: LEGACY, capabilities: {}, clientInfo: INFO });
    await this.#post({ method: "notifications/initialized" });
  }
  listTools(cursor) {
    return this.#request("tools/list", cursor ? { cursor } : {});
  }
  callTool(name, args) {
    return this.#request("tools/call", { name, arguments: args });
  }
  close() {
    this.#agent.destroy();
  }
}

/** kind: as for stdio, and `raw-modern`, which speaks 2026-07-28 without an SDK. `to`: {url, token?}. */
export async function makeHttpClient(kind, to, sdkClient) {
  if (kind === "raw" || kind === "raw-modern") return new RawHttpClient(to, kind === "raw-modern");
  const headers = to.token === undefined ? {} : { Authorization: `Bearer ${to.token}` };
  const { StreamableHTTPClientTransport: Transport } =
    kind === "sdk1"
      ? await import("@modelcontextprotocol/sdk/client/streamableHttp.js")
      : await import("@modelcontextprotocol/client");
  return sdkClient(kind, new Transport(new URL(to.url), { requestInit: { headers } }));
}
