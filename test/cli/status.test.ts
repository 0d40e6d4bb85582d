import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openState } from "../../src/compose/state.ts";
import { sampleRequest } from "../approval/sample.ts";
import { approverKeys, approvers, CONFIG, makeWorld, type World } from "./files-world.ts";

const [aiko] = await approverKeys();
let world: World;
beforeEach(() => {
  world = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(aiko) });
});
afterEach(() => world.remove());

const next = async (): Promise<unknown> => (await world.json())["next"];

describe("kidoban alone", () => {
  test("makes nothing where nothing is", async () => {
    const before = world.tree();
    const { code, out } = await world.kidoban();
    expect(code).toBe(0);
    expect(out).toContain("none yet; the first start makes");
    expect(world.tree()).toEqual(before);
  });

  test("gives one next step: first what is wrong in the files", async () => {
    world.change("gate/kidoban.yaml", "expires: 15m", "expires: soon");
    expect(await next()).toEqual({ step: "fix", command: "kidoban check" });
    expect((await world.kidoban()).out).toContain("has 1 error; nothing of it comes into force");
  });

  test("then a stop, then somebody who waits", async () => {
    await world.kidoban("accept", "--yes");
    await world.inStore((store) =>
      store.openRequest(sampleRequest({ openedAt: Date.now() - 240_000, expiresAt: Date.now() + 60_000 }), 10),
    );
    expect(await next()).toEqual({ step: "approve", command: "kidoban approve" });
    expect((await world.kidoban()).out).toMatch(/1 waiting, the oldest \S+ of \S+ for 4 min/);
    const { stop } = await world.json("stop", "--reason", "x");
    expect(await next()).toEqual({ step: "resume", command: `kidoban resume ${String(stop)} --reason TEXT` });
  });

  test("a request past its time waits for nobody", async () => {
    await world.inStore((store) =>
      store.openRequest(sampleRequest({ openedAt: Date.now() - 90_000, expiresAt: Date.now() - 1 }), 10),
    );
    expect((await world.kidoban()).out).toContain("none waiting");
  });

  test("then a lock that is missing, an approver that is missing, a change that waits", async () => {
    rmSync(world.path("gate/kidoban.lock/files.yaml"));
    expect(await next()).toEqual({ step: "pin", command: "kidoban pin files" });
    const other = makeWorld();
    expect((await other.json())["next"]).toEqual({ step: "approver", command: "kidoban approver add NAME" });
    other.remove();
  });

  test("P12: a change that waits for acceptance is told", async () => {
    await world.kidoban("accept", "--yes");
    world.change("gate/manifests/docs-writer.yaml", "effect: deny", "effect: allow");
    expect(await next()).toEqual({ step: "accept", command: "kidoban accept" });
    expect((await world.kidoban()).out).toContain("a change waits for acceptance");
  });

  test("tells which gates run, as the kernel knows it, and forgets those that ended", async () => {
    await world.kidoban("accept", "--yes");
    expect(await next()).toMatchObject({ step: "start" });
    const gate = await openState(world.stateDir, { role: "gate", agent: "docs-writer", now: Date.now });
    expect((await world.kidoban()).out).toContain(`docs-writer (pid ${process.pid})`);
    expect(await next()).toEqual({ step: "check", command: "kidoban check" });
    await gate.close("test");
    expect((await world.kidoban()).out).toContain("none running");
  });

  test("without a configuration it names those that this state knows, else init", async () => {
    const bare = (path: string) => world.json("--config", path);
    expect((await bare("/nowhere/kidoban.yaml"))["next"]).toEqual({ step: "init", command: "kidoban init" });
    await world.kidoban("accept", "--yes");
    const said = await bare("/nowhere/kidoban.yaml");
    expect(said["next"]).toEqual({ step: "name-config", command: `kidoban --config ${world.config}` });
  });

  test("a command it gives names the file, fit for a shell", async () => {
    const place = "gate it's here/kidoban.yaml";
    mkdirSync(world.path("gate it's here/workspace"), { recursive: true });
    for (const name of ["kidoban.yaml", "manifests/docs-writer.yaml", "kidoban.lock/files.yaml"])
      world.put(`gate it's here/${name}`, readFileSync(world.path(`gate/${name}`), "utf8"));
    const said = await world.json("--config", world.path(place));
    const quoted = `'${world.path(place).replace("'", String.raw`'\''`)}'`;
    expect(said["next"]).toMatchObject({ command: `kidoban stdio --config ${quoted} --agent docs-writer` });
  });
});
