/** A stream of a 2025 server that ends before the answer, in the ways that it may: an HTTP server written for each test. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { call, endAll, startHttp, textOf } from "./fixtures.ts";

const servers: Server[] = [];
afterEach(async () => {
  await endAll();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Respond = (id: number, response: ServerResponse) => void;

const result = (id: number, text: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text }] } });
const events = (response: ServerResponse, text: string): ServerResponse => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(text);
  return response;
};

/** `called`: how the POST of a call is answered; `resumed`: how each GET that names an event is. */
async function start(called: Respond, resumed: Respond) {
  const gets: IncomingMessage[] = [];
  const times: number[] = [];
  let callId = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    if (request.method === "GET") {
      // The stream for what is said unasked, which this server does not have.
      if (request.headers["last-event-id"] === undefined) return response.writeHead(405).end();
      gets.push(request);
      times.push(performance.now());
      return resumed(callId, response);
    }
    if (request.method !== "POST") return response.writeHead(200).end();
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { id, method } = JSON.parse(body) as { id: number; method: string };
    if (method === "server/discover") return response.writeHead(400).end();
    if (method === "notifications/initialized") return response.writeHead(202).end();
    if (method === "tools/call") {
      callId = id;
      times.push(performance.now());
      return called(id, response);
    }
    const initialized = {
      protocolVersion: "2025-11-25",
      capabilities: { tools: {} },
      serverInfo: { name: "r", version: "1" },
    };
    response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "session" });
    return response.end(JSON.stringify({ jsonrpc: "2.0", id, result: initialized }));
  };
  const http = createServer((request, response) => void serve(request, response));
  servers.push(http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const noted = startHttp(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`, {
    Authorization: "Bearer x",
  });
  await noted.server.ready();
  return { ...noted, gets, times };
}

const refused: Respond = (_id, response) => response.writeHead(405).end();

it("P5, P10: is taken up again after its last event, and the answer comes on another stream", async () => {
  const { server, gets, times } = await start(
    (_id, response) => events(response, "id: e1\nretry: 200\ndata: \n\n").end(),
    (id, response) => events(response, `id: e2\ndata: ${result(id, "after all")}\n\n`),
  );
  expect(textOf(await call(server, "any"))).toBe("after all");
  expect(gets.map(({ headers }) => headers)).toMatchObject([
    {
      "last-event-id": "e1",
      "mcp-session-id": "session",
      "mcp-protocol-version": "2025-11-25",
      accept: "text/event-stream",
      authorization: "Bearer x",
    },
  ]);
  const [posted = 0, taken = 0] = times;
  expect(taken - posted).toBeGreaterThanOrEqual(190);
});

it("P5: is taken up as often as it ends, each time after the event that came last", async () => {
  let ends = 0;
  const { server, gets } = await start(
    (_id, response) => events(response, "id: e0\nretry: 100\ndata:\n\n").end(),
    (id, response) => {
      ends += 1;
      if (ends < 3) events(response, `retry: 100\nid: e${ends}\ndata:\n\n`).end();
      else events(response, `data: ${result(id, "at last")}\n\n`).end();
    },
  );
  expect(textOf(await call(server, "any"))).toBe("at last");
  expect(gets.map(({ headers }) => headers["last-event-id"])).toEqual(["e0", "e1", "e2"]);
});

it("P5: is taken up when the connection breaks in the middle", async () => {
  const { server } = await start(
    (_id, response) => {
      events(response, "id: e1\nretry: 100\ndata:\n\n");
      setImmediate(() => response.destroy());
    },
    (id, response) => events(response, `data: ${result(id, "whole")}\n\n`).end(),
  );
  expect(textOf(await call(server, "any"))).toBe("whole");
});

it("P5: that had no ids is not, nor is one that the server does not go on with: the outcome is unknown", async () => {
  const without = await start((_id, response) => events(response, "retry: 100\ndata:\n\n").end(), refused);
  expect((await call(without.server, "any")).status).toBe("unknown");
  expect(without.gets).toEqual([]);
  const gone = await start((_id, response) => events(response, "id: e1\nretry: 100\ndata:\n\n").end(), refused);
  expect((await call(gone.server, "any")).status).toBe("unknown");
  expect(gone.gets).toHaveLength(1);
});

it("P9: is not taken up with an id that no header can hold", async () => {
  const { server, gets } = await start(
    (_id, response) => events(response, "id: e\r1\u00e9\nretry: 100\ndata:\n\n").end(),
    refused,
  );
  expect((await call(server, "any")).status).toBe("unknown");
  expect(gets).toEqual([]);
});

it("is not taken up when it was answered", async () => {
  const { server, gets } = await start(
    (id, response) => events(response, `id: e1\nretry: 100\ndata: ${result(id, "done")}\n\n`).end(),
    refused,
  );
  expect(textOf(await call(server, "any"))).toBe("done");
  expect(textOf(await call(server, "any"))).toBe("done");
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(gets).toEqual([]);
});

it("P2: answers no other question than its own", async () => {
  const { server, refusals } = await start(
    (_id, response) => events(response, "id: e1\nretry: 100\ndata:\n\n").end(),
    (id, response) => events(response, `data: ${result(id + 1, "not yours")}\n\ndata: ${result(id, "mine")}\n\n`).end(),
  );
  expect(textOf(await call(server, "any"))).toBe("mine");
  expect(refusals).toContainEqual({ method: undefined, reason: "an answer to another question" });
});

it("is left alone when nobody waits for the answer any more", async () => {
  const { server, gets } = await start(
    (_id, response) => events(response, "id: e1\nretry: 300\ndata:\n\n").end(),
    refused,
  );
  expect((await call(server, "any", {}, { timeoutMs: 100 })).status).toBe("timeout");
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(gets).toEqual([]);
});
