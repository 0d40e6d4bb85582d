import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { call, endAll, serveHttp, startHttp, textOf, until } from "./fixtures.ts";

const listening: Server[] = [];
afterEach(async () => {
  await endAll();
  for (const server of listening.splice(0)) server.close();
});

/** Notes what it is sent, and answers nothing. */
async function spy(): Promise<{ readonly url: string; readonly got: string[] }> {
  const got: string[] = [];
  const server = createServer((request, response) => {
    got.push(`${request.method} ${request.headers.authorization ?? ""}`);
    response.writeHead(202).end();
  });
  listening.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`, got };
}

describe("a server over HTTP+SSE of 2024-11-05", () => {
  it("is found out where it takes no POST, and answers calls, lists and changes", async () => {
    const { server, changes } = startHttp(await serveHttp("sse.mjs"));
    await server.ready();
    expect(server.claimed).toMatchObject({ name: "sse" });
    expect((await server.list("tool")).map((tool) => tool["name"])).toContain("echo");
    expect(textOf(await call(server, "echo", { text: "木戸番" }))).toBe("木戸番");
    await call(server, "change_list");
    await until(() => changes.includes("list"));
    const seen = JSON.parse(textOf(await call(server, "seen"))) as string[];
    expect(seen.slice(0, 3)).toEqual(["POST /sse", "POST /sse", "GET /sse"]);
    expect(seen.slice(3).every((one) => one === "POST /messages")).toBe(true);
  });

  it("is asked for nothing else where it is configured", async () => {
    const { server } = startHttp(await serveHttp("sse.mjs"), {}, { sse: true });
    await server.ready();
    const seen = JSON.parse(textOf(await call(server, "seen"))) as string[];
    expect(seen[0]).toBe("GET /sse");
    expect(new Set(seen.slice(1))).toEqual(new Set(["POST /messages"]));
  });

  it("P9: gets the configured credentials with the stream and with every message", async () => {
    const url = await serveHttp("sse.mjs", "guarded", "sesame");
    const { server } = startHttp(url, { Authorization: "Bearer sesame" });
    await server.ready();
    expect(textOf(await call(server, "echo", { text: "in" }))).toBe("in");
    const stranger = startHttp(url, {}, { sse: true });
    await expect(stranger.server.ready()).rejects.toThrow(/credentials/);
  });

  it.each([
    ["another origin", (url: string) => url],
    ["another scheme", (url: string) => url.replace("http:", "https:")],
    ["a name and a password", (url: string) => url.replace("//", "//me:you@")],
    ["no URL", () => "http://"],
  ])("attack: one that wants messages sent to %s is sent none", async (_what, place) => {
    const elsewhere = await spy();
    const { server } = startHttp(
      await serveHttp("sse.mjs", "elsewhere", place(elsewhere.url)),
      {
        Authorization: "Bearer sesame",
      },
      { sse: true },
    );
    await expect(server.ready()).rejects.toThrow(/another origin/);
    expect((await call(server, "echo")).status).toBe("not_sent");
    expect(elsewhere.got).toEqual([]);
  });

  it("that never tells where to post is not up", async () => {
    const { server } = startHttp(await serveHttp("sse.mjs", "mute"), {}, { sse: true });
    await expect(server.ready()).rejects.toThrow(/stream ended/);
  });

  it("P5: whose stream breaks in a call leaves its outcome unknown, and is opened anew without it", async () => {
    const { server, changes, ends } = startHttp(await serveHttp("sse.mjs"), {}, { sse: true });
    await server.ready();
    expect((await call(server, "drop")).status).toBe("unknown");
    await until(() => changes.includes("restart"));
    expect(ends).toHaveLength(1);
    expect(textOf(await call(server, "echo", { text: "again" }))).toBe("again");
  });

  it("P5: is told of a call that is given up", async () => {
    const { server } = startHttp(await serveHttp("sse.mjs"), {}, { sse: true });
    await server.ready();
    expect((await call(server, "hang", {}, { timeoutMs: 100 })).status).toBe("timeout");
    let seen: string[] = [];
    while (!seen.includes("cancelled")) seen = JSON.parse(textOf(await call(server, "seen"))) as string[];
  });
});
