/** A modern server that refuses the first opening and names the very version it was asked for. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { endAll, startHttp } from "./fixtures.ts";

const servers: Server[] = [];
afterEach(async () => {
  await endAll();
  for (const server of servers.splice(0)) server.close();
});

async function start(refusals: number) {
  const seen: string[] = [];
  const http = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const { id, method } = JSON.parse(body) as { id: number; method: string };
      seen.push(method);
      const isRefused = seen.length <= refusals || method !== "server/discover";
      const answer = isRefused
        ? { error: { code: -32022, message: "no", data: { supported: ["2026-07-28"], requested: "2026-07-28" } } }
        : { result: { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: {} } };
      response
        .writeHead(isRefused && method === "server/discover" ? 400 : 200, { "content-type": "application/json" })
        .end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    });
  });
  servers.push(http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { server } = startHttp(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
  return { server, seen };
}

it("is asked again with the version that it names", async () => {
  const { server, seen } = await start(1);
  await server.ready();
  expect(server.claimed).toEqual({ protocol: "2026-07-28" });
  expect(seen).toEqual(["server/discover", "server/discover"]);
});

it("P11: is asked so once, and then as one of 2025 would be", async () => {
  const { server, seen } = await start(99);
  await expect(server.ready()).rejects.toThrow(/-32022/);
  expect(seen.slice(0, 3)).toEqual(["server/discover", "server/discover", "initialize"]);
});
