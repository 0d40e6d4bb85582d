import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { archivedPolicy, archiveDigest, readArchive } from "../../src/audit/archive.ts";
import { archiveOf } from "../../src/compose/archive.ts";
import { digestOf } from "../../src/config/files.ts";
import { parseFiles } from "../../src/config/load.ts";
import { withSql } from "../../src/config/sql-readers.ts";
import { decide } from "../../src/policy/decide.ts";
import { handGate, type Hand } from "../gateway/hand.ts";

let hand: Hand;
afterEach(() => hand.close());

const RULES = `  - { id: free, effect: allow, match: [hand/change], when: "args.text != 'stop'" }
  - { id: no-poke, effect: deny, match: [hand/poke], reason: Not here. }`;

const call = (name: string, text: string) =>
  ({ agent: "worker", server: "hand", kind: "tool", name, args: { text } }) as const;

const archived = () => {
  const folder = join(hand.stateDir, "log", "configs");
  return readdirSync(folder).map((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    return { digest: name.replace(".json", ""), text, config: readArchive(text, name.replace(".json", "")) };
  });
};

test("P6: what calls are decided by stands in the log's folder, under the digest that entries name", async () => {
  hand = await handGate({ rules: RULES });
  const [accepted, applied] = hand.entries().filter(({ kind }) => kind.startsWith("config."));
  expect(accepted).toMatchObject({ kind: "config.accepted", first: true });
  const ref = { digest: accepted?.["digest"], archive: accepted?.["archive"] };
  expect(applied).toMatchObject({ kind: "config.applied", config: hand.config, accepted: ref });
  const [one, ...others] = archived();
  expect(others).toEqual([]);
  expect(one?.digest).toBe(ref.archive);
  expect(one?.config).toMatchObject({ config: hand.config, digest: ref.digest, approvers: [{ name: "tester" }] });
});

test("the archived files, read again, give what stands beside them", async () => {
  hand = await handGate({ rules: RULES, people: ["mika"], config: "approvals: { need: 2 }" });
  const [one] = archived();
  if (one?.config === undefined) throw new Error("nothing archived");
  const files = new Map(one.config.files);
  expect(digestOf(files)).toBe(one.config.digest);
  const again = await withSql(parseFiles(files, dirname(one.config.config)));
  if (again.config === undefined) throw new Error("unreadable");
  expect(archiveOf(again, again.config)).toBe(one.text);
  const live = { quarantined: () => false };
  const policy = archivedPolicy(one.config, "worker", new Map());
  for (const each of [call("change", "go"), call("change", "stop"), call("poke", "x"), call("look", "x")])
    expect(decide(policy, each, live)).toEqual(decide(hand.rulebook.inForce().policies[0], each, live));
  expect(decide(archivedPolicy(one.config, "nobody", new Map()), call("look", "x"), live)).toMatchObject({
    effect: "deny",
    cause: "not-granted",
  });
});

test("P12: a change that waits is archived and named beside what is accepted, before a call is decided by both", async () => {
  hand = await handGate({ rules: RULES });
  await hand.edit(() => hand.writeManifest("  - { id: none, effect: deny, match: [hand/change] }"));
  await hand.call("hand_change", { text: "go" });
  const kinds = hand.entries().map(({ kind }) => kind);
  const last = hand.entries().findLast(({ kind }) => kind === "config.applied");
  expect(kinds.lastIndexOf("config.applied")).toBeLessThan(kinds.indexOf("call.denied"));
  const names = archived().map(({ digest }) => digest);
  expect(names.toSorted()).toEqual(
    [last?.["accepted"], last?.["proposed"]].map((ref) => (ref as { archive: string }).archive).toSorted(),
  );
});

test("an archive with another byte, or with other files than its digest says, is none", async () => {
  hand = await handGate();
  const [one] = archived();
  if (one === undefined) throw new Error("nothing archived");
  expect(readArchive(one.text.replace("tester", "tesler"), one.digest)).toBeUndefined();
  // Its own digest fits, that of its files does not.
  const forged = one.text
    .replace("docs", "does")
    .replace("\\nkidoban", "\\nkidobam")
    .replace("kidoban: 1", "kidoban: 2");
  expect(forged).not.toBe(one.text);
  expect(readArchive(forged, archiveDigest(forged))).toBeUndefined();
});

test("P4: where the archive cannot be written nothing is decided by it", async () => {
  hand = await handGate();
  const folder = join(hand.stateDir, "log", "configs");
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "in the way");
  await hand.edit(() => hand.writeManifest("  - { id: none, effect: deny, match: [hand/poke] }"));
  expect(await hand.call("hand_look", { text: "x" })).toMatchObject({ kind: "result" });
  expect(hand.sent).toEqual([]);
});
