/** Somebody with the database in their hands says that another configuration is accepted, to a gate that runs. */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { signAcceptance, type Acceptance } from "../../src/approval/acceptance.ts";
import { keyText } from "../../src/approval/signature.ts";
import { digestOf } from "../../src/config/files.ts";
import { parseFiles } from "../../src/config/load.ts";
import type { AcceptedConfig } from "../../src/store/store.ts";
import { VERSION } from "../../src/compose/version.ts";
import { handGate, said, type Hand } from "./hand.ts";

const MANIFEST = "manifests/worker.yaml";
const FREE = "  - { id: free, effect: allow, match: [hand/change] }";
const own = generateKeyPairSync("ed25519").privateKey;

let hand: Hand;
let before: AcceptedConfig;
beforeEach(async () => {
  hand = await handGate({ rules: "", wait: "0s" });
  before = (await hand.store.accepted(hand.config))!;
});
afterEach(() => hand.close());

const changed = (files: ReadonlyMap<string, string>, name: string, from: string, to: string) => {
  const text = files.get(name) ?? "";
  expect(text).toContain(from);
  return new Map(files).set(
    name,
    text.replace(from, () => to),
  );
};
const widened = (files = before.files) => changed(files, MANIFEST, "  []", FREE);

interface Row {
  readonly files: ReadonlyMap<string, string>;
  readonly previous: string;
  readonly acceptedAt?: number;
  readonly acceptance?: unknown;
}

/** Around the store's own way in, which looks at nothing but the order. */
async function insert({ files, previous, acceptedAt = Date.now() + 5000, acceptance }: Row): Promise<string> {
  const digest = digestOf(files);
  const row = { config: hand.config, digest, files: [...files], acceptedAt, by: "tester", previous, acceptance };
  await hand.tamper(
    "INSERT INTO accepted (config, archived) VALUES (?, ?)",
    JSON.stringify(hand.config),
    JSON.stringify(row),
  );
  return digest;
}

const signed = (
  files: ReadonlyMap<string, string>,
  previous: string,
  key: KeyObject,
  more: Partial<Acceptance["body"]> = {},
): Acceptance =>
  signAcceptance(
    {
      v: 1,
      config: hand.config,
      previous,
      digest: digestOf(files),
      approver: "tester",
      acceptedAt: Date.now() + 5000,
      ...more,
    },
    key,
  );

/** The gate goes on as before, and says so once, however often it is asked. */
async function changesNothing(digest = before.digest): Promise<void> {
  await expect(hand.rulebook.refresh()).rejects.toThrow(hand.config);
  await hand.rulebook.refresh();
  expect(hand.rulebook.inForce().digest).toBe(digest);
  expect(said(await hand.call("hand_change", { text: "a" }))).toContain("NOT EXECUTED");
  expect(hand.sent.filter(({ access }) => access === "write")).toEqual([]);
  expect(hand.entries().filter(({ kind }) => kind === "config.refused")).toHaveLength(1);
}

describe("a row inserted behind a running gate's back changes nothing (P12)", () => {
  test("without a signature", async () => {
    await insert({ files: widened(), previous: before.digest });
    await changesNothing();
  });

  test("without a signature, of what stands on disk", async () => {
    await hand.edit(() => hand.writeManifest(FREE));
    await insert({ files: widened(), previous: before.digest });
    await changesNothing();
  });

  test("signed with another key under the approver's name", async () => {
    const files = widened();
    await insert({ files, previous: before.digest, acceptance: signed(files, before.digest, own) });
    await changesNothing();
  });

  test("with a signature for another configuration, another starting point, other files", async () => {
    const files = widened();
    const { digest: previous } = before;
    const acceptance = signed(files, previous, hand.key, { config: "/elsewhere/kidoban.yaml" });
    await insert({ files, previous, acceptance });
    await changesNothing();
    for (const other of [
      signed(files, "00", hand.key),
      signed(before.files, previous, hand.key),
      { ...signed(files, previous, hand.key), body: { approver: "tester" } },
    ]) {
      await hand.tamper(
        "UPDATE accepted SET archived = json_set(archived, '$.acceptance', json(?))  WHERE n = 2",
        JSON.stringify(other),
      );
      await hand.rulebook.refresh().catch(() => undefined);
      expect(hand.rulebook.inForce().digest).toBe(previous);
    }
  });

  test("that brings its own approver, who signs the next one", async () => {
    const bringing = changed(before.files, "kidoban.yaml", keyText(hand.key), keyText(own));
    const bringingDigest = await insert({ files: bringing, previous: before.digest });
    const files = widened(bringing);
    await insert({ files, previous: bringingDigest, acceptance: signed(files, bringingDigest, own) });
    await changesNothing();
  });

  test("that leaves the approvers out, before one that needs no signature then", async () => {
    const without = changed(
      before.files,
      "kidoban.yaml",
      /approvers:\n.*\n/.exec(before.files.get("kidoban.yaml")!)![0],
      "",
    );
    const withoutDigest = await insert({ files: without, previous: before.digest });
    await insert({ files: widened(without), previous: withoutDigest });
    await changesNothing();
  });

  test("in place of the row that it runs on", async () => {
    const files = widened();
    await hand.tamper(
      "UPDATE accepted SET archived = json_set(archived, '$.digest', ?, '$.files', json(?))",
      digestOf(files),
      JSON.stringify([...files]),
    );
    await changesNothing();
  });

  test("with members of other kinds than a row has", async () => {
    await insert({ files: widened(), previous: before.digest, acceptance: "yes" });
    await expect(hand.rulebook.refresh()).rejects.toMatchObject({ code: "corrupt" });
    await hand.rulebook.refresh();
    expect(hand.rulebook.inForce().digest).toBe(before.digest);
    expect(hand.entries().filter(({ kind }) => kind === "config.refused")).toHaveLength(1);
  });

  test("that was signed once, accepted, and taken back", async () => {
    await hand.edit(() => hand.writeManifest(FREE));
    await hand.accept();
    const { files, acceptance } = (await hand.store.accepted(hand.config))!;
    await hand.edit(() => writeFileSync(hand.manifest, before.files.get(MANIFEST)!));
    await hand.accept();
    expect(hand.rulebook.inForce().digest).toBe(before.digest);
    await insert({ files, previous: before.digest, acceptance });
    await changesNothing();
  });
});

test("what the store says that signed files say is not believed by a running gate (P12)", async () => {
  hand.writeConfig("approvals: { expires: 10m }");
  const text = readFileSync(hand.config, "utf8");
  const files = new Map(before.files).set("kidoban.yaml", text);
  const { config, manifests, locks } = parseFiles(widened(files), dirname(hand.config));
  const { servers, secrets, ...rest } = config!;
  const reading = {
    version: VERSION,
    digest: digestOf(files),
    config: rest,
    servers: [...servers],
    secrets: [...secrets],
    manifests: [...manifests],
    locks: [...locks],
  };
  await hand.store.setNote(`read/${hand.config}`, JSON.stringify(reading));
  // On disk something else by then, or the gate would have read it itself.
  await hand.edit(() => hand.writeConfig("approvals: { expires: 9m }"));
  const acceptedAt = Date.now() + 1;
  const acceptance = signed(files, before.digest, hand.key, { acceptedAt });
  await insert({ files, previous: before.digest, acceptedAt, acceptance });
  await hand.rulebook.refresh();
  expect(hand.rulebook.inForce().digest).toBe(digestOf(files));
  await hand.edit(() => hand.writeConfig("approvals: { expires: 10m }"));
  expect(said(await hand.call("hand_change", { text: "a" }))).toContain("NOT EXECUTED");
});

test("a gate that missed several acceptances follows them one by one, each by its own approvers (P12)", async () => {
  const second = changed(before.files, "kidoban.yaml", keyText(hand.key), keyText(own));
  const secondDigest = await insert({
    files: second,
    previous: before.digest,
    acceptance: signed(second, before.digest, hand.key, { acceptedAt: Date.now() + 1 }),
  });
  const third = widened(second);
  const thirdDigest = await insert({
    files: third,
    previous: secondDigest,
    acceptance: signed(third, secondDigest, own),
  });
  await hand.rulebook.refresh();
  expect(hand.rulebook.inForce().digest).toBe(thirdDigest);
  // Who is no approver any more signs nothing.
  const fourth = changed(third, MANIFEST, "wait: 0s", "wait: 1s");
  const later = { acceptedAt: Date.now() + 9000 };
  await insert({ files: fourth, previous: thirdDigest, acceptance: signed(fourth, thirdDigest, hand.key, later) });
  await expect(hand.rulebook.refresh()).rejects.toThrow("no approver");
  expect(hand.rulebook.inForce().digest).toBe(thirdDigest);
});
