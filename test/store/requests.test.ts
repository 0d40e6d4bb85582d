import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Request, RequestState } from "../../src/approval/request.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { person, sampleRequest, says, T0 } from "../approval/sample.ts";
import { temporaryFolder } from "./processes.ts";

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

const args = (path: string) => ({ path });
const REDEEM = { redeemUntil: T0 + 60_000 };

async function opened(more: Partial<Request> = {}, path = "a"): Promise<Request> {
  const answer = await store.openRequest(sampleRequest(more, args(path)), 10);
  if (answer.kind !== "opened") throw new Error(answer.kind);
  return answer.request;
}

async function approved(path = "a"): Promise<Request> {
  const request = await opened({}, path);
  expect(await store.move(request.id, ["pending"], "approved", T0, REDEEM)).toBe(true);
  return request;
}

describe("opening and joining", () => {
  it("gives back exactly what was put in, after a restart too", async () => {
    const request = await opened({ note: "n" });
    const { note: _note, ...without } = request;
    expect(await store.request(request.id)).toEqual(without);
    await store.close();
    store = await openStore(folder.path);
    expect(await store.request(request.id)).toEqual({ ...without, attended: true });
  });

  it("keeps NUL, emoji and long text in arguments and notes", async () => {
    const argsText = JSON.stringify({ path: "\0 🦊 ".repeat(10_000) });
    const request = await opened({ argsText });
    await store.move(request.id, ["pending"], "withdrawn", T0, { note: "a\0b" });
    expect(await store.request(request.id)).toMatchObject({ argsText, note: "a\0b" });
  });

  it("an identical call joins the live request of its agent, whatever its state", async () => {
    const first = await opened();
    for (const state of ["pending", "approved", "executing"] as const) {
      const joined = await store.openRequest(sampleRequest({}, args("a")), 10);
      expect(joined).toMatchObject({ kind: "joined", request: { id: first.id, state } });
      if (state === "pending") await store.move(first.id, ["pending"], "approved", T0, REDEEM);
      if (state === "approved") await store.claim(first.id, first.action, "p", T0);
    }
    await store.finish(first.id, "succeeded", T0);
    expect(await store.openRequest(sampleRequest({}, args("a")), 10)).toMatchObject({ kind: "opened" });
  });

  it("another agent's identical call does not join (P2)", async () => {
    await opened();
    expect(await store.openRequest(sampleRequest({ agent: "other" }, args("a")), 10)).toMatchObject({ kind: "opened" });
  });

  it("a flood meets the cap, per agent; joining costs nothing (P2)", async () => {
    for (let count = 0; count < 10; count++) await opened({}, `f${count}`);
    expect(await store.openRequest(sampleRequest({}, args("more")), 10)).toEqual({
      kind: "too-many",
      pending: 10,
      expired: [],
    });
    expect(await store.openRequest(sampleRequest({}, args("f3")), 10)).toMatchObject({ kind: "joined" });
    expect(await store.openRequest(sampleRequest({ agent: "other" }, args("more")), 10)).toMatchObject({
      kind: "opened",
    });
  });

  it("a request past its time is not joined and does not count, and the caller learns of it", async () => {
    const old = await opened();
    const late = { openedAt: old.expiresAt + 1, expiresAt: old.expiresAt + 2 };
    const answer = await store.openRequest(sampleRequest(late, args("a")), 1);
    expect(answer).toMatchObject({ kind: "opened", expired: [old.id] });
    expect(await store.request(old.id)).toMatchObject({ state: "expired", closedAt: late.openedAt });
  });
});

describe("finding", () => {
  it("by id, or by the code of a live request, however it is typed", async () => {
    const request = await opened();
    expect(await store.findRequest(request.id)).toMatchObject({ id: request.id });
    expect(await store.findRequest(request.code.toLowerCase().replace("-", ""))).toMatchObject({ id: request.id });
    await store.move(request.id, ["pending"], "withdrawn", T0);
    expect(await store.findRequest(request.code)).toBeUndefined();
    expect(await store.findRequest(request.id)).toMatchObject({ state: "withdrawn" });
  });

  it("a code that two live requests share names neither", async () => {
    const first = await opened();
    await opened({ code: first.code }, "b");
    expect(await store.findRequest(first.code)).toBeUndefined();
  });

  it.each(["", "a\0b", "' OR 1=1 --", "x".repeat(1000), "日本"])("nothing for %j", async (id) => {
    expect(await store.findRequest(id)).toBeUndefined();
    expect(await store.request(id)).toBeUndefined();
    expect(await store.statements(id)).toEqual([]);
  });

  it("lists by state and agent, newest first", async () => {
    const a = await opened({ openedAt: T0 + 1 }, "a");
    const b = await opened({ openedAt: T0 + 2 }, "b");
    const c = await opened({ openedAt: T0 + 3, agent: "other" }, "c");
    await store.move(a.id, ["pending"], "denied", T0);
    const ids = async (filter: Parameters<Store["requests"]>[0]) => (await store.requests(filter)).map(({ id }) => id);
    expect(await ids({})).toEqual([c.id, b.id, a.id]);
    expect(await ids({ states: ["pending"] })).toEqual([c.id, b.id]);
    expect(await ids({ agent: "docs-writer" })).toEqual([b.id, a.id]);
    expect(await ids({ limit: 1 })).toEqual([c.id]);
    expect(await ids({ states: [] })).toEqual([]);
  });

  it("the last one of an action that ended, within its time", async () => {
    const first = await approved();
    await store.claim(first.id, first.action, "p", T0);
    await store.finish(first.id, "unknown", T0 + 5);
    const last = (states: readonly RequestState[], since: number) =>
      store.lastRequest("docs-writer", first.action, states, since);
    expect(await last(["unknown"], T0 + 5)).toMatchObject({ id: first.id });
    expect(await last(["unknown"], T0 + 6)).toBeUndefined();
    expect(await last(["succeeded"], T0)).toBeUndefined();
    expect(await store.lastRequest("other", first.action, ["unknown"], T0)).toBeUndefined();
  });
});

describe("moving on", () => {
  it("only from a state that it is in, and only by a step that may happen (P2, P5)", async () => {
    const request = await opened();
    expect(await store.move(request.id, ["approved"], "denied", T0)).toBe(false);
    expect(await store.move(request.id, ["pending"], "succeeded", T0)).toBe(false);
    expect(await store.move(request.id, ["pending"], "denied", T0 + 1, { note: "no" })).toBe(true);
    expect(await store.move(request.id, ["denied", "pending"], "approved", T0, REDEEM)).toBe(false);
    expect(await store.request(request.id)).toMatchObject({ state: "denied", closedAt: T0 + 1, note: "no" });
  });

  it("an outcome is never overwritten (P5)", async () => {
    const request = await approved();
    await store.claim(request.id, request.action, "p", T0);
    expect(await store.finish(request.id, "unknown", T0)).toBe(true);
    expect(await store.finish(request.id, "succeeded", T0, { member: "result", text: "{}", at: T0 })).toBe(false);
    expect(await store.result(request.id)).toBeUndefined();
  });
});

describe("the claim (P2, P5)", () => {
  it("takes an approved request once", async () => {
    const request = await approved();
    expect(await store.claim(request.id, request.action, "p", T0)).toBe("claimed");
    expect(await store.claim(request.id, request.action, "p", T0)).toBe("not-approved");
    expect(await store.request(request.id)).toMatchObject({ state: "executing" });
  });

  it("takes nothing that is pending, denied, gone or of another action", async () => {
    const request = await opened();
    expect(await store.claim(request.id, request.action, "p", T0)).toBe("not-approved");
    await store.move(request.id, ["pending"], "approved", T0, REDEEM);
    expect(await store.claim(request.id, "ff".repeat(32), "p", T0)).toBe("not-approved");
    expect(await store.claim("nobody", request.action, "p", T0)).toBe("not-approved");
    await store.move(request.id, ["approved"], "denied", T0);
    expect(await store.claim(request.id, request.action, "p", T0)).toBe("not-approved");
  });

  it("takes nothing past its time, or without one", async () => {
    const request = await approved();
    expect(await store.claim(request.id, request.action, "p", REDEEM.redeemUntil + 1)).toBe("expired");
    const other = await opened({}, "b");
    await store.move(other.id, ["pending"], "approved", T0);
    expect(await store.claim(other.id, other.action, "p", T0)).toBe("expired");
  });

  it("a stop between approval and claim holds it back, for the agent or for all; lifted, it goes on (P8)", async () => {
    for (const agent of [undefined, "docs-writer"]) {
      const request = await approved(`of ${agent}`);
      const stop = {
        id: `stop-${agent}`,
        reason: "wait",
        by: "aiko",
        placedAt: T0,
        ...(agent === undefined ? {} : { agent }),
      };
      await store.placeStop(stop);
      expect(await store.claim(request.id, request.action, "p", T0)).toBe("stopped");
      expect(await store.liftStop(stop.id, T0)).toBe(true);
      expect(await store.claim(request.id, request.action, "p", T0)).toBe("claimed");
    }
  });

  it("a stop of another agent does not", async () => {
    const request = await approved();
    await store.placeStop({ id: "s", agent: "other", reason: "wait", by: "aiko", placedAt: T0 });
    expect(await store.claim(request.id, request.action, "p", T0)).toBe("claimed");
  });
});

describe("results", () => {
  it("stay for those who wait, and are handed to one who had gone once", async () => {
    const request = await approved();
    const result = { member: "result", text: '{"n":9007199254740993,"s":"\\u0000"}', at: T0 } as const;
    await store.claim(request.id, request.action, "p", T0);
    await store.finish(request.id, "succeeded", T0, result);
    expect(await store.result(request.id)).toEqual(result);
    expect(await store.takeResult(request.id)).toEqual(result);
    expect(await store.takeResult(request.id)).toBeUndefined();
    expect(await store.result(request.id)).toEqual(result);
  });
});

describe("statements", () => {
  const aiko = person("aiko");

  it("are kept whole, one per approver and answer", async () => {
    const request = await opened();
    const yes = says(aiko, request, "approve", T0, "ok\0");
    expect(await store.addStatement(yes)).toBe(true);
    expect(await store.addStatement(says(aiko, request, "approve", T0 + 1))).toBe(false);
    expect(await store.statements(request.id)).toEqual([yes]);
  });

  it("a no may follow a yes, never a yes a no (P2)", async () => {
    const request = await opened();
    expect(await store.addStatement(says(aiko, request, "approve"))).toBe(true);
    await store.move(request.id, ["pending"], "approved", T0, REDEEM);
    expect(await store.addStatement(says(aiko, request, "deny"))).toBe(true);
    expect(await store.addStatement(says(aiko, request, "approve", T0 + 9))).toBe(false);
    const other = await opened({}, "b");
    expect(await store.addStatement(says(aiko, other, "deny"))).toBe(true);
    expect(await store.addStatement(says(aiko, other, "approve"))).toBe(false);
  });

  it("come too late once the call runs or the request has ended", async () => {
    const request = await approved();
    await store.claim(request.id, request.action, "p", T0);
    expect(await store.addStatement(says(aiko, request, "deny"))).toBe(false);
    await store.finish(request.id, "succeeded", T0);
    expect(await store.addStatement(says(aiko, request, "deny"))).toBe(false);
    expect(await store.addStatement(says(aiko, sampleRequest(), "approve"))).toBe(false);
  });
});

describe("attendance", () => {
  it("is of all processes: one that leaves does not leave for the others", async () => {
    const other = await openStore(folder.path);
    await store.register({ id: "one", pid: 1, role: "gate", startedAt: T0 });
    await other.register({ id: "two", pid: 2, role: "gate", startedAt: T0 });
    const request = await opened();
    expect(await other.openRequest(sampleRequest({}, args("a")), 10)).toMatchObject({ kind: "joined" });
    await store.setAttended(request.id, false);
    expect(await store.request(request.id)).toMatchObject({ attended: true });
    await store.forget("two");
    expect(await store.request(request.id)).toMatchObject({ attended: false });
    await other.close();
  });
});
