/** Attacks of a server, and of an agent by way of its door, on what is listened to, listed and completed. */

import { describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../../src/policy/json.ts";
import { CALLS } from "../../src/mcp/calls.ts";
import { listDefinitions } from "../../src/mcp/definition-list.ts";
import { legacyEra, modernEra, readDiscover } from "../../src/mcp/era.ts";
import { openLane } from "../../src/mcp/lane.ts";
import { openSubscriptions } from "../../src/mcp/subscriptions.ts";
import { supervise, type ConnectionEvents } from "../../src/mcp/supervise.ts";
import { openTelling } from "../../src/mcp/telling.ts";

/** A lane to a server that the test speaks for. */
function lane(era = modernEra("1"), updated: (uri: string) => void = () => undefined) {
  const sent: { readonly id?: number; readonly method: string; readonly params?: JsonObject }[] = [];
  const refused: string[] = [];
  const opened = openLane({
    send: (message) => sent.push(JSON.parse(message)) > 0,
    era: () => era,
    refused: (_method, reason) => void refused.push(reason),
    listChanged: () => undefined,
    updated,
    logged: () => undefined,
    server: "s",
    hide: (text) => text,
  });
  return { ...opened, lane: opened, sent, refused };
}
const call = {
  kind: "tool",
  name: "t",
  access: "read",
  argsText: "{}",
  timeoutMs: 10_000,
} as const;

const MODERN = readDiscover(
  {
    supportedVersions: ["2026-07-28"],
    capabilities: { resources: { subscribe: true, listChanged: true }, tools: { listChanged: true } },
  },
  "1",
);
if (MODERN === undefined) throw new Error("not read");

describe("a modern server that is listened to", () => {
  test("that honours nothing is not left with an open question for each resource it was asked to watch", async () => {
    const server = lane();
    const telling = openTelling(() => undefined);
    telling.begin(server.lane, { ...MODERN, listChanged: [] });
    for (let at = 0; at < 3; at += 1) {
      const watching = telling.watch(`notes://${at}`);
      const { id } = server.sent.findLast(({ method }) => method === "subscriptions/listen") ?? {};
      const _meta = { "io.modelcontextprotocol/subscriptionId": id };
      const params = { notifications: { resourceSubscriptions: [] }, _meta };
      server.receive(JSON.stringify({ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params }));
      expect(await watching).toBe(false);
    }
    const cancelled = server.sent.filter(({ method }) => method === "notifications/cancelled");
    expect(cancelled).toHaveLength(3);
  });

  test("has as many calls in flight as there are calls: what is listened to counts for none", async () => {
    const server = lane();
    openTelling(() => undefined).begin(server.lane, MODERN);
    expect(server.sent.map(({ method }) => method)).toEqual(["subscriptions/listen"]);
    expect(server.lane.inFlight).toBe(0);
    const answered = server.call(call);
    expect(server.lane.inFlight).toBe(1);
    // Nor does it keep an answer without an id from being the call's.
    server.tooLong(17_000_000, '{"jsonrpc":"2.0","result":{"content":[');
    expect(await answered).toMatchObject({ status: "unknown" });
  });
});

test("an agent that listens to very many resources at once is told that they are too many, before any is looked at", async () => {
  let looked = 0;
  const gate = {
    watch: async () => {
      looked += 1;
      return { kind: "refused", error: "{}" } as const;
    },
  };
  const subscriptions = openSubscriptions(gate as never, () => undefined);
  const client = { era: "modern", protocol: "2026-07-28", prompts: false } as const;
  const resourceSubscriptions = Array.from({ length: 1001 }, (_, at) => `n:${at}`);
  const error = await subscriptions.open(1, { notifications: { resourceSubscriptions } }, client);
  expect(error).toMatchObject({ code: -32602 });
  expect([looked, subscriptions.has(1)]).toEqual([0, false]);
});

test("P1 a completion's ref that names a prompt and a template is refused: a server may read the other one", () => {
  const read = CALLS["completion/complete"];
  const argument = { name: "a", value: "" };
  for (const type of ["ref/prompt", "ref/resource"])
    expect(typeof read?.({ ref: { type, name: "shown", uri: "vault://{key}" }, argument })).toBe("string");
  expect(read?.({ ref: { type: "ref/prompt", name: "shown", title: "T" }, argument })).toMatchObject({ name: "shown" });
});

test("a server whose lists are few definitions of very many bytes is not listed to the end", async () => {
  const server = lane(legacyEra());
  const listing = listDefinitions("s", "prompt", server.lane, {
    faultOf: () => undefined,
    dropped: () => undefined,
    unknown: () => undefined,
  });
  const text = "x".repeat(8_000_000);
  const done = listing.catch(String);
  let pages = 0;
  // As long as it asks for one page more.
  while (server.sent.length > pages && pages < 60) {
    const { id } = server.sent.at(-1) ?? {};
    pages += 1;
    const result = { prompts: [{ name: `p${pages}`, description: text }], nextCursor: String(pages) };
    server.receive(JSON.stringify({ jsonrpc: "2.0", id, result }));
    await new Promise((tick) => setImmediate(tick));
  }
  expect(pages).toBeLessThan(20);
  expect(await done).toContain("bytes");
});

const supervised = () => {
  const connection: { events?: ConnectionEvents } = {};
  const server = supervise(
    {
      id: "s",
      endpoint: "e",
      version: "1",
      startTimeoutMs: 1000,
      first: "legacy",
      connect(events) {
        connection.events = events;
        return { send: () => true, close: async () => undefined };
      },
    },
    { refused: () => undefined, started: () => undefined, ended: () => undefined, hide: (text) => text },
  );
  const changed = JSON.stringify({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
  return { server, say: () => connection.events?.receive(changed) };
};

describe("a server that says all the time that its lists changed", () => {
  test("is listed twenty times at once and then now and then, but after the last time too", async () => {
    vi.useFakeTimers();
    try {
      const { server, say } = supervised();
      let changes = 0;
      server.onChanged(() => (changes += 1));
      for (let at = 0; at < 1000; at += 1) say();
      expect(changes).toBe(20);
      vi.advanceTimersByTime(5000);
      expect(changes).toBe(21);
      await server.close();
    } finally {
      vi.useRealTimers();
    }
  });
});

test("a server whose log messages are too many is still heard where a resource is updated", () => {
  const updates: string[] = [];
  const server = lane(legacyEra(), (uri) => void updates.push(uri));
  const say = (name: string, params: object): void =>
    server.receive(JSON.stringify({ jsonrpc: "2.0", method: `notifications/${name}`, params }));
  for (let at = 0; at < 500; at += 1) say("message", { level: "debug", data: at });
  expect(server.refused).toContain("too many of them");
  say("resources/updated", { uri: "notes://shown" });
  expect(updates).toEqual(["notes://shown"]);
});
