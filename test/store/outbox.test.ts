import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventId, messageId, type Notice } from "../../src/approval/notice.ts";
import type { NewDispatch } from "../../src/store/dispatch.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { sampleRequest, T0 } from "../approval/sample.ts";
import { about } from "../notify/sample.ts";
import type { Told } from "../told.ts";
import { startChild, temporaryFolder } from "./processes.ts";

const CONFIG = "/gate/kidoban.yaml";
const CHANNELS = ["one", "two"] as const;

const row = (n: number, channel: string = CHANNELS[0], more: Partial<NewDispatch> = {}): NewDispatch => {
  const notice: Notice = { kind: "stop.placed", stop: `s${n}`, by: "aiko" };
  const event = eventId(notice);
  const at = T0 + n;
  return {
    id: messageId(event, channel),
    event,
    config: CONFIG,
    channel,
    name: channel,
    notice,
    writtenAt: at,
    giveUpAt: at + 60_000,
    ...more,
  };
};
const taker = (process: string, now = T0 + 1000, channels: readonly string[] = CHANNELS) => ({
  config: CONFIG,
  channels,
  process,
  now,
});

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
beforeEach(async () => {
  folder = temporaryFolder();
  store = await openStore(folder.path);
});
afterEach(async () => {
  await store.close();
  folder.remove();
});
const live = (id: string) => store.register({ id, pid: 1, role: "gate", startedAt: T0 });

describe("the outbox", () => {
  it("keeps a message over a restart and gives it as it was written", async () => {
    await live("p");
    expect(await store.writeOutbox([row(1), row(1, "two")], T0)).toBe(2);
    await store.close();
    store = await openStore(folder.path);
    await live("q");
    expect(await store.takeFromOutbox(taker("q"))).toMatchObject({ ...row(1), state: "sending", attempts: 1 });
  });

  it("takes one event for one channel once, whoever writes it", async () => {
    expect(await store.writeOutbox([row(1)], T0)).toBe(1);
    expect(await store.writeOutbox([row(1), row(2)], T0)).toBe(1);
    expect(await store.outbox(CONFIG)).toHaveLength(2);
  });

  it("writes what a step of a request tells with the step, or neither", async () => {
    const { id, ...more } = sampleRequest();
    await store.openRequest({ id, ...more }, 10);
    const approve = () => store.move(id, ["pending"], "approved", T0, { redeemUntil: T0 + 1, outbox: [row(1)] });
    expect([await approve(), (await store.outbox(CONFIG)).length]).toEqual([true, 1]);
    expect(await store.move(id, ["pending"], "approved", T0, { outbox: [row(2)] })).toBe(false);
    expect(await store.outbox(CONFIG)).toHaveLength(1);
  });

  it("gives nobody a message that another living process holds", async () => {
    await live("p");
    await store.writeOutbox([row(1)], T0);
    expect(await store.takeFromOutbox(taker("p"))).toMatchObject({ id: row(1).id });
    expect(await store.takeFromOutbox(taker("p"))).toBeUndefined();
    expect(await store.takeFromOutbox(taker("q"))).toBeUndefined();
    expect(await store.outboxWork(taker("q"))).toEqual({ elsewhere: true });
  });

  it("gives only what is due, the longest due first, and says when the next is", async () => {
    await live("p");
    await store.writeOutbox([row(2), row(1), row(500)], T0);
    expect((await store.takeFromOutbox(taker("p", T0 + 100)))?.event).toBe("stop.placed/s1");
    expect((await store.takeFromOutbox(taker("p", T0 + 100)))?.event).toBe("stop.placed/s2");
    expect(await store.takeFromOutbox(taker("p", T0 + 100))).toBeUndefined();
    expect(await store.outboxWork(taker("p"))).toEqual({ dueAt: T0 + 500, elsewhere: false });
  });

  it("P12: gives nothing for a channel that is not in force, and nothing of another configuration", async () => {
    await live("p");
    await store.writeOutbox([row(1, "gone"), row(2, "one", { config: "/other/kidoban.yaml", id: "x" })], T0);
    expect(await store.takeFromOutbox(taker("p"))).toBeUndefined();
    expect(await store.outboxWork(taker("p"))).toBeUndefined();
  });

  it("is settled by its holder alone, once, and tried again where it failed for now", async () => {
    await live("p");
    await store.writeOutbox([row(1)], T0);
    const { id } = row(1);
    await store.takeFromOutbox(taker("p"));
    const again = { kind: "waiting", dueAt: T0 + 5000, problem: "HTTP 500" } as const;
    expect(await store.settleDispatch(id, "q", { kind: "sent" }, T0)).toBe(false);
    expect(await store.settleDispatch(id, "p", again, T0)).toBe(true);
    expect(await store.takeFromOutbox(taker("p", T0 + 4999))).toBeUndefined();
    expect(await store.takeFromOutbox(taker("p", T0 + 5000))).toMatchObject({ attempts: 2, problem: "HTTP 500" });
    expect(await store.settleDispatch(id, "p", { kind: "sent" }, T0)).toBe(true);
    expect(await store.settleDispatch(id, "p", { kind: "sent" }, T0)).toBe(false);
    expect(await store.outbox(CONFIG)).toMatchObject([{ state: "sent", attempts: 2 }]);
    expect(await store.takeFromOutbox(taker("p", T0 + 90_000))).toBeUndefined();
  });

  it("keeps why the last attempt failed where nobody waits for it any more", async () => {
    await live("p");
    await store.writeOutbox([row(1)], T0);
    await store.takeFromOutbox(taker("p"));
    await store.settleDispatch(row(1).id, "p", { kind: "waiting", dueAt: T0, problem: "HTTP 500" }, T0);
    await store.takeFromOutbox(taker("p"));
    await store.settleDispatch(row(1).id, "p", { kind: "withdrawn" }, T0);
    expect(await store.outbox(CONFIG)).toMatchObject([{ state: "withdrawn", problem: "HTTP 500" }]);
  });

  it("counts an attempt that never began as none", async () => {
    await live("p");
    await store.writeOutbox([row(1)], T0);
    await store.takeFromOutbox(taker("p"));
    await store.settleDispatch(row(1).id, "p", { kind: "waiting", dueAt: T0 }, T0);
    expect(await store.outbox(CONFIG)).toMatchObject([{ state: "waiting", attempts: 0 }]);
  });

  it("an agent that asks without end rings nobody's phone without end: what it asks too often is told later and later", async () => {
    await live("p");
    const asked = (n: number, agent: string): NewDispatch => {
      const notice: Notice = { kind: "request.opened", about: { ...about(), request: `r${n}`, agent } };
      return row(0, "one", { id: `${agent}${n}`, event: eventId(notice), notice, writtenAt: T0, request: `r${n}` });
    };
    for (let n = 0; n < 25; n += 1) await store.writeOutbox([asked(n, "flood")], T0);
    const dues = (await store.outbox(CONFIG)).map(({ dueAt }) => (dueAt - T0) / 1000);
    expect(dues.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 0));
    expect(dues.slice(20)).toEqual([30, 60, 90, 120, 150]);
    // Nobody else waits for it: neither another agent nor a stop.
    await store.writeOutbox([asked(100, "calm"), row(7)], T0);
    expect((await store.outbox(CONFIG)).slice(25).map(({ dueAt, writtenAt }) => dueAt - writtenAt)).toEqual([0, 0]);
    // After ten minutes it begins anew.
    const later = { ...asked(200, "flood"), writtenAt: T0 + 600_001 };
    await store.writeOutbox([later], T0);
    expect((await store.outbox(CONFIG)).at(-1)?.dueAt).toBe(later.writtenAt);
  });

  it("forgets what ended a week ago, and nothing that waits", async () => {
    await live("p");
    const patient = row(2, "one", { giveUpAt: T0 + 30 * 86_400_000 });
    await store.writeOutbox([row(1), patient, row(4)], T0);
    await store.takeFromOutbox(taker("p"));
    await store.settleDispatch(row(1).id, "p", { kind: "failed", problem: "HTTP 410" }, T0);
    await store.writeOutbox([row(3)], T0 + 8 * 86_400_000);
    expect((await store.outbox(CONFIG)).map(({ event }) => event)).toEqual(["stop.placed/s2", "stop.placed/s3"]);
  });
});

const children = async (count: number): Promise<readonly Told[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const child = await startChild(folder.path);
      await child.call("register", { id: `c${index}`, pid: 1, role: "gate", startedAt: T0 });
      return child;
    }),
  );

describe("among processes", () => {
  it("each of fifty messages is taken by exactly one of three that take as fast as they can", async () => {
    const three = await children(3);
    await store.writeOutbox(
      Array.from({ length: 50 }, (_, n) => row(n)),
      T0,
    );
    const taken = await Promise.all(
      three.map(async (child, index) => {
        const ids: string[] = [];
        for (;;) {
          const one = (await child.call("takeFromOutbox", taker(`c${index}`))) as { readonly id: string } | undefined;
          if (one === undefined) return ids;
          ids.push(one.id);
        }
      }),
    );
    expect(taken.flat()).toHaveLength(50);
    expect(new Set(taken.flat()).size).toBe(50);
    for (const child of three) child.kill("SIGKILL");
  });

  it("what a killed process held is taken over, what a stopped one holds is not", async () => {
    const [killed, stopped] = await children(2);
    await store.writeOutbox([row(1), row(2)], T0);
    await killed?.call("takeFromOutbox", taker("c0"));
    await stopped?.call("takeFromOutbox", taker("c1"));
    stopped?.kill("SIGSTOP");
    await live("p");
    expect(await store.takeFromOutbox(taker("p"))).toBeUndefined();
    killed?.kill("SIGKILL");
    await killed?.ended();
    expect(await store.takeFromOutbox(taker("p"))).toMatchObject({ id: row(1).id, attempts: 2 });
    expect(await store.takeFromOutbox(taker("p"))).toBeUndefined();
    // The dead one's word would come too late, whatever it says.
    expect(await store.settleDispatch(row(1).id, "c0", { kind: "sent" }, T0)).toBe(false);
    stopped?.kill("SIGKILL");
  });

  it("what a process held that ended without a word, and was forgotten, is taken over too", async () => {
    const [child] = await children(1);
    await store.writeOutbox([row(1)], T0);
    await child?.call("takeFromOutbox", taker("c0"));
    await child?.call("close");
    await live("p");
    expect(await store.takeFromOutbox(taker("p"))).toMatchObject({ id: row(1).id });
    child?.kill("SIGKILL");
  });
});
