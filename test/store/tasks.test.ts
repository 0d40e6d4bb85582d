import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import type { TaskRecord } from "../../src/store/task-record.ts";
import { sampleRequest, T0 } from "../approval/sample.ts";
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

async function opened(digest: string, more: Partial<TaskRecord> = {}, path = "a"): Promise<TaskRecord> {
  const { request } = (await store.openRequest(sampleRequest({}, { path }), 10)) as { request: { id: string } };
  const { agent } = (await store.request(request.id))!;
  const task = { digest, request: request.id, agent, openedAt: T0, keepUntil: T0 + 1000, ...more };
  expect(await store.addTask(task, 10)).toBe(true);
  return task;
}

describe("tasks", () => {
  it("are there after a restart, for their agent and until their time is over", async () => {
    const task = await opened("d1");
    await store.close();
    store = await openStore(folder.path);
    expect(await store.task("d1", task.agent, T0)).toEqual(task);
    expect(await store.task("d1", task.agent, T0 + 1000)).toEqual(task);
    expect(await store.task("d1", task.agent, T0 + 1001)).toBeUndefined();
    expect(await store.task("d1", "another", T0)).toBeUndefined();
    expect(await store.task("D1", task.agent, T0)).toBeUndefined();
    expect(await store.task("", task.agent, T0)).toBeUndefined();
  });

  it("whose time is over are removed when another one comes", async () => {
    const { agent } = await opened("d1");
    await opened("d2", { openedAt: T0 + 2000, keepUntil: T0 + 3000 });
    expect(await store.task("d1", agent, T0)).toBeUndefined();
    expect(await store.task("d2", agent, T0)).toBeDefined();
  });

  it("of live requests count against the cap, ended ones and another agent's do not", async () => {
    const first = await opened("d1");
    const another = { ...first, digest: "d2" };
    expect(await store.addTask(another, 1)).toBe(false);
    expect(await store.task("d2", first.agent, T0)).toBeUndefined();
    expect(await store.addTask({ ...another, agent: "another" }, 1)).toBe(true);
    await store.move(first.request, ["pending"], "denied", T0);
    expect(await store.addTask({ ...another, digest: "d3" }, 1)).toBe(true);
  });

  it("are cancelled together with their request, once, while nobody executes it", async () => {
    const one = await opened("d1");
    await opened("d2");
    expect(await store.cancelTask("nothing", T0, "n")).toBe(false);
    expect(await store.cancelTask("d1", T0 + 5, "n")).toBe(true);
    expect(await store.cancelTask("d2", T0 + 6, "n")).toBe(false);
    expect(await store.request(one.request)).toMatchObject({ state: "withdrawn", note: "n", closedAt: T0 + 5 });
    for (const digest of ["d1", "d2"])
      expect(await store.task(digest, one.agent, T0)).toMatchObject({ cancelledAt: T0 + 5 });

    const two = await opened("d3", {}, "b");
    await store.move(two.request, ["pending"], "approved", T0, { redeemUntil: T0 + 60_000 });
    const { action } = (await store.request(two.request))!;
    expect(await store.claim(two.request, action, "p", T0)).toBe("claimed");
    expect(await store.cancelTask("d3", T0, "n")).toBe(false);
    expect(await store.request(two.request)).toMatchObject({ state: "executing" });
    expect(await store.task("d3", two.agent, T0)).toEqual(two);
  });
});
