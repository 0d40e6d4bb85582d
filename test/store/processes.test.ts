import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ledgerLine } from "../../src/audit/leaf.ts";
import type { LedgerLeaf } from "../../src/audit/log.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { sampleRequest, T0 } from "../approval/sample.ts";
import type { Told } from "../told.ts";
import { startChild, temporaryFolder } from "./processes.ts";

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
const children: Told[] = [];

beforeEach(async () => {
  folder = temporaryFolder();
  store = await openStore(folder.path);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    await child.ended();
  }
  await store.close();
  folder.remove();
});

async function start(): Promise<Told> {
  const child = await startChild(folder.path);
  children.push(child);
  return child;
}

const alive = async (id: string) => (await store.processes()).find((one) => one.id === id)?.alive;
const entry = (id: string, child: Told) => ({ id, pid: child.process.pid ?? 0, role: "gate", startedAt: T0 }) as const;

describe("who lives is told by a lock that the kernel releases (P8)", () => {
  it("a registered process lives; killed, it is dead at once", async () => {
    const child = await start();
    await child.call("register", entry("gate-1", child));
    expect(await alive("gate-1")).toBe(true);
    child.kill("SIGKILL");
    await child.ended();
    expect(await alive("gate-1")).toBe(false);
  });

  it("a stopped process is not dead: it could go on at any time", async () => {
    const child = await start();
    await child.call("register", entry("gate-1", child));
    child.kill("SIGSTOP");
    expect(await alive("gate-1")).toBe(true);
    child.kill("SIGCONT");
    expect(await alive("gate-1")).toBe(true);
  });

  it("testing by several does not make a dead one look alive", async () => {
    const child = await start();
    await child.call("register", entry("gate-1", child));
    child.kill("SIGKILL");
    await child.ended();
    const testers = [await start(), await start()];
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => testers[index % 2]?.call("processes") as Promise<{ alive: boolean }[]>),
    );
    expect(answers.flat().map((one) => one.alive)).toEqual(Array.from({ length: 40 }, () => false));
  });

  it("another process's pid or age says nothing: this process's own pid under a dead one's name is dead", async () => {
    const child = await start();
    await child.call("register", { ...entry("gate-1", child), pid: process.pid, startedAt: Date.now() });
    child.kill("SIGKILL");
    await child.ended();
    expect(await alive("gate-1")).toBe(false);
  });

  it("a lock file that somebody removed proves no death (P11)", async () => {
    const child = await start();
    await child.call("register", entry("gate-1", child));
    rmSync(join(folder.path, "live", "gate-1.db"));
    expect(await alive("gate-1")).toBe(true);
  });

  it("a process that closes takes itself off the list; of a dead one, others do", async () => {
    const [one, two] = [await start(), await start()];
    await one.call("register", entry("gate-1", one));
    await two.call("register", entry("gate-2", two));
    await one.call("close");
    two.kill("SIGKILL");
    await two.ended();
    expect((await store.processes()).map(({ id }) => id)).toEqual(["gate-2"]);
    await store.forget("gate-2");
    expect(await store.processes()).toEqual([]);
  });

  it("one's own life is seen by oneself", async () => {
    await store.register({ id: "me", pid: process.pid, role: "tool", startedAt: T0 });
    expect(await alive("me")).toBe(true);
    expect(await alive("me")).toBe(true);
  });

  it("an id is one process's, and no path", async () => {
    const child = await start();
    await child.call("register", entry("gate-1", child));
    await expect(store.register({ id: "gate-1", pid: 1, role: "gate", startedAt: T0 })).rejects.toMatchObject({
      code: "busy",
    });
    await expect(store.register({ id: "../x", pid: 1, role: "gate", startedAt: T0 })).rejects.toThrow(/cannot name/);
  });
});

describe("two processes, one request (P2, P5)", () => {
  it("exactly one of two concurrent claims wins, a hundred times", async () => {
    const [one, two] = [await start(), await start()];
    const outcomes: string[] = [];
    for (let round = 0; round < 100; round++) {
      const request = sampleRequest({}, { path: `round ${round}` });
      await store.openRequest(request, 1000);
      await store.move(request.id, ["pending"], "approved", T0, { redeemUntil: T0 + 1000 });
      const both = await Promise.all(
        [one, two].map((child, index) => child.call("claim", request.id, request.action, `p${index}`, T0)),
      );
      outcomes.push(both.map(String).toSorted().join());
    }
    expect(new Set(outcomes)).toEqual(new Set(["claimed,not-approved"]));
  });

  it("exactly one of two concurrent identical calls opens, the other joins", async () => {
    const [one, two] = [await start(), await start()];
    for (let round = 0; round < 20; round++) {
      const requests = [0, 1].map(() => sampleRequest({}, { path: `round ${round}` }));
      const answers = (await Promise.all([
        one.call("openRequest", requests[0], 1000),
        two.call("openRequest", requests[1], 1000),
      ])) as { kind: string; request: { id: string } }[];
      expect(answers.map(({ kind }) => kind).toSorted()).toEqual(["joined", "opened"]);
      expect(answers[0]?.request.id).toBe(answers[1]?.request.id);
    }
  });

  it("a stop and a claim at once: the claim was first, or it was stopped (P8)", async () => {
    const [one, two] = [await start(), await start()];
    for (let round = 0; round < 20; round++) {
      const request = sampleRequest({}, { path: `round ${round}` });
      await store.openRequest(request, 1000);
      await store.move(request.id, ["pending"], "approved", T0, { redeemUntil: T0 + 1000 });
      const stop = { id: `s${round}`, reason: "r", by: "b", placedAt: T0 };
      const [claim] = await Promise.all([
        one.call("claim", request.id, request.action, "p", T0),
        two.call("placeStop", stop),
      ]);
      expect((await store.request(request.id))?.state).toBe(claim === "claimed" ? "executing" : "approved");
      expect(await store.claim(request.id, request.action, "p", T0)).toBe(
        claim === "claimed" ? "not-approved" : "stopped",
      );
      await store.liftStop(stop.id, T0);
    }
  });

  it("what a killed process was executing becomes unknown, once, and nothing else (P5)", async () => {
    const child = await start();
    const [mine, other] = [sampleRequest({}, { path: "a" }), sampleRequest({}, { path: "b" })];
    for (const request of [mine, other]) {
      await store.openRequest(request, 10);
      await store.move(request.id, ["pending"], "approved", T0, { redeemUntil: T0 + 1000 });
    }
    await child.call("claim", mine.id, mine.action, "gate-1", T0);
    await store.claim(other.id, other.action, "gate-2", T0);
    child.kill("SIGKILL");
    await child.ended();
    expect(await store.abandon("gate-1", T0 + 1)).toEqual([mine.id]);
    expect(await store.abandon("gate-1", T0 + 2)).toEqual([]);
    expect(await store.request(mine.id)).toMatchObject({ state: "unknown", closedAt: T0 + 1 });
    expect(await store.request(other.id)).toMatchObject({ state: "executing" });
  });

  it("what a process acknowledged survives its kill", async () => {
    const child = await start();
    for (let round = 0; round < 20; round++) await child.call("setNote", `n${round}`, "kept");
    child.kill("SIGKILL");
    await child.ended();
    for (let round = 0; round < 20; round++) expect(await store.note(`n${round}`)).toBe("kept");
  });
});

const leaf = (stream: string, size: number): LedgerLeaf => ({
  stream,
  size,
  root: "00".repeat(32),
  state: "open",
  time: "2026-11-21T00:00:00.000Z",
});

describe("many processes at once", () => {
  it("open a fresh state together", async () => {
    const fresh = temporaryFolder();
    const started = await Promise.all(Array.from({ length: 6 }, () => startChild(fresh.path)));
    children.push(...started);
    await Promise.all(started.map((child, index) => child.call("setNote", `n${index}`, "x")));
    const own = await openStore(fresh.path);
    for (const index of started.keys()) expect(await own.note(`n${index}`)).toBe("x");
    await own.close();
    fresh.remove();
  });

  it("are told soon of each other's changes", async () => {
    const child = await start();
    const told = new Promise<void>((resolve) => {
      const end = store.watch(() => {
        end();
        resolve();
      });
    });
    await child.call("setNote", "k", "v");
    await told;
  });

  it("append to one ledger in turn: no line lost, none out of order (P6)", async () => {
    const [one, two] = [await openStore(folder.path), await openStore(folder.path)];
    const signed: number[] = [];
    for (let size = 1; size <= 20; size++) {
      for (const [name, own] of [
        ["one", one],
        ["two", two],
      ] as const) {
        signed.push(await own.appendLedger([leaf(name, size)], (lines) => lines.map(String).join("|")));
      }
    }
    expect(signed).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    const { lines, checkpoint } = await store.readLedger();
    expect(checkpoint).toBe(lines.join("|"));
    expect(lines[39]).toBe(ledgerLine(leaf("two", 20)));
    await one.close();
    await two.close();
  });
});
