import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { signAcceptance, verifyAcceptance, type Acceptance } from "../../src/approval/acceptance.ts";
import type { Consent } from "../../src/audit/retention-entry.ts";
import { proposalOf } from "../../src/compose/proposal.ts";
import { unlockApproverKey } from "../../src/config/keys.ts";
import { loadConfig } from "../../src/config/load.ts";
import { digestOf } from "../../src/config/files.ts";
import { saysOf } from "../../src/compose/reading.ts";
import { openState } from "../../src/compose/state.ts";
import { succeed } from "../../src/compose/succession.ts";
import { verifyLog } from "../../src/audit/verify.ts";
import { findLog } from "../../src/log/files.ts";
import { DEFAULT_LOG } from "../../src/config/retention.ts";
import { en } from "../../src/words/accept.ts";
import { secondOf } from "../audit/python.ts";
import {
  approverKeys,
  approvers,
  CONFIG,
  giveKey,
  makeWorld,
  PASSPHRASE,
  type Key,
  type World,
} from "./files-world.ts";

let [aiko, ben]: readonly [Key, Key] = [undefined as never, undefined as never];
beforeAll(async () => {
  [aiko, ben] = await approverKeys();
});

let world: World;
beforeEach(async () => {
  world = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(aiko, ben) });
  await world.kidoban("accept", "--yes");
});
afterEach(() => world.remove());

/** What both verifiers say of a state's log. */
const verdicts = async (state: string) => {
  const log = join(state, "log");
  const { files, key } = await findLog(log);
  return [await verifyLog(files, key), ...secondOf([log])];
};

const keep = (period: string): void => {
  const text = readFileSync(world.config, "utf8").replace(/^log:.*\n/m, "");
  writeFileSync(world.config, `${text}log: { retention: { entries: ${period}, bodies: ${period} } }\n`);
};
/** Only that person's key is at hand. */
function acceptAs(who: Key, ...more: readonly string[]) {
  for (const { name } of [aiko, ben]) rmSync(world.path(`.config/kidoban/${name}.key.json`), { force: true });
  return world.kidoban("accept", "--yes", "--passphrase-file", giveKey(world, who), ...more);
}
const inForce = async () => (await world.inStore((store) => store.accepted(world.config)))?.digest;
const onDisk = async () => digestOf((await loadConfig(world.config)).sources);

describe("P12: keeping things less long", () => {
  test("needs two approvers, and the entry carries both signatures", async () => {
    const before = await inForce();
    keep("2y");
    const first = await acceptAs(aiko);
    expect([first.code, first.out]).toEqual([1, expect.stringContaining(en.needsAnother("aiko"))]);
    expect(first.out).toContain("entries: 5y, bodies: 5y\n    + entries: 2y, bodies: 2y");
    expect(await inForce()).toBe(before);
    expect(world.entries("retention.changed")).toEqual([]);
    const second = await acceptAs(ben);
    expect([second.code, second.out]).toEqual([0, expect.stringContaining(en.accepted(ben.name))]);
    expect(await inForce()).toBe(await onDisk());
    const [entry] = world.entries("retention.changed");
    expect(entry).toMatchObject({ from: "entries: 5y, bodies: 5y", to: "entries: 2y, bodies: 2y" });
    const { config = "", previous = "", digest = "", consents = [] } = entry ?? {};
    expect(consents.map(({ approver }) => approver)).toEqual(["aiko", ben.name]);
    for (const { approver, acceptedAt, ...proof } of consents) {
      const body = { v: 1, config, previous, digest, approver, acceptedAt } as const;
      expect(
        verifyAcceptance(
          { body, ...proof },
          [aiko, ben].map((one) => ({ ...one, groups: [] })),
        ),
      ).toBe(true);
    }
    expect((await world.kidoban("log", "verify")).code).toBe(0);
  });

  test("is not done by one person twice, nor by a signature for another change", async () => {
    const before = await inForce();
    keep("2y");
    for (const _ of [1, 2]) expect((await acceptAs(aiko)).code).toBe(1);
    // What ben signs is something else than aiko signed.
    keep("1y");
    expect((await acceptAs(ben)).code).toBe(1);
    expect(await inForce()).toBe(before);
  });

  test("is refused with fewer than two who may accept", async () => {
    world.remove();
    for (const config of [
      CONFIG,
      CONFIG + approvers(aiko),
      CONFIG + approvers(aiko) + `  ${ben.name}: { key: "${ben.key}", roles: [approver] }\n`,
    ]) {
      world = makeWorld({ "gate/kidoban.yaml": config });
      await world.kidoban("accept", "--yes");
      const before = await inForce();
      keep("4y");
      const { code, err } = await acceptAs(aiko);
      expect([code, err]).toEqual([2, expect.stringContaining(en.needsTwo)]);
      expect(await inForce()).toBe(before);
      if (config !== CONFIG) world.remove();
    }
  });

  test("is not done by two names of one person: who was added lately does not count, for the gate nor for verifiers", async () => {
    world.remove();
    world = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(aiko) });
    await world.kidoban("accept", "--yes");
    writeFileSync(world.config, CONFIG + approvers(aiko, ben));
    expect((await acceptAs(aiko)).code).toBe(0);
    const before = await inForce();
    keep("2y");
    for (const who of [aiko, ben]) {
      const { code, err } = await acceptAs(who);
      expect([code, err]).toEqual([2, expect.stringContaining(en.needsTwo)]);
    }
    expect(await inForce()).toBe(before);
    // As if the program had let it through: the signatures of both are there.
    const state = await openState(world.stateDir, { role: "tool", now: Date.now });
    const proposal = await proposalOf(world.config, state.store);
    const { config, digest, previous = "", archive } = proposal;
    const consents: Consent[] = [];
    for (const { name } of [aiko, ben]) {
      giveKey(world, name === "aiko" ? aiko : ben);
      const unlocked = await unlockApproverKey(name, PASSPHRASE, world.path(".config/kidoban"));
      if (unlocked.kind !== "unlocked") throw new Error(unlocked.kind);
      const acceptedAt = Date.now();
      const { body, ...proof } = signAcceptance(
        { v: 1, config, previous, digest, approver: name, acceptedAt },
        unlocked.privateKey,
      );
      consents.push({ approver: body.approver, acceptedAt, ...proof });
    }
    const [one] = consents;
    if (one === undefined) throw new Error("nobody signed");
    const { approver: by, ...signed } = one;
    const step = { config, digest, previous } as const;
    state.log.record({ kind: "retention.changed", ...step, from: "5y", to: "2y", consents });
    state.log.record({
      kind: "config.accepted",
      digest,
      by,
      config,
      previous,
      ...signed,
      first: false,
      archive: state.log.archive(archive),
    });
    await state.close("end");
    const fault = { kind: "fault", fault: { code: "acceptance" } };
    expect(await verdicts(world.stateDir)).toMatchObject([fault, fault]);
  });

  test("is also keeping only digests, or without what stands in some place; one owner alone may do that", async () => {
    const less = (more: string): void =>
      world.change("gate/kidoban.yaml", "root: ./workspace }", `root: ./workspace, ${more} }`);
    less('redact: ["args.text"]');
    const first = await acceptAs(aiko);
    expect([first.code, first.out]).toEqual([1, expect.stringContaining(en.needsAnother("aiko"))]);
    expect((await acceptAs(ben)).code).toBe(0);
    expect(world.entries("retention.changed")).toMatchObject([{ to: expect.stringContaining("-args.text") as string }]);
    expect(await verdicts(world.stateDir)).toMatchObject([{ kind: "proven" }, { kind: "proven" }]);
    world.remove();
    world = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(aiko) });
    await world.kidoban("accept", "--yes");
    less("record: digest");
    expect((await acceptAs(aiko)).code).toBe(0);
    expect(await verdicts(world.stateDir)).toMatchObject([{ kind: "proven" }, { kind: "proven" }]);
  });

  test("a longer time needs one, and a first start nobody", async () => {
    keep("9y");
    expect((await acceptAs(aiko)).code).toBe(0);
    world.remove();
    world = makeWorld({ "gate/kidoban.yaml": `${CONFIG}log: { retention: { entries: 1y } }\n` });
    expect((await world.kidoban("accept", "--yes")).code).toBe(0);
  });

  test("P6: an entry of it with one signature, one twice or one for something else convinces neither verifier", async () => {
    keep("2y");
    await acceptAs(aiko);
    await acceptAs(ben);
    const [entry] = world.entries("retention.changed");
    const [one, two] = entry?.consents ?? [];
    if (entry === undefined || one === undefined || two === undefined) throw new Error("not accepted by two");
    expect(await verdicts(world.stateDir)).toMatchObject([{ kind: "proven" }, { kind: "proven" }]);
    const bad = [[one], [one, one], [one, { ...two, key: one.key }], [one, { ...one, approver: two.approver }]];
    for (const [i, consents] of bad.entries()) {
      const state = world.path(`state-${i}`);
      cpSync(world.stateDir, state, { recursive: true });
      const open = await openState(state, { role: "tool", now: Date.now });
      open.log.record({ ...entry, consents });
      await open.close("forged");
      const fault = { kind: "fault", fault: { code: "acceptance" } };
      expect(await verdicts(state)).toMatchObject([fault, fault]);
    }
  });

  test("a row that somebody wrote with one signature, or one person's twice, is not followed by any gate", async () => {
    const start = await world.inStore((store) => store.accepted(world.config));
    keep("2y");
    await acceptAs(aiko);
    await acceptAs(ben);
    const row = await world.inStore((store) => store.accepted(world.config));
    if (row?.acceptance?.beside === undefined || start === undefined) throw new Error("not accepted by two");
    const { beside, ...one } = row.acceptance;
    const folder = world.path("gate");
    const held = {
      digest: start.digest,
      acceptedAt: start.acceptedAt,
      approvers: [aiko, ben].map(({ name, key }) => ({ name, key, groups: [] })),
      retention: DEFAULT_LOG.retention,
      recordings: [],
    };
    const followed = async (acceptance: Acceptance) =>
      (await succeed(world.config, held, [{ ...row, acceptance }], (files) => saysOf(world.config, files, folder)))
        .kind;
    expect(await followed(row.acceptance)).toBe("follows");
    expect(await followed({ ...beside, beside: one })).toBe("follows");
    for (const bad of [
      one,
      beside,
      { ...one, beside: one },
      { ...one, beside: { ...beside, key: one.key } },
      { ...one, beside: { ...one, body: { ...one.body, approver: beside.body.approver } } },
      { ...one, beside: { ...beside, body: { ...beside.body, digest: start.digest } } },
      { ...one, beside: { ...beside, body: { ...beside.body, acceptedAt: start.acceptedAt } } },
    ])
      expect(await followed(bad)).toBe("refused");
  });
});
