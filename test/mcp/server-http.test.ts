import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { call, endAll, serveHttp, startHttp, textOf, until, type Noted } from "./fixtures.ts";

afterEach(endAll);

const startOdd = async (era: "legacy" | "modern" = "legacy"): Promise<Noted> => {
  const noted = startHttp(await serveHttp("odd-http.mjs", era), { Authorization: "Bearer sesame" });
  await noted.server.ready();
  return noted;
};
const both = [["legacy"], ["modern"]] as const;
const seenBy = async (noted: Noted): Promise<string[]> =>
  JSON.parse(textOf(await call(noted.server, "seen"))) as string[];

describe("a server over HTTP", () => {
  it("is greeted in the modern era first, and in the legacy era when that is refused", async () => {
    const [legacy, modern] = await Promise.all([startOdd(), startOdd("modern")]);
    expect(legacy.server.claimed).toEqual({ name: "odd-http", version: "1", protocol: "2025-06-18" });
    expect(modern.server.claimed).toEqual({ protocol: "2026-07-28" });
    expect((await seenBy(legacy)).slice(0, 3)).toEqual(["server/discover", "initialize", "notifications/initialized"]);
  });

  it("is asked for nothing before it has taken note that it is initialized", async () => {
    const { server } = await startOdd();
    expect((await server.list("tool")).length).toBeGreaterThan(3);
  });

  it("P9: gets our headers and those of the configuration, and none of anybody else", async () => {
    const legacy = await startOdd();
    const headers = JSON.parse(textOf(await call(legacy.server, "headers"))) as Record<string, string>;
    expect(Object.keys(headers).toSorted()).toEqual([
      "accept",
      "authorization",
      "connection",
      "content-length",
      "content-type",
      "host",
      "mcp-protocol-version",
      "mcp-session-id",
    ]);
    expect(headers).toMatchObject({
      authorization: "Bearer sesame",
      "mcp-session-id": "session-0",
      "mcp-protocol-version": "2025-06-18",
    });
  });

  it("P10: of the modern era gets the method, the name and the marked arguments as headers, encoded where they must be", async () => {
    const modern = await startOdd("modern");
    await modern.server.list("tool");
    const headersFor = async (args: object) => JSON.parse(textOf(await call(modern.server, "headers", args))) as object;
    expect(await headersFor({ region: "日本", deep: { n: -7 } })).toMatchObject({
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "headers",
      "mcp-param-region": "=?base64?5pel5pys?=",
      "mcp-param-n": "-7",
    });
    const bare = await headersFor({ region: null, deep: { n: 1.5 }, __proto__: { region: "x" } });
    expect(bare).not.toHaveProperty("mcp-param-region");
    expect(bare).not.toHaveProperty("mcp-param-n");
    const injected = await headersFor({ region: "a\r\nx-evil: 1" });
    expect(injected).toMatchObject({
      "mcp-param-region": `=?base64?${Buffer.from("a\r\nx-evil: 1").toString("base64")}?=`,
    });
    expect(injected).not.toHaveProperty("x-evil");
  });

  it("of the SDK checks those headers itself", async () => {
    const { server } = startHttp(await serveHttp("sdk-v2.mjs", "http", "modern"));
    await server.list("tool");
    expect(textOf(await call(server, "routed", { region: " padded " }))).toBe("routed to  padded ");
  });

  it("drops tools whose header marks are wrong, in the modern era, where the binding demands it", async () => {
    const { server, refusals } = await startOdd("modern");
    const names = (await server.list("tool")).map((tool) => tool["name"]);
    expect(names).not.toContain("bad_header");
    expect(names).not.toContain("bad_type");
    expect(refusals.map((refusal) => refusal.reason)).toEqual([
      "dropped bad_header: an x-mcp-header that is no header name",
      "dropped bad_type: x-mcp-header on something that is no string, integer or boolean",
    ]);
  });

  it.each(both)("P10: answers by JSON or by a stream, and results keep their bytes on one line, %s", async (era) => {
    const noted = await startOdd(era);
    expect(textOf(await call(noted.server, "streamed"))).toBe("streamed");
    expect((await call(noted.server, "pretty")).text).toBe('{     "content": [],     "n": 9007199254740993   }');
  });

  it.each(both)("tells of changed lists on the stream of its era, %s", async (era) => {
    const { server, changes } = await startOdd(era);
    await until(() => changes.length > 0 || (void call(server, "change_list"), false));
    expect(changes[0]).toBe("list");
  });

  it("P7: asks nothing of anybody", async () => {
    const noted = await startOdd();
    expect(textOf(await call(noted.server, "asks"))).toBe("asked");
    expect(noted.refusals.map((refusal) => refusal.method)).toEqual(["sampling/createMessage"]);
    // The answer travels beside the next calls.
    let seen: string[] = [];
    while (!seen.includes("an answer")) seen = await seenBy(noted);
  });

  it("is said goodbye to, and takes nothing any more", async () => {
    const url = await serveHttp("odd-http.mjs");
    const { server } = startHttp(url);
    await server.ready();
    await server.close();
    await expect(server.ready()).rejects.toThrow(/was closed/);
    expect((await call(server, "echo")).status).toBe("not_sent");
    const later = startHttp(url);
    await later.server.ready();
    expect(await seenBy(later)).toContain("goodbye");
  });
});

describe("the outcome of a call over HTTP", () => {
  it.each(both)("P5: is that of its own stream: an answer that comes elsewhere is dropped, %s", async (era) => {
    const { server, refusals } = await startOdd(era);
    const hanging = call(server, "hangs", {}, { timeoutMs: 500 });
    expect(textOf(await call(server, "other_answer"))).toBe("mine");
    expect((await hanging).status).toBe("timeout");
    expect(refusals.map((refusal) => refusal.reason)).toEqual(["an answer to another question"]);
    if (era === "legacy") {
      // The legacy stream for notifications may not answer either.
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(textOf(await call(server, "stray"))).toBe("by its own");
    }
  });

  it.each([
    ["redirects", "unknown", "redirect"],
    ["no_answer", "unknown", "without a result"],
    ["wrong_type", "unknown", "text/html"],
    ["compressed", "unknown", "compressed"],
    ["huge", "unknown", "16 MiB"],
    ["breaks", "unknown", ""],
    ["resets", "unknown", ""],
    ["fails_500", "unknown", "HTTP 500"],
  ])("P5: is unknown after %s", async (name, status, detail) => {
    const noted = await startOdd();
    const outcome = await call(noted.server, name);
    expect(outcome.status).toBe(status);
    expect(outcome.detail).toContain(detail);
    expect(JSON.stringify(outcome)).not.toContain("sesame");
    const seen = await seenBy(noted);
    expect(seen.filter((what) => what === name)).toHaveLength(1);
    expect(seen).not.toContain("followed a redirect");
  });

  it("is an error where the server turned it away", async () => {
    const { server } = await startOdd();
    expect(await call(server, "denied_403")).toMatchObject({
      status: "rpc_error",
      text: expect.stringContaining("HTTP 403") as string,
    });
    expect(await call(server, "rpc_400")).toMatchObject({
      status: "rpc_error",
      text: '{"code":-32020,"message":"Header mismatch"}',
    });
  });

  it("P5: is told to the server when it is given up: by the closed stream or by a notification, as its era has it", async () => {
    for (const [era] of both) {
      const noted = await startOdd(era);
      expect((await call(noted.server, "hangs", {}, { timeoutMs: 100 })).status).toBe("timeout");
      let seen: string[] = [];
      while (!seen.includes("closed")) seen = await seenBy(noted);
      expect(seen.includes("notifications/cancelled")).toBe(era === "legacy");
    }
  });

  it("P5: is not repeated when the session is gone; a new one is opened for the next", async () => {
    const noted = await startOdd();
    await call(noted.server, "forget");
    expect(await call(noted.server, "echo", { text: "lost" })).toMatchObject({ status: "rpc_error" });
    await until(() => noted.changes.includes("restart"));
    expect(noted.ends).toEqual(["its session is gone"]);
    expect(textOf(await call(noted.server, "echo", { text: "again" }))).toBe("again");
    const seen = await seenBy(noted);
    expect(seen.filter((what) => what === "echo")).toHaveLength(1);
    expect(seen.filter((what) => what === "initialize")).toHaveLength(2);
  });

  it("P5: is `not sent` when nobody listens, and the server is named with its cause", async () => {
    const free = createServer().listen(0);
    const port = await new Promise<number>((resolve) =>
      free.once("listening", () => resolve((free.address() as { port: number }).port)),
    );
    await new Promise((resolve) => free.close(resolve));
    const { server, ends } = startHttp(`http://127.0.0.1:${port}/mcp`);
    await expect(server.ready()).rejects.toMatchObject({
      code: "down",
      message: expect.stringMatching(/server one: .*ECONNREFUSED/) as string,
    });
    expect((await call(server, "echo")).status).toBe("not_sent");
    await until(() => ends.length > 0);
  });
});
