import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { delayMs } from "../../src/notify/backoff.ts";
import { sampleRequest } from "../approval/sample.ts";
import { temporaryFolder } from "../store/processes.ts";
import { channelsIn, CONFIG, courierOver, stops, write, type CourierSetting } from "./couriers.ts";
import { startSender } from "./senders.ts";
import { HASTY_MS, listen, opened } from "./sample.ts";

let folder: ReturnType<typeof temporaryFolder>;
const closing: (() => Promise<void> | void)[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  folder.remove();
});

const until = async (what: string, is: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 800; tries += 1) {
    if (await is()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not come about`);
};

/** The patience of who gives up on one answer, and hears the next one on a busy machine too. */
const SOME_MS = 2_000;

/** A receiver as it should be: it takes each id once, and counts the copies that it drops. */
function receiver(
  failing: (attempt: number) => "ok" | "500" | "reset" | "silent" | "slow" | "too slow" | "taken, then reset",
) {
  const taken: string[] = [];
  /** By id, how often it was taken. */
  const seen = new Map<string, number>();
  let attempts = 0;
  const handle: Parameters<typeof listen>[0] = ({ headers, body }, response) => {
    const id = String(headers["webhook-id"]);
    // Wherever a receiver looks for it.
    const { id: inBody } = JSON.parse(body) as { readonly id?: string };
    if (headers["idempotency-key"] !== id || inBody !== id) throw new Error(`${id} is not its only id`);
    const take = (): void => {
      if (!seen.has(id)) taken.push(id);
      seen.set(id, (seen.get(id) ?? 0) + 1);
    };
    switch (failing(attempts++)) {
      case "ok":
        take();
        response.end("ok");
        return;
      case "500":
        response.writeHead(500).end("no");
        return;
      case "reset":
        response.socket?.resetAndDestroy();
        return;
      case "silent":
        return;
      case "slow":
        take();
        setTimeout(() => response.end("ok"), 100);
        return;
      case "too slow":
        take();
        setTimeout(() => response.end("ok"), 2 * SOME_MS);
        return;
      case "taken, then reset":
        take();
        response.socket?.resetAndDestroy();
        return;
    }
  };
  return { handle, taken, seen, attempts: () => attempts };
}

const listener = async (handle: Parameters<typeof listen>[0]): Promise<string> => {
  const { url, close } = await listen(handle);
  closing.push(close);
  return url;
};
const running = async (process: string, urls: readonly string[], more: Partial<CourierSetting> = {}) => {
  const setting = { folder: folder.path, process, urls, secondMs: 5, ...more };
  const made = await courierOver(setting, channelsIn(setting));
  closing.push(() => made.courier.close(100));
  return made;
};

describe("a receiver that fails half the time", () => {
  test("is told everything and nothing twice: by 500, by silence, by resets before and after it took it, by slow answers", async () => {
    // One of two attempts goes wrong, each in another way.
    const ways = ["500", "reset", "silent", "taken, then reset", "slow"] as const;
    const flaky = [0, 1].map(() =>
      receiver((n) => (n % 2 === 0 ? "ok" : (ways[Math.floor(n / 2) % ways.length] ?? "ok"))),
    );
    const urls = await Promise.all(flaky.map(({ handle }) => listener(handle)));
    const { courier, store, entries } = await running("p", urls, { answerMs: HASTY_MS });
    await write(store, stops(25), ["channel-0", "channel-1"]);
    courier.wake();
    await until("the end of the outbox", async () =>
      (await store.outbox(CONFIG)).every(({ state }) => state === "sent"),
    );
    const rows = await store.outbox(CONFIG);
    for (const [index, { taken, attempts }] of flaky.entries()) {
      const wanted = rows.filter(({ channel }) => channel === `channel-${index}`).map(({ id }) => id);
      expect(wanted).toHaveLength(25);
      expect(taken.toSorted()).toEqual(wanted.toSorted());
      expect(attempts()).toBeGreaterThan(25);
    }
    const sent = entries.filter(({ kind }) => kind === "notification.sent");
    expect(sent).toHaveLength(50);
    // A failure is recorded once for each message, however often it failed.
    const failed = entries.flatMap((entry) => (entry.kind === "notification.failed" ? [entry.message] : []));
    expect(failed.length).toBeGreaterThan(10);
    expect(new Set(failed).size).toBe(failed.length);
    expect(JSON.stringify(entries)).not.toContain("127.0.0.1");
  });

  test("one that took it and says so too late is told again, under the id that it knows, and once that is all", async () => {
    const { handle, taken, seen, attempts } = receiver((n) => (n === 0 ? "too slow" : "ok"));
    const { courier, store } = await running("p", [await listener(handle)], { answerMs: SOME_MS });
    await write(store, stops(1), ["channel-0"]);
    courier.wake();
    await until("the end", async () => (await store.outbox(CONFIG)).every(({ state }) => state === "sent"));
    expect([taken.length, [...seen.values()], attempts()]).toEqual([1, [2], 2]);
  });

  test("one that never answers keeps no other waiting", async () => {
    const [dead, well] = [receiver(() => "silent"), receiver(() => "ok")];
    const urls = [await listener(dead.handle), await listener(well.handle)];
    const { courier, store } = await running("p", urls, { secondMs: 1000 });
    await write(store, stops(40), ["channel-0", "channel-1"]);
    courier.wake();
    await until("forty messages at the other", () => well.taken.length === 40);
    expect(dead.taken).toEqual([]);
  });
});

describe("what ends a message", () => {
  test("its time: it is given up, and that is on record", async () => {
    const { handle } = receiver(() => "500");
    const { courier, store, entries } = await running("p", [await listener(handle)], { secondMs: 50 });
    await write(store, stops(1), ["channel-0"], 90_000);
    courier.wake();
    await until("the end", async () => (await store.outbox(CONFIG)).every(({ state }) => state === "failed"));
    const [row] = await store.outbox(CONFIG);
    expect(row).toMatchObject({ problem: "HTTP 500" });
    expect(row?.attempts).toBeGreaterThan(1);
    expect(entries).toMatchObject([
      { kind: "notification.failed", channel: "channel-0", event: "stop.placed/s0", final: false },
      { kind: "notification.failed", final: true },
    ]);
  });

  test("a receiver that wants no more of it", async () => {
    const url = await listener((_, response) => response.writeHead(410).end());
    const { courier, store } = await running("p", [url]);
    await write(store, stops(1), ["channel-0"]);
    courier.wake();
    await until("the end", async () => (await store.outbox(CONFIG)).every(({ state }) => state === "failed"));
    expect(await store.outbox(CONFIG)).toMatchObject([{ attempts: 1, problem: "HTTP 410" }]);
  });

  test("the end of its request: nobody is told of what waits no more", async () => {
    const { handle, attempts } = receiver(() => "500");
    const { courier, store } = await running("p", [await listener(handle)]);
    const now = Date.now();
    const made = await store.openRequest(sampleRequest({ openedAt: now, expiresAt: now + 600_000 }), 10);
    const notice = opened({ request: made.kind === "opened" ? made.request.id : "" });
    await write(store, [notice], ["channel-0"]);
    courier.wake();
    await until("a first attempt", () => attempts() > 0);
    await store.move(made.kind === "opened" ? made.request.id : "", ["pending"], "withdrawn", now);
    await until("the end", async () => (await store.outbox(CONFIG)).every(({ state }) => state === "withdrawn"));
  });

  test("P12: a channel that is removed between two attempts gets nothing more", async () => {
    const { handle, attempts, taken } = receiver((n) => (n === 0 ? "500" : "ok"));
    const channels = new Map<string, string>();
    const url = await listener((...given) => {
      channels.delete("channel-0");
      handle(...given);
    });
    channels.set("channel-0", url);
    const { courier, store } = await courierOver(
      { folder: folder.path, process: "p", urls: [url], secondMs: 200 },
      channels,
    );
    closing.push(() => courier.close(100));
    await write(store, stops(1), ["channel-0"]);
    courier.wake();
    await until("a first attempt", async () =>
      (await store.outbox(CONFIG)).some(({ problem }) => problem !== undefined),
    );
    const before = attempts();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(attempts()).toBe(before);
    expect(taken).toEqual([]);
    expect(await store.outbox(CONFIG)).toMatchObject([{ state: "waiting" }]);
  });
});

describe("several processes", () => {
  test("send each message once among them, and no two of them at a time", async () => {
    const atOnce = new Map<string, number>();
    let clashes = 0;
    const { taken, handle } = receiver((n) => (n % 3 === 0 ? "500" : "slow"));
    const url = await listener((received, response, request) => {
      const id = String(received.headers["webhook-id"]);
      const now = (atOnce.get(id) ?? 0) + 1;
      if (now > 1) clashes += 1;
      atOnce.set(id, now);
      response.on("close", () => atOnce.set(id, (atOnce.get(id) ?? 1) - 1));
      handle(received, response, request);
    });
    const { courier, store } = await running("p", [url]);
    const others = await Promise.all([0, 1].map(() => startSender()));
    for (const [index, one] of others.entries())
      await one.call("courier", { folder: folder.path, process: `c${index}`, urls: [url], secondMs: 5 });
    await write(store, stops(30), ["channel-0"]);
    courier.wake();
    await until("the end", async () => (await store.outbox(CONFIG)).every(({ state }) => state === "sent"));
    expect(taken).toHaveLength(30);
    expect(clashes).toBe(0);
    for (const one of others) {
      one.kill("SIGKILL");
      await one.ended();
    }
  });

  test("what a killed sender held is taken over under the same id, so that the receiver drops the copy", async () => {
    const ids: string[] = [];
    let isHolding = true;
    const url = await listener(({ headers }, response) => {
      ids.push(String(headers["webhook-id"]));
      // Taken, and the sender will never hear of it.
      if (!isHolding) response.end("ok");
    });
    const killed = await startSender();
    const { courier, store } = await running("p", [], { secondMs: 1000 });
    await write(store, stops(1), ["channel-0"]);
    const setting = { folder: folder.path, process: "killed", urls: [url], secondMs: 1000, answerMs: 60_000 };
    await killed.call("courier", setting);
    await until("a first attempt", () => ids.length === 1);
    killed.kill("SIGKILL");
    await killed.ended();
    expect(await store.outbox(CONFIG)).toMatchObject([{ state: "sending", attempts: 1 }]);
    isHolding = false;
    const heir = await running("heir", [url]);
    heir.courier.wake();
    await until("the end", async () => (await store.outbox(CONFIG)).every(({ state }) => state === "sent"));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    courier.wake();
  });

  test("a process that ends gives back what it was sending", async () => {
    const url = await listener(() => undefined);
    const { courier, store } = await running("p", [url], { secondMs: 1000 });
    await write(store, stops(1), ["channel-0"]);
    courier.wake();
    await until("an attempt", async () => (await store.outbox(CONFIG)).some(({ state }) => state === "sending"));
    closing.pop();
    const other = await running("other", [], { secondMs: 1000 });
    await courier.close(0);
    expect(await other.store.outbox(CONFIG)).toMatchObject([{ state: "waiting" }]);
  });
});

describe("back-off", () => {
  test("doubles, is capped, leaves half to chance, and heeds a receiver that asks for more", () => {
    expect([1, 2, 3, 4].map((n) => delayMs(n, 1))).toEqual([2000, 4000, 8000, 16_000]);
    expect([1, 2, 3, 4].map((n) => delayMs(n, 0))).toEqual([1000, 2000, 4000, 8000]);
    expect(delayMs(1000, 1)).toBe(300_000);
    expect(delayMs(1, 0, 60_000)).toBe(60_000);
    expect(delayMs(1, 0, 86_400_000)).toBe(300_000);
  });
});
