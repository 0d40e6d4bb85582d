import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Credentials } from "../../src/mcp/credentials.ts";
import { call, endAll, startHttp, textOf, until } from "./fixtures.ts";

const listening: Server[] = [];
afterEach(async () => {
  await endAll();
  for (const server of listening.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A modern server that lets one key in at a time, and notes who asked for what. */
async function locked() {
  const lock = { key: "one" };
  const seen: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: { name?: string } };
    const key = String(request.headers["x-key"]);
    seen.push(`${key} ${method}`);
    if (key !== lock.key) return response.writeHead(401, { "www-authenticate": "Bearer" }).end();
    if (params.name === "writes")
      return response
        .writeHead(403, { "www-authenticate": 'Bearer error="insufficient_scope", scope="notes:write"' })
        .end();
    const result =
      method === "server/discover"
        ? { supportedVersions: ["2026-07-28"], capabilities: { tools: {} } }
        : method === "tools/list"
          ? { tools: [{ name: "echo", inputSchema: { type: "object" } }] }
          : { content: [{ type: "text", text: "in" }] };
    return response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify({ jsonrpc: "2.0", id, result: { resultType: "complete", ...result } }));
  };
  const server = createServer((request, response) => void answer(request, response));
  listening.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, lock, seen };
}

/** Keys to be had one after the other. */
function keys(...all: string[]): Credentials & { readonly renewals: () => number } {
  let at = 0;
  let renewals = 0;
  return {
    headers: () => ({ "x-key": all[at] ?? "" }),
    renew() {
      renewals += 1;
      if (at + 1 >= all.length) return Promise.resolve(false);
      at += 1;
      return Promise.resolve(true);
    },
    hint: "Ask aiko.",
    renewals: () => renewals,
  };
}

describe("credentials that a server turns away", () => {
  it("are renewed, and the greeting goes again with the new ones, once", async () => {
    const { url, lock, seen } = await locked();
    lock.key = "two";
    const { server } = startHttp(url, {}, { credentials: keys("one", "two") });
    await server.ready();
    expect(seen).toEqual(["one server/discover", "two server/discover"]);
  });

  it("twice are not tried a third time: the server is down, and says what a person can do", async () => {
    const { url, lock, seen } = await locked();
    lock.key = "none of them";
    const { server, ends } = startHttp(url, {}, { credentials: keys("one", "two", "three") });
    await expect(server.ready()).rejects.toThrow(/credentials \(HTTP 401\)\. Ask aiko\./);
    await until(() => ends.length > 0);
    expect(seen).toEqual(["one server/discover", "two server/discover"]);
  });

  it("P5: in a call are not followed by the call again, but by a renewal for the next one", async () => {
    const { url, lock, seen } = await locked();
    const credentials = keys("one", "two");
    const { server } = startHttp(url, {}, { credentials });
    await server.ready();
    lock.key = "two";
    expect(await call(server, "echo")).toMatchObject({
      status: "rpc_error",
      text: expect.stringContaining("nothing was done. If it stays so: Ask aiko.") as string,
    });
    await until(() => credentials.renewals() === 1);
    expect(textOf(await call(server, "echo"))).toBe("in");
    expect(seen.filter((what) => what.endsWith("tools/call"))).toEqual(["one tools/call", "two tools/call"]);
  });

  it("in a list are renewed and the list is asked for again", async () => {
    const { url, lock } = await locked();
    const { server } = startHttp(url, {}, { credentials: keys("one", "two") });
    await server.ready();
    lock.key = "two";
    expect(await server.list("tool")).toHaveLength(1);
  });

  it("that are too weak are told with the rights that are wanted", async () => {
    const { url } = await locked();
    const credentials = keys("one", "two");
    const { server } = startHttp(url, {}, { credentials });
    await server.ready();
    expect(await call(server, "writes")).toMatchObject({
      status: "rpc_error",
      text: expect.stringContaining("HTTP 403: it wants more rights (notes:write)") as string,
    });
    expect(credentials.renewals()).toBe(0);
  });
});
