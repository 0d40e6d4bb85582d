/** An agent's client over HTTP, of either era and as bare as can be. Knows nothing of the gate's inside. */
import { Agent, request as httpRequest } from "node:http";

const LEGACY = "2025-11-25";
const MODERN = "2026-07-28";
const META = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** `isModern`: without a session. Every agent numbers its requests from 1, so that one's ids are another's too. */
export function httpAgent({ url, token, isModern }) {
  const agent = new Agent({ keepAlive: true });
  let session;
  let next = 1;

  const post = (message, params, leaveAfterMs) => {
    const { method } = message;
    const body = JSON.stringify({
      jsonrpc: "2.0",
      ...message,
      params: isModern ? { ...params, _meta: META } : params,
    });
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${token}`,
      "mcp-protocol-version": isModern ? MODERN : LEGACY,
      ...(isModern && { "mcp-method": method, ...(params.name !== undefined && { "mcp-name": params.name }) }),
      ...(session !== undefined && { "mcp-session-id": session }),
      "content-length": Buffer.byteLength(body),
    };
    return new Promise((done, fail) => {
      const request = httpRequest(url, { method: "POST", agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part) => (text += part));
        response.on("error", fail);
        response.on("end", () => done({ status: response.statusCode, headers: response.headers, text }));
      });
      request.on("error", fail);
      request.end(body);
      if (leaveAfterMs !== undefined) setTimeout(() => request.destroy(), leaveAfterMs);
    });
  };

  /** The answer's message; throws for anything that is none. */
  const ask = async (method, params) => {
    const id = next++;
    const { status, headers, text } = await post({ id, method }, params);
    if (status !== 200) throw new Error(`HTTP ${status}: ${text.slice(0, 200)}`);
    session ??= headers["mcp-session-id"];
    // A stream where something else came first; the answer is its last event.
    const isStream = headers["content-type"] === "text/event-stream";
    const events = isStream ? text.match(/^data: .*$/gm).map((line) => JSON.parse(line.slice(6))) : [JSON.parse(text)];
    const answer = events.at(-1);
    if (answer.id !== id) throw new Error(`an answer to ${answer.id} for ${id}`);
    return answer;
  };

  return {
    async open() {
      if (isModern) return;
      const clientInfo = { name: "many", version: "1.0.0" };
      await ask("initialize", { protocolVersion: LEGACY, capabilities: {}, clientInfo });
      await post({ method: "notifications/initialized" }, {});
    },
    async tools() {
      const { result } = await ask("tools/list", {});
      return result.tools.map(({ name }) => name);
    },
    /** The text of the result; throws for an error. */
    async call(name, args) {
      const { result, error } = await ask("tools/call", { name, arguments: args });
      if (error !== undefined) throw new Error(`${error.code} ${error.message}`);
      const { text } = result.content[0];
      if (result.isError === true) throw new Error(text);
      return text;
    },
    /** Calls, and breaks the connection before the answer. */
    async abandon(name, args, afterMs) {
      const left = post({ id: next++, method: "tools/call" }, { name, arguments: args }, afterMs);
      return left.then(
        () => false,
        () => true,
      );
    },
    close: () => agent.destroy(),
  };
}
