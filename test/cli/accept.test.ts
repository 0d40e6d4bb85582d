import { generateKeyPairSync } from "node:crypto";
import { chmodSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { signAcceptance, verifyAcceptance } from "../../src/approval/acceptance.ts";
import { signBody } from "../../src/approval/signature.ts";
import { accept, proposalOf } from "../../src/compose/proposal.ts";
import { openRulebook } from "../../src/compose/rulebook.ts";
import { openState, type State } from "../../src/compose/state.ts";
import { unlockApproverKey } from "../../src/config/keys.ts";
import { digestOf, readFiles } from "../../src/config/files.ts";
import { atTerminal, KIDOBAN } from "./approvals-world.ts";
import {
  DRIVES,
  approverKeys,
  approvers,
  CONFIG,
  giveKey,
  LOCK,
  makeWorld,
  PASSPHRASE,
  type World,
} from "./files-world.ts";

const [aiko, mallory] = await approverKeys();
let world: World;
beforeEach(() => {
  world = makeWorld({ "gate/kidoban.yaml": CONFIG + approvers(aiko) });
});
afterEach(() => world.remove());

const acceptedDigest = () => world.inStore((store) => store.acceptedDigest(world.config));
const onDisk = async () => digestOf((await readFiles(world.config)).files);
const widen = (): void => world.change("gate/manifests/docs-writer.yaml", "effect: deny", "effect: allow");
const narrow = (): void => world.change("gate/manifests/docs-writer.yaml", "read-write", "read-only");

async function withState<T>(use: (state: State) => Promise<T>): Promise<T> {
  const state = await openState(world.stateDir, { role: "tool", now: Date.now });
  try {
    return await use(state);
  } finally {
    await state.close("test");
  }
}

const item = (name: string, key = "name") =>
  `  "${name}": { access: read, definition: { ${key}: "${name}", name: "${name}" } }\n`;

describe("kidoban accept, the first time", () => {
  test("tells resources, templates and prompts by their kind, completions only where they go their own way (P12)", async () => {
    const lock = `${LOCK}resources:\n${item("file:///a", "uri")}${item("doc://{x}", "uriTemplate")}prompts:\n${item("review")}${item("plan")}`;
    world.put("gate/kidoban.lock/files.yaml", lock.replaceAll(/name: "(.*)", name: "\1"/g, 'name: "$1"'));
    world.put(
      "gate/manifests/docs-writer.yaml",
      'kidoban: 1\nagent: docs-writer\nservers: { files: { access: read-write, tools: [] } }\nrules:\n  - { id: c, effect: deny, match: ["completion:files/plan"] }\n',
    );
    const told = async () =>
      (await world.kidoban("accept", "--yes")).out
        .split("\n")
        .flatMap((line) => /^ {2}docs-writer +(.*)$/.exec(line)?.[1] ?? []);
    expect(await told()).toEqual([
      expect.stringMatching(/^prompt:files\/plan +denied +allowed$/),
      expect.stringMatching(/^prompt:files\/review +denied +allowed$/),
      expect.stringMatching(/^resource:files\/doc:\/\/\{x\} +denied +allowed$/),
      expect.stringMatching(/^resource:files\/file:\/\/\/a +denied +allowed$/),
    ]);
  });

  test("shows everything as gained, needs no signature, and is recorded before it is in force (P12)", async () => {
    const { code, out } = await world.kidoban("accept", "--yes");
    expect(code).toBe(0);
    expect(out).toContain("is accepted yet");
    expect(out).toMatch(/docs-writer {2}files\/read_file +denied +allowed/);
    expect(out).toContain("+ files-server ./workspace");
    expect(await acceptedDigest()).toBe(await onDisk());
    expect(world.entries("config.accepted")).toEqual([
      {
        kind: "config.accepted",
        digest: await onDisk(),
        by: userInfo().username,
        config: world.config,
        acceptedAt: expect.any(Number),
        archive: expect.stringMatching(/^[0-9a-f]{64}$/),
        first: true,
      },
    ]);
  });

  test("says that nothing waits when it is run again", async () => {
    await world.kidoban("accept", "--yes");
    const { code, out } = await world.kidoban("accept");
    expect([code, out]).toEqual([0, "The files are what is accepted. Nothing waits.\n"]);
    expect(world.entries("config.accepted")).toHaveLength(1);
  });

  test("P11: files with errors are refused with all of them, and nothing is recorded", async () => {
    world.change("gate/manifests/docs-writer.yaml", "effect: deny", "effect: denny");
    world.change("gate/kidoban.lock/files.yaml", "access: read\n", "access: reed\n");
    const { code, err } = await world.kidoban("accept", "--yes");
    expect(code).toBe(2);
    expect(err).toContain("manifests/docs-writer.yaml:7");
    expect(err).toContain("kidoban.lock/files.yaml:5");
    expect(await acceptedDigest()).toBeUndefined();
  });
});

describe("kidoban accept after a change", () => {
  beforeEach(async () => {
    await world.kidoban("accept", "--yes");
  });

  test("P12: tells what waits from what holds already", async () => {
    narrow();
    const lost = await world.kidoban("accept");
    expect(lost.out).toMatch(/Holds already[^]*files\/move_file +asks +denied/);
    expect(lost.out).not.toContain("Waits for you");
    world.change("gate/manifests/docs-writer.yaml", "read-only", "read-write");
    widen();
    const gained = await world.kidoban("accept");
    expect(gained.out).toMatch(
      /Waits for you[^]*files\/write_file +depends on arguments +depends on arguments +the rules/,
    );
    expect(gained.out).not.toContain("Holds already");
    expect(gained.out).toContain("An approver of the accepted configuration must sign: aiko.");
  });

  test("shows approvers, commands, roots, secrets and the floor, each with what it was", async () => {
    world.change("gate/kidoban.yaml", aiko.key, mallory.key);
    world.change("gate/kidoban.yaml", "args: [./workspace], root: ./workspace", "args: [/], root: /srv, timeout: 90s");
    world.change("gate/kidoban.yaml", "assurance: operator, expires: 15m", "assurance: client, expires: 1h");
    world.put("gate/kidoban.yaml", `${readFileSync(world.config, "utf8")}secrets: { TOKEN: { env: MY_TOKEN } }\n`);
    const { out } = await world.kidoban("accept");
    expect(out).toContain(`approver aiko\n    - ${aiko.key}\n    + ${mallory.key}`);
    expect(out).toContain("server files\n    - files-server ./workspace\n    + files-server /");
    expect(out).toContain(`root of server files\n    - ${world.path("gate/workspace")}\n    + /srv`);
    expect(out).toContain("time-out of server files\n    - 5m\n    + 90s");
    expect(out).toContain("secret TOKEN\n    + env MY_TOKEN");
    expect(out).toContain("- assurance: operator, need: 1, from: [], expires: 15m");
    expect(out).toContain("+ assurance: client, need: 1, from: [], expires: 1h");
  });

  test("P12: a removed approver and a harder floor hold at once, an added group waits", async () => {
    world.change("gate/kidoban.yaml", "assurance: operator, expires: 15m", "assurance: operator, expires: 5m");
    world.change("gate/kidoban.yaml", approvers(aiko), "");
    const removed = (await world.json("accept"))["changes"] as { what: string; holds: string }[];
    expect(removed).toMatchObject([
      { what: "approver", name: "aiko", holds: "at once" },
      { what: "floor", holds: "at once" },
    ]);
    world.put("gate/kidoban.yaml", CONFIG + approvers(aiko).replace(" }", ", groups: [ops] }"));
    const grouped = (await world.json("accept"))["changes"];
    expect(grouped).toMatchObject([{ what: "approver", name: "aiko", holds: "once accepted" }]);
  });

  test("is signed by an approver of the accepted configuration; the log's entry alone proves it", async () => {
    const previous = await acceptedDigest();
    widen();
    const { code, out } = await world.kidoban("accept", "--yes", "--passphrase-file", giveKey(world, aiko));
    expect([code, out]).toEqual([0, expect.stringContaining("Accepted by aiko.")]);
    expect(await acceptedDigest()).toBe(await onDisk());
    const entry = world.entries("config.accepted").at(-1);
    expect(entry).toMatchObject({ previous, digest: await onDisk(), by: "aiko", key: aiko.key, first: false });
    const { config = "", acceptedAt = 0, digest = "", by: approver = "", key = "", signature = "" } = entry ?? {};
    const body = { v: 1, config, previous: previous ?? "", digest, approver, acceptedAt } as const;
    expect(verifyAcceptance({ body, key, signature }, [{ ...aiko, groups: [] }])).toBe(true);
  });

  test("P12: without that signature nothing is accepted, whatever --yes says", async () => {
    const before = await acceptedDigest();
    widen();
    expect((await world.kidoban("accept", "--yes")).code).toBe(2);
    expect(await acceptedDigest()).toBe(before);
  });

  test("P7: a change cannot bring its own approver", async () => {
    const before = await acceptedDigest();
    world.put("gate/kidoban.yaml", CONFIG + approvers(aiko, mallory));
    widen();
    const passphrase = giveKey(world, mallory);
    const { code, err } = await world.kidoban("accept", "--yes", "--passphrase-file", passphrase);
    expect(code).toBe(2);
    expect(err).toContain("A change cannot bring its own approvers.");
    expect(await acceptedDigest()).toBe(before);
    expect(world.entries("config.refused")).toHaveLength(1);
  });

  test("P7: another key under an approver's name is not that approver", async () => {
    const before = await acceptedDigest();
    widen();
    // A key file made under her name, with a passphrase that the agent knows.
    const { createApproverKey } = await import("../../src/config/keys.ts");
    await createApproverKey("aiko", PASSPHRASE, world.path(".config/kidoban"));
    world.put("passphrase", `${PASSPHRASE}\n`);
    chmodSync(world.path("passphrase"), 0o600);
    const { code } = await world.kidoban("accept", "--yes", "--passphrase-file", world.path("passphrase"));
    expect(code).toBe(2);
    expect(await acceptedDigest()).toBe(before);
  });

  test("P7: removing the approvers from the files does not make the signature unnecessary", async () => {
    const before = await acceptedDigest();
    world.put("gate/kidoban.yaml", CONFIG);
    const { code, out } = await world.kidoban("accept", "--yes");
    expect(code).toBe(2);
    expect(out).toContain("must sign: aiko");
    expect(await acceptedDigest()).toBe(before);
  });

  test("a wrong passphrase accepts nothing", async () => {
    const before = await acceptedDigest();
    widen();
    giveKey(world, aiko);
    world.put("passphrase", "another passphrase\n");
    const { code, err } = await world.kidoban("accept", "--yes", "--passphrase-file", world.path("passphrase"));
    expect([code, err]).toEqual([2, expect.stringContaining("That is not the passphrase.")]);
    expect(await acceptedDigest()).toBe(before);
  });

  test("P12: what is accepted are the bytes that were compared, not what stands there a moment later", async () => {
    narrow();
    const narrowed = await onDisk();
    giveKey(world, aiko);
    await withState(async (state) => {
      const proposal = await proposalOf(world.config, state.store);
      world.change("gate/manifests/docs-writer.yaml", "read-only", "read-write");
      widen();
      const unlocked = await unlockApproverKey("aiko", PASSPHRASE, world.path(".config/kidoban"));
      if (unlocked.kind !== "unlocked") throw new Error(unlocked.kind);
      const { config, previous = "", digest } = proposal;
      const signed = signAcceptance(
        { v: 1, config, previous, digest, approver: "aiko", acceptedAt: Date.now() },
        unlocked.privateKey,
      );
      // For another change, from another starting point, or with one character of it changed.
      const others = [
        { ...signed, body: { ...signed.body, digest: await onDisk() } },
        { ...signed, body: { ...signed.body, previous: "00" } },
        { ...signed, body: { ...signed.body, config: "/elsewhere/kidoban.yaml" } },
        { ...signed, body: { ...signed.body, acceptedAt: signed.body.acceptedAt + 1 } },
        { ...signed, signature: signBody("kidoban-resume/v1", signed.body, unlocked.privateKey) },
        { ...signed, key: mallory.key },
      ];
      for (const other of others) expect(await accept(state, proposal, other)).toEqual({ kind: "not-approver" });
      const wider = await proposalOf(world.config, state.store);
      expect(await accept(state, wider, signed)).toEqual({ kind: "not-approver" });
      expect(await state.store.acceptedDigest(world.config)).toBe(previous);

      expect(await accept(state, proposal, signed)).toEqual({ kind: "accepted" });
      const archived = await state.store.accepted(world.config);
      expect(archived?.digest).toBe(narrowed);
      expect(archived?.files.get("manifests/docs-writer.yaml")).not.toContain("effect: allow");
      // Used once: what it started from is no longer what is accepted.
      expect(await accept(state, proposal, signed)).toEqual({ kind: "overtaken" });
    });
  });

  test("a signature of a key that nobody knows is none", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const body = { v: 1, config: "/c", previous: "a", digest: "b", approver: "aiko", acceptedAt: 1 } as const;
    expect(verifyAcceptance(signAcceptance(body, privateKey), [{ ...aiko, groups: [] }])).toBe(false);
  });

  test("a running gate takes over what was accepted", async () => {
    await withState(async ({ store, log }) => {
      const options = { configPath: world.config, agent: "docs-writer", store, log, now: Date.now };
      const rulebook = await openRulebook({ ...options, broken: () => undefined });
      try {
        const before = rulebook.inForce().digest;
        widen();
        await world.kidoban("accept", "--yes", "--passphrase-file", giveKey(world, aiko));
        await rulebook.refresh();
        expect(rulebook.inForce().digest).not.toBe(before);
        expect(rulebook.inForce().digest).toBe(await onDisk());
      } finally {
        rulebook.close();
      }
    });
  });

  test("--json asks nothing: alone it shows what waits and accepts nothing", async () => {
    const before = await acceptedDigest();
    widen();
    const { code, out } = await world.kidoban("accept", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ accepted: false, waits: true, mustSign: ["aiko"], lost: [] });
    expect(await acceptedDigest()).toBe(before);
  });

  test("a name in the files cannot drive the terminal", async () => {
    world.change("gate/kidoban.yaml", "args: [./workspace]", 'args: ["\\u001b[2J\\u202e"]');
    const { out } = await world.kidoban("accept");
    expect(out).toContain(String.raw`"\u001b[2J\u{202e}"`);
    expect(out).not.toMatch(DRIVES);
  });
});

describe("kidoban accept at a terminal", () => {
  test("asks without a default: Enter alone accepts nothing", async () => {
    const session = atTerminal(world, KIDOBAN, ["accept"]);
    await session.sees("Type yes to accept");
    session.type("\r");
    await session.sees("Nothing was accepted.");
    expect(await session.ended()).toBe(1);
    expect(await acceptedDigest()).toBeUndefined();
  });

  test("accepts after yes and the approver's passphrase, which nobody sees", async () => {
    await world.kidoban("accept", "--yes");
    giveKey(world, aiko);
    widen();
    const session = atTerminal(world, KIDOBAN, ["accept"]);
    await session.sees("must sign: aiko");
    await session.sees("Type yes to accept");
    session.type("yes\r");
    await session.sees("Passphrase of aiko");
    session.type(`${PASSPHRASE}\r`);
    await session.sees("Accepted by aiko");
    expect(await session.ended()).toBe(0);
    expect(session.shown()).not.toContain(PASSPHRASE);
    expect(await acceptedDigest()).toBe(await onDisk());
  });
});
