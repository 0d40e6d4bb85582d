import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { passLeave, signPass } from "../../src/approval/pass.ts";
import { editedRequest } from "../../src/approval/edit.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { ARGS, obligation, person, samplePass, sampleRequest, T0 } from "../approval/sample.ts";
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

async function opened(...args: Parameters<typeof sampleRequest>) {
  const request = sampleRequest(...args);
  await store.openRequest(request, 100_000);
  return request;
}
const TOOL = { kind: "tool", server: "files", name: "write_file" } as const;

describe("open requests", () => {
  it("come in pages, each once, oldest first, whatever is answered between two pages", async () => {
    const all: string[] = [];
    for (let n = 0; n < 25; n++) all.push((await opened({ openedAt: T0 + Math.floor(n / 3) }, { path: `${n}` })).id);
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await store.openRequests({ now: T0, limit: 10, ...(after === undefined ? {} : { after }) });
      if (page.length === 0) break;
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1)?.id;
      await store.move(page[0]?.id ?? "", ["pending"], "denied", T0);
    }
    expect(seen).toEqual(all);
    expect(await store.countOpen(T0)).toBe(22);
  });

  it("are those that can be answered: neither overdue ones nor closed ones", async () => {
    const late = await opened({ agent: "other", expiresAt: T0 - 1 }, { path: "late" });
    const used = await opened({}, { path: "approved" });
    await store.move(used.id, ["pending"], "approved", T0, { redeemUntil: T0 + 5 });
    const shut = await opened({}, { path: "denied" });
    await store.move(shut.id, ["pending"], "denied", T0);
    const ids = async (now: number) => (await store.openRequests({ now })).map(({ id }) => id);
    expect(await ids(T0)).toEqual([used.id]);
    expect(await ids(T0 + 6)).toEqual([]);
    expect(await ids(T0 - 2)).toEqual([late.id, used.id]);
    expect(await store.countOpen(T0)).toBe(1);
  });

  it("of ten thousand are counted and paged by the store alone", async () => {
    const connection = (await sqliteDriver()).open(`${folder.path}/kidoban.db`);
    const { state: _state, attended: _attended, ...facts } = sampleRequest();
    connection.exec("BEGIN");
    const insert = connection.prepare(
      "INSERT INTO requests (id, code, agent, action, facts, opened_at, state, expires_at) VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)",
    );
    for (let n = 0; n < 10_000; n++) {
      const one = { ...facts, id: `r${n}`, action: `a${n}` };
      insert.run(one.id, one.code, one.agent, one.action, JSON.stringify(one), T0 + n, one.expiresAt);
    }
    connection.exec("COMMIT");
    connection.close();
    expect(await store.countOpen(T0)).toBe(10_000);
    const page = await store.openRequests({ now: T0, after: "r5000", limit: 50 });
    expect(page.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, at) => `r${5001 + at}`));
    expect(await store.openRequests({ now: T0, after: "r9999", limit: 50 })).toEqual([]);
  });
});

describe("what became of a tool's requests", () => {
  it("is told per agent and tool, in order", async () => {
    for (const [path, at] of [
      ["a", 3],
      ["b", 1],
      ["c", 2],
    ] as const) {
      const request = await opened({}, { path });
      await store.move(request.id, ["pending"], "denied", T0 + at);
    }
    const other = await opened({ agent: "other" }, { path: "a" });
    await store.move(other.id, ["pending"], "denied", T0 + 9);
    expect(await store.endings("docs-writer", TOOL, "denied", T0 + 2)).toEqual([T0 + 2, T0 + 3]);
    expect(await store.endings("docs-writer", { ...TOOL, name: "other" }, "denied", 0)).toEqual([]);
  });

  it("names the one that a new call answers: the same again, or the next of its tool", async () => {
    const back = await opened({ openedAt: T0 }, { path: "a" });
    await store.move(back.id, ["pending"], "returned", T0 + 10);
    const found = async (action: string, since = T0) => (await store.sentBack("docs-writer", TOOL, action, since))?.id;
    expect(await found("anything")).toBe(back.id);
    expect(await found(back.action)).toBe(back.id);
    expect(await found(back.action, T0 + 11)).toBeUndefined();
    await opened({ openedAt: T0 + 20 }, { path: "b" });
    expect(await found("anything")).toBeUndefined();
    expect(await found(back.action)).toBe(back.id);
    await opened({ openedAt: T0 + 30 }, { path: "a" });
    expect(await found(back.action)).toBeUndefined();
  });
});

const parentOf = () => opened({ obligations: [obligation({ edit: ["content"] })] });

const childOf = (parent: Awaited<ReturnType<typeof parentOf>>, content = "new") => {
  const child = editedRequest(parent, { content }, "aiko", { id: `c${content}`, nonce: "ab".repeat(16) });
  if (typeof child === "string") throw new Error(child);
  return child;
};

describe("a request that takes another's place", () => {
  it("does so in one step, for those too who wait or poll", async () => {
    const parent = await parentOf();
    const child = childOf(parent);
    const task = { digest: "d", request: parent.id, agent: parent.agent, openedAt: T0, keepUntil: T0 + 9 };
    await store.addTask(task, 9);
    expect(await store.replaceRequest(parent.id, child, T0 + 1)).toBe("replaced");
    expect(await store.request(parent.id)).toMatchObject({ state: "edited", note: child.id, closedAt: T0 + 1 });
    expect(await store.request(child.id)).toMatchObject({ state: "pending", attended: true, editedFrom: parent.id });
    expect((await store.task("d", parent.agent, T0))?.request).toBe(child.id);
  });

  it("takes it once, and from no request that is answered (P2)", async () => {
    const parent = await parentOf();
    expect(await store.replaceRequest(parent.id, childOf(parent, "one"), T0)).toBe("replaced");
    expect(await store.replaceRequest(parent.id, childOf(parent, "two"), T0)).toBe("closed");
    const next = await opened({ obligations: [obligation({ edit: ["content"] })] }, { path: "b", content: "" });
    await store.move(next.id, ["pending"], "approved", T0, { redeemUntil: T0 + 9 });
    expect(await store.replaceRequest(next.id, childOf(next, "three"), T0)).toBe("closed");
    expect(await store.requests({ states: ["pending"] })).toHaveLength(1);
  });

  it("takes no place where exactly that is asked already, and leaves all as it was", async () => {
    const parent = await parentOf();
    await opened({}, { ...ARGS, content: "new" });
    expect(await store.replaceRequest(parent.id, childOf(parent), T0)).toBe("taken");
    expect((await store.request(parent.id))?.state).toBe("pending");
  });
});

describe("passes as rows", () => {
  const aiko = person("aiko");
  const signature = signPass(passLeave(samplePass(), "aiko", T0), aiko.key);
  const using = { id: "p1", agent: "worker", count: 2, until: T0 + 100, call: "c", now: T0 };

  it("are read back as they were signed, and counted once a use", async () => {
    expect(await store.addPass(samplePass(), signature, T0)).toBe(true);
    expect(await store.addPass(samplePass(), signature, T0)).toBe(false);
    expect(await store.signPass("p1", signature)).toBe(false);
    expect(await store.pass("p1")).toEqual({ body: samplePass(), signatures: [signature], uses: 0 });
    expect(await store.usePass(using)).toEqual({ kind: "used", use: 1 });
    expect(await store.usePass({ ...using, agent: "other" })).toEqual({ kind: "refused", why: "unknown" });
    expect(await store.usePass(using)).toEqual({ kind: "used", use: 2 });
    expect(await store.usePass(using)).toEqual({ kind: "refused", why: "used-up" });
    expect((await store.pass("p1"))?.uses).toBe(2);
  });

  it("are listed while they hold, newest first", async () => {
    await store.addPass(samplePass(), signature, T0);
    await store.addPass(samplePass({ pass: "p2" }), signature, T0 + 1);
    const ids = async (filter: Parameters<Store["passes"]>[0]) =>
      (await store.passes(filter)).map((one) => one.body.pass);
    expect(await ids({})).toEqual(["p2", "p1"]);
    expect(await ids({ agent: "other" })).toEqual([]);
    expect(await store.revokePass("p2", "ben", T0 + 2)).toBe(true);
    expect(await store.revokePass("p2", "ben", T0 + 3)).toBe(false);
    expect(await ids({ agent: "worker", openAt: T0 + 100 })).toEqual(["p1"]);
    expect(await ids({ openAt: T0 + 101 })).toEqual([]);
    expect(await store.pass("p2")).toMatchObject({ revokedAt: T0 + 2, revokedBy: "ben" });
    expect(await store.signPass("p2", { ...signature, approver: "ben" })).toBe(false);
  });
});

it("attack: a row of a pass that contradicts itself is not believed", async () => {
  const aiko = person("aiko");
  const body = samplePass();
  await store.addPass(body, signPass(passLeave(body, "aiko", T0), aiko.key), T0);
  const connection = (await sqliteDriver()).open(`${folder.path}/kidoban.db`);
  connection.exec("UPDATE passes SET agent = 'other'");
  connection.close();
  await expect(store.pass("p1")).rejects.toMatchObject({ code: "corrupt" });
});
