import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyResumption } from "../../src/approval/resumption.ts";
import { acceptedWorld, approverKeys, approvers, CONFIG, giveKey, makeWorld, type World } from "./files-world.ts";

const [aiko, mallory] = await approverKeys();
let world: World;
beforeEach(async () => {
  world = await acceptedWorld(aiko);
});
afterEach(() => world.remove());

const stops = () => world.inStore((store) => store.stops());
const stop = async (...more: readonly string[]): Promise<string> =>
  String((await world.json("stop", "--reason", "odd calls", ...more))["stop"]);
const resume = (passphrase: string, ...more: readonly string[]) =>
  world.kidoban("resume", ...more, "--reason", "found the cause", "--passphrase-file", passphrase);

/** Another project of the same person, or of somebody who writes one for the purpose. */
const acceptOther = async (folder: string, agent: string): Promise<void> => {
  world.put(`${folder}/kidoban.yaml`, CONFIG + approvers(mallory));
  world.put(
    `${folder}/manifests/${agent}.yaml`,
    `kidoban: 1\nagent: ${agent}\nservers: { files: { access: read-only } }\n`,
  );
  expect((await world.kidoban("accept", "--yes", "--config", world.path(`${folder}/kidoban.yaml`))).code).toBe(0);
};

describe("kidoban resume", () => {
  test("P8: an approver lifts the stop, and the log's entry alone proves who did", async () => {
    const id = await stop();
    const { code, out } = await resume(giveKey(world, aiko));
    expect(code).toBe(0);
    expect(out).toContain("odd calls");
    expect(out).toContain(`Stop ${id} is lifted by aiko.`);
    expect(await stops()).toEqual([]);
    const [entry] = world.entries("stop.lifted");
    if (entry === undefined) throw new Error("no entry");
    const { stop: lifted, reason, approver, liftedAt, key, signature } = entry;
    const body = { v: 1, stop: lifted, reason, approver, liftedAt } as const;
    expect([lifted, reason]).toEqual([id, "found the cause"]);
    expect(verifyResumption({ body, key, signature }, [{ ...aiko, groups: [] }])).toBe(true);
    expect(verifyResumption({ body: { ...body, stop: "00" }, key, signature }, [{ ...aiko, groups: [] }])).toBe(false);
    expect(verifyResumption({ body, key, signature }, [{ ...mallory, groups: [] }])).toBe(false);
  });

  test("P8: nobody lifts a stop without an approver's key", async () => {
    await stop();
    const { code } = await world.kidoban("resume", "--reason", "please");
    expect(code).toBe(2);
    expect(await stops()).toHaveLength(1);
    expect(world.entries("stop.lifted")).toEqual([]);
  });

  test("P7: an approver who stands only in the files cannot lift it", async () => {
    world.put("gate/kidoban.yaml", CONFIG + approvers(aiko, mallory));
    await stop();
    const { code, err } = await resume(giveKey(world, mallory));
    expect([code, err]).toEqual([2, expect.stringContaining("mallory is not an approver under this key")]);
    expect(await stops()).toHaveLength(1);
  });

  test("P8: nobody accepts a configuration of their own to lift a stop with", async () => {
    const all = await stop();
    const one = await stop("--agent", "docs-writer");
    await acceptOther("own", "docs-writer");
    const passphrase = giveKey(world, mallory);
    for (const id of [all, one]) expect((await resume(passphrase, id)).code).toBe(2);
    expect(await stops()).toHaveLength(2);
    const hers = giveKey(world, aiko);
    for (const id of [all, one]) expect((await resume(hers, id, "--as", "aiko")).code).toBe(0);
  });

  test("P8: a stop of one agent is lifted by who answers for that agent, one of all by any of them", async () => {
    await acceptOther("other", "researcher");
    const writer = await stop("--agent", "docs-writer");
    const researcher = await stop("--agent", "researcher");
    const all = await stop();
    const passphrase = giveKey(world, mallory);
    expect((await resume(passphrase, writer)).code).toBe(2);
    expect((await resume(passphrase, researcher)).code).toBe(0);
    expect((await resume(passphrase, all)).code).toBe(0);
    expect((await stops()).map(({ id }) => id)).toEqual([writer]);
  });

  test("P8: a stop of an agent that no configuration has, or from before any, can still be lifted", async () => {
    const fresh = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(aiko) });
    try {
      await fresh.kidoban("stop", "--reason", "x");
      await fresh.kidoban("accept", "--yes");
      await fresh.kidoban("stop", "--reason", "x", "--agent", "nobody");
      const passphrase = giveKey(fresh, aiko);
      for (const { id } of await fresh.inStore((store) => store.stops())) {
        const { code } = await fresh.kidoban("resume", id, "--reason", "y", "--passphrase-file", passphrase);
        expect(code).toBe(0);
      }
      expect(await fresh.inStore((store) => store.stops())).toEqual([]);
    } finally {
      fresh.remove();
    }
  });

  test("P12: an approver who was removed from the files cannot lift it any more", async () => {
    world.put("gate/kidoban.yaml", CONFIG + approvers(mallory));
    await stop();
    expect((await resume(giveKey(world, aiko))).code).toBe(2);
    expect(await stops()).toHaveLength(1);
  });

  test("of several stops one must be named, and only that one is lifted", async () => {
    const passphrase = giveKey(world, aiko);
    const all = await stop();
    const one = await stop("--agent", "docs-writer");
    const unnamed = await resume(passphrase);
    expect(unnamed.code).toBe(1);
    expect(unnamed.err).toContain(`Stop ${all} for every agent`);
    expect(unnamed.err).toContain(`Stop ${one} for agent docs-writer`);
    expect((await resume(passphrase, one)).code).toBe(0);
    expect((await stops()).map(({ id }) => id)).toEqual([all]);
  });

  test("says when there is no stop, and none of that name", async () => {
    const passphrase = giveKey(world, aiko);
    expect(await resume(passphrase)).toMatchObject({ code: 1, err: "kidoban: No stop is in force.\n" });
    await stop();
    expect(await resume(passphrase, "ffff")).toMatchObject({
      code: 1,
      err: "kidoban: There is no stop ffff in force.\n",
    });
  });

  test("where no accepted configuration names an approver it says the way out", async () => {
    const other = makeWorld();
    try {
      await other.kidoban("accept", "--yes");
      await other.kidoban("stop", "--reason", "x");
      const { code, err } = await other.kidoban("resume", "--reason", "y");
      expect([code, err]).toEqual([2, expect.stringContaining("kidoban approver add NAME")]);
      expect(await other.inStore((store) => store.stops())).toHaveLength(1);
    } finally {
      other.remove();
    }
  });

  test("--json gives what was lifted", async () => {
    const id = await stop("--agent", "docs-writer");
    const { out } = await resume(giveKey(world, aiko), "--json");
    expect(JSON.parse(out)).toMatchObject({ stop: id, agent: "docs-writer", approver: "aiko" });
  });
});
