import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeBackup } from "../../src/compose/backup.ts";
import { restore } from "../../src/compose/restore.ts";
import { rotateKey } from "../../src/compose/rotate-key.ts";
import { openState } from "../../src/compose/state.ts";
import { intent, outcome } from "../log/samples.ts";
import { kidobanLog } from "../log/kidoban-log.ts";

const opening = (dir: string) => openState(dir, { role: "tool", now: Date.now });

async function calls(dir: string, ...ids: readonly string[]): Promise<void> {
  const state = await opening(dir);
  for (const id of ids) {
    state.log.record(intent(id));
    state.log.record(outcome(id));
  }
  await state.close("end");
}

/** A log that a witness has seen further than the backup goes. */
async function world() {
  const root = mkdtempSync(join(tmpdir(), "kidoban-epochs-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const [dir, to, elsewhere] = [join(root, "state"), join(root, "backup"), join(root, "witness")];
  await calls(dir, "a");
  const state = await opening(dir);
  const made = await makeBackup(state, { stateDir: dir, to, by: "aiko", now: Date.now });
  await state.close("end");
  expect(made.kind).toBe("made");
  await calls(dir, "b", "c");
  const key = readFileSync(join(dir, "log", "key"), "utf8").trim();
  const log = join(dir, "log");
  const see = (more: object = {}) => kidobanLog(dir, "witness", { path: log, state: elsewhere, key, ...more });
  expect((await see()).code).toBe(0);
  const kept = join(root, "kept");
  writeFileSync(kept, readFileSync(join(log, "checkpoint")));
  const restored = async (): Promise<string> => {
    const done = await restore({
      stateDir: dir,
      from: to,
      by: "aiko",
      now: Date.now,
      passphrase: async () => undefined,
    });
    if (done.kind !== "restored") throw new Error(done.kind);
    return done.epoch.epoch;
  };
  return { dir, to, log, key, elsewhere, see, kept, restored };
}

describe("P6: a restore is an announced fork", () => {
  test("which `log verify` tells, and which is found against a checkpoint that was kept", async () => {
    const { dir, kept, restored } = await world();
    const epoch = await restored();
    const plain = await kidobanLog(dir, "verify");
    expect(plain.code).toBe(0);
    expect(plain.out).toContain(epoch);
    expect(plain.out).toContain("RESTORED");
    const against = await kidobanLog(dir, "verify", { checkpoint: kept });
    expect(against.code).toBe(1);
    expect(against.out).toMatch(/FAULT[^]*RESTORED/);
    const json = await kidobanLog(dir, "verify", { checkpoint: kept }, { json: true });
    expect(JSON.parse(json.out)).toMatchObject({ kind: "fault", fault: { code: "rolled-back" }, epochs: [{ epoch }] });
    const japanese = await kidobanLog(dir, "verify", {}, { language: "ja" });
    expect(japanese.out).toContain("復元");
  });

  test("which a witness refuses until a person accepts it, and keeps what it saw as evidence", async () => {
    const { dir, log, elsewhere, see, restored } = await world();
    const before = readFileSync(join(elsewhere, "witness.txt"), "utf8");
    const epoch = await restored();
    // Also when it has grown beyond what was seen.
    for (let more = 0; more < 3; more++) {
      const refused = await see();
      expect([refused.code, refused.err.includes(epoch)]).toEqual([1, true]);
      expect((await see({ acceptEpoch: "0000000000000000" })).code).toBe(1);
      await calls(dir, `d${more}`, `e${more}`, `f${more}`);
    }
    expect(readFileSync(join(elsewhere, "witness.txt"), "utf8")).toBe(before);
    expect((await see({ acceptEpoch: epoch })).code).toBe(0);
    expect(readdirSync(elsewhere).filter((name) => name.startsWith("refused-")).length).toBeGreaterThan(0);
    expect(existsSync(log)).toBe(true);
    await calls(dir, "g");
    expect((await see()).code).toBe(0);
  });

  test("attack: a log that was cut without announcing it is refused whatever is accepted", async () => {
    const { dir, log, see } = await world();
    rmSync(join(dir, "kidoban.db"), { force: true });
    rmSync(log, { recursive: true });
    for (const suffix of ["-wal", "-shm"]) rmSync(join(dir, `kidoban.db${suffix}`), { force: true });
    await calls(dir, "evil");
    const refused = await see({ acceptEpoch: "0000000000000000" });
    expect(refused.code).toBe(1);
    expect(refused.err).not.toContain("--accept-epoch");
  });

  test("attack: an announcement that was written into another stream's middle, or is not signed, is none", async () => {
    const { dir, log, see, restored } = await world();
    const epoch = await restored();
    const name = readdirSync(log).find((file) => readFileSync(join(log, file), "utf8").includes("epoch.began")) ?? "";
    const text = readFileSync(join(log, name), "utf8");
    writeFileSync(join(log, name), text.replace(/"by":"aiko"/, '"by":"mika"'));
    expect((await see({ acceptEpoch: epoch })).code).toBe(1);
    expect((await kidobanLog(dir, "verify")).code).toBe(1);
  });
});

describe("a backup and a replaced key", () => {
  test("one from before is told apart from another log's, and does not go on under the new key", async () => {
    const { dir, to, key } = await world();
    expect((await rotateKey(dir, Date.now)).kind).toBe("rotated");
    const wish = { stateDir: dir, from: to, by: "aiko", now: Date.now, passphrase: async () => undefined };
    expect(await restore(wish)).toEqual({ kind: "old-key" });
    // With the old key in their hands too.
    expect(await restore({ ...wish, key })).toEqual({ kind: "old-key" });
  });

  test("one from after is restored, and the log is followed from its first key", async () => {
    const { dir, to, key } = await world();
    await rotateKey(dir, Date.now);
    const state = await opening(dir);
    const made = await makeBackup(state, { stateDir: dir, to: `${to}-2`, by: "aiko", now: Date.now });
    await state.close("end");
    expect(made).toMatchObject({ kind: "made" });
    const done = await restore({
      stateDir: dir,
      from: `${to}-2`,
      by: "aiko",
      now: Date.now,
      passphrase: async () => undefined,
    });
    expect(done.kind).toBe("restored");
    expect((await kidobanLog(dir, "verify", { key })).code).toBe(0);
  });
});
