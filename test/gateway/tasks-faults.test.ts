/** Tasks where something goes wrong between two steps: disk, store, server, flood. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { SealedError, type AuditLog } from "../../src/audit/log.ts";
import { ServerError, type Answer } from "../../src/gateway/ports.ts";
import type { Task } from "../../src/gateway/task.ts";
import { StoreError } from "../../src/store/store.ts";
import { handGate, said, type Hand } from "./hand.ts";

const client = { era: "modern", protocol: "2026-07-28", prompts: false, tasks: true } as const;
const poller = { client, claimed: {} };

let hand: Hand;
afterEach(() => hand.close());

const hold = (args = { text: "a" }): Promise<Answer> => hand.call("hand_change", args, { client });
function taskOf(answer: Answer): Task {
  if (answer.kind !== "task") throw new Error(said(answer));
  return answer.task;
}
async function get(id: string): Promise<Task> {
  const answer = await hand.gate.task("get", id, poller);
  if (answer.kind !== "task") throw new Error(JSON.stringify(answer));
  return answer.task;
}
async function ended(id: string): Promise<Task> {
  for (let tries = 0; tries < 500; tries += 1) {
    const task = await get(id);
    if (task.status !== "working") return task;
    await sleep(10);
  }
  throw new Error("it does not end");
}
const textIn = (task: Task): string => ("text" in task ? task.text : "");

/** The log cannot be written from the first entry of this kind on. */
const sealedFrom = (kind: string) => (log: AuditLog) => {
  let sealed = false;
  return Object.assign(Object.create(log) as AuditLog, {
    record(entry: Parameters<AuditLog["record"]>[0]) {
      if (entry.kind === kind) sealed = true;
      return log.record(entry);
    },
    written: () => (sealed ? Promise.reject(new SealedError("no space")) : log.written()),
    synced: () => (sealed ? Promise.reject(new SealedError("no space")) : log.synced()),
  });
};

describe("a task", () => {
  test("P4: that cannot be recorded is not given, and nothing runs for it", async () => {
    hand = await handGate({ rules: "", wait: "0s", log: sealedFrom("task.opened") });
    expect(said(await hold())).toContain("audit log cannot be written");
    await hand.answer(await hand.waitFor("pending"));
    await sleep(100);
    expect(hand.sent).toEqual([]);
  });

  test("P4: whose result cannot be recorded as read does not give it", async () => {
    hand = await handGate({ rules: "", wait: "0s", log: sealedFrom("task.read") });
    const { id } = taskOf(await hold());
    await hand.answer(await hand.waitFor("pending"));
    await hand.waitFor("succeeded");
    expect(await hand.gate.task("get", id, poller)).toMatchObject({ kind: "refused" });
    expect(hand.sent).toHaveLength(1);
  });

  test("P4: whose outcome could not be recorded is of unknown outcome, whatever the server said", async () => {
    hand = await handGate({ rules: "", wait: "0s", log: sealedFrom("call.outcome") });
    taskOf(await hold());
    await hand.answer(await hand.waitFor("pending"));
    const request = await hand.waitFor("unknown");
    expect(await hand.store.result(request.id)).toBeUndefined();
    expect(hand.sent).toHaveLength(1);
  });

  test("the store does not take is not given (P4)", async () => {
    hand = await handGate({
      rules: "",
      wait: "0s",
      store: (store) =>
        Object.assign(Object.create(store) as typeof store, {
          addTask: () => Promise.reject(new StoreError("io", "no space")),
        }),
    });
    await expect(hold()).rejects.toThrow(StoreError);
    expect(hand.entries().filter((entry) => entry.kind === "task.opened")).toEqual([]);
  });

  test("waits for a server that is down when the approval comes, and runs once when it is back (P5)", async () => {
    hand = await handGate({ rules: "", wait: "0s" });
    const { id } = taskOf(await hold());
    const tried = { down: true, times: 0 };
    hand.state.listing = async () => {
      if (!tried.down) return;
      tried.times += 1;
      throw new ServerError("down", "hand", "it is down");
    };
    hand.changed("restart");
    await hand.answer(await hand.waitFor("pending"));
    await hand.waitFor("approved");
    const before = tried.times;
    while (tried.times === before) await sleep(10);
    expect((await get(id)).status).toBe("working");
    expect(hand.sent).toEqual([]);
    tried.down = false;
    expect(textIn(await ended(id))).toContain("done");
    expect(hand.sent).toHaveLength(1);
  });

  test("whose approval was used up by a blocking caller of the same call gets that call's result (P5)", async () => {
    hand = await handGate({ rules: "", wait: "5s" });
    const { id } = taskOf(await hold());
    const blocking = hand.call("hand_change", { text: "a" });
    await hand.answer(await hand.waitFor("pending"));
    expect(said(await blocking)).toBe("done");
    expect(textIn(await ended(id))).toContain("done");
    expect(hand.sent).toHaveLength(1);
  });

  test("that is cancelled withdraws the call from everybody who waits for it", async () => {
    hand = await handGate({ rules: "", wait: "5s" });
    const { id } = taskOf(await hold());
    const { id: other } = taskOf(await hold());
    const blocking = hand.call("hand_change", { text: "a" });
    expect(await hand.gate.task("cancel", id, poller)).toEqual({ kind: "acknowledged" });
    expect(said(await blocking)).toContain("withdrawn");
    expect(await get(id)).toMatchObject({ status: "cancelled" });
    expect(await get(other)).toMatchObject({ status: "cancelled" });
    expect(hand.sent).toEqual([]);
  });

  test("is not given to an agent that has a hundred of them: its call is held like any other", async () => {
    hand = await handGate({ rules: "", wait: "0s" });
    const answers = [];
    for (let n = 0; n < 101; n += 1) answers.push(await hold());
    expect(answers.filter((answer) => answer.kind === "task")).toHaveLength(100);
    expect(said(answers[100]!)).toContain("NOT EXECUTED");
    await hand.answer(await hand.waitFor("pending"));
    await hand.waitFor("succeeded");
    expect(hand.sent).toHaveLength(1);
  });

  test("outlives its gate: one that closes runs nothing more of it (P5)", async () => {
    hand = await handGate({ rules: "", wait: "0s" });
    taskOf(await hold());
    const request = await hand.waitFor("pending");
    await hand.gate.close(100);
    await hand.answer(request);
    await sleep(300);
    expect(hand.sent).toEqual([]);
    expect((await hand.store.request(request.id))?.state).not.toBe("executing");
  });

  test("is not what kidoban_wait answers with: that waits for an earlier call itself", async () => {
    hand = await handGate({ rules: "", wait: "0s" });
    const { id } = taskOf(await hold());
    const waited = await hand.call("kidoban_wait", { id: (await hand.waitFor("pending")).id }, { client });
    expect(said(waited)).toContain("kidoban_wait");
    expect((await get(id)).status).toBe("working");
  });
});
