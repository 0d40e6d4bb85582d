import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEAF_MS } from "../../src/cli/keys.ts";
import { person } from "../approval/sample.ts";
import { approvalsProgram, atTerminal, makeWorld, PASSPHRASE, withoutTerminal, type World } from "./approvals-world.ts";

const program = await approvalsProgram();
let world: World;

beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

const answers = async (id: string) => (await world.store.statements(id)).map(({ body }) => body.answer);
/** A person reads before pressing a key. The program counts from later than it is seen here. */
const reads = () => sleep(DEAF_MS + 1000);

describe("kidoban approve ID at a terminal", () => {
  it("shows everything, asks, unlocks, signs and records, in this order (P4)", async () => {
    const request = await world.ask("docs/a.md");
    const session = atTerminal(world, program, ["approve", request.code]);
    await session.sees("docs-writer");
    await session.sees('"path": "docs/a.md"');
    await session.sees("Press a to approve");
    await reads();
    session.type("a");
    await session.sees("Passphrase of aiko");
    session.type(`${PASSPHRASE}\r`);
    await session.sees(`${request.code} is approved`);
    expect(await session.ended()).toBe(0);
    expect(await answers(request.id)).toEqual(["approve"]);
    expect(session.shown()).not.toContain(PASSPHRASE);
    const entry = world
      .log()
      .split("\n")
      .find((line) => line.includes("request.answered"));
    expect(entry).toContain(request.id);
    expect(entry).not.toContain(PASSPHRASE);
  });

  it("ignores keys that were typed before the request could have been read (P7)", async () => {
    const request = await world.ask("docs/a.md");
    const session = atTerminal(world, program, ["approve", request.id]);
    session.type("aaaa\r");
    await session.sees("Press a to approve");
    await reads();
    session.type("x");
    await session.sees("Left open");
    expect(await session.ended()).toBe(1);
    expect(await answers(request.id)).toEqual([]);
  });

  it("denies on d, and with a wrong passphrase nothing is answered", async () => {
    const [one, two] = [await world.ask("a"), await world.ask("b")];
    const session = atTerminal(world, program, ["approve", one.id, '{"comment":"not there"}']);
    await session.sees("Press a to approve");
    await reads();
    session.type("d");
    await session.sees("Passphrase");
    session.type(`${PASSPHRASE}\r`);
    expect(await session.ended()).toBe(0);
    expect((await world.store.statements(one.id))[0]?.body).toMatchObject({ answer: "deny", comment: "not there" });

    const wrong = atTerminal(world, program, ["deny", two.id]);
    for (let attempt = 0; attempt < 3; attempt++) {
      await wrong.sees("Passphrase of aiko");
      wrong.type("something else\r");
      await wrong.sees("not the passphrase");
    }
    expect(await wrong.ended()).toBe(2);
    expect(await answers(two.id)).toEqual([]);
  });
});

describe("without a terminal (P7)", () => {
  it("nothing is answered, whatever comes in on stdin", async () => {
    const request = await world.ask("a");
    for (const args of [["approve"], ["approve", request.id], ["deny", request.id]]) {
      const { code, err } = await withoutTerminal(world, program, args);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("no terminal") as string });
    }
    expect(await answers(request.id)).toEqual([]);
  });

  it("a passphrase file answers for automation, if it is private", async () => {
    const request = await world.ask("docs/a.md");
    const options = JSON.stringify({ passphraseFile: world.passphraseFile });
    chmodSync(world.passphraseFile, 0o644);
    const exposed = await withoutTerminal(world, program, ["approve", request.id, options]);
    expect(exposed).toMatchObject({ code: 2, err: expect.stringContaining("600") as string });
    expect(await answers(request.id)).toEqual([]);
    chmodSync(world.passphraseFile, 0o600);
    const done = await withoutTerminal(world, program, ["approve", request.id, options]);
    expect(done.code).toBe(0);
    expect(done.out).toContain('"path": "docs/a.md"');
    expect(done.out).toContain(`${request.code} is approved`);
    expect(await answers(request.id)).toEqual(["approve"]);
  });

  it("says as JSON what became of the answer, and refuses a second one", async () => {
    const request = await world.ask("a");
    const options = JSON.stringify({ passphraseFile: world.passphraseFile, json: true });
    const first = await withoutTerminal(world, program, ["deny", request.code, options]);
    expect(JSON.parse(first.out)).toMatchObject({ request: request.id, answer: "deny", standing: { state: "denied" } });
    const second = await withoutTerminal(world, program, ["approve", request.code, options]);
    expect(second.code).toBe(1);
    expect(JSON.parse(second.out)).toMatchObject({ refused: "already" });
    expect(await answers(request.id)).toEqual(["deny"]);
  });

  it("says why not: no such request, one that is closed, no key", async () => {
    const request = await world.ask("a");
    await world.store.move(request.id, ["pending"], "withdrawn", Date.now(), { note: "stop\u001b[2J" });
    const options = JSON.stringify({ passphraseFile: world.passphraseFile });
    const none = await withoutTerminal(world, program, ["approve", "ZZZ-ZZZ", options]);
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining("no such request") as string });
    const closed = await withoutTerminal(world, program, ["approve", request.id, options]);
    expect(closed).toMatchObject({ code: 1, err: expect.stringContaining("(withdrawn: stop\\u{1b}[2J)") as string });
    const open = await world.ask("b");
    const other = JSON.stringify({ passphraseFile: world.passphraseFile, as: "ben" });
    expect(await withoutTerminal(world, program, ["approve", open.id, other])).toMatchObject({ code: 2 });
  });
});

describe("who may answer (P2, P12)", () => {
  it("an approver removed from the file on disk is out at once", async () => {
    const request = await world.ask("a");
    const config = join(world.env["HOME"] ?? "", "kidoban.yaml");
    const stranger = person("aiko").approver.key;
    writeFileSync(config, readFileSync(config, "utf8").replace(/ed25519:[\w-]+/, stranger));
    const options = JSON.stringify({ passphraseFile: world.passphraseFile, json: true });
    const refused = await withoutTerminal(world, program, ["approve", request.id, options]);
    expect(JSON.parse(refused.out)).toMatchObject({ refused: "unknown-approver" });
    expect(world.log()).toContain('"request.refused"');
    expect(await answers(request.id)).toEqual([]);
  });
});

describe("kidoban approver add", () => {
  it("makes an encrypted key and prints the line for kidoban.yaml", async () => {
    const session = atTerminal(world, program, ["approver", "ben", '{"groups":"ops, finance"}']);
    await session.sees("New passphrase for ben");
    session.type("a long enough one\r");
    await session.sees("Once more");
    session.type("a long enough one\r");
    await session.sees("approvers:");
    expect(await session.ended()).toBe(0);
    const path = join(world.env["HOME"] ?? "", ".config/kidoban/ben.key.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { key } = JSON.parse(readFileSync(path, "utf8")) as { key: string };
    expect(session.shown()).toContain(`ben: { key: "${key}", groups: [ops, finance] }`);
    expect(session.shown()).not.toContain("long enough");
  });

  it("replaces no key, takes no bad name, no short passphrase and no two that differ", async () => {
    const options = JSON.stringify({ passphraseFile: world.passphraseFile });
    const again = await withoutTerminal(world, program, ["approver", "aiko", options]);
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining("already") as string });
    const bad = await withoutTerminal(world, program, ["approver", "../x", options]);
    expect(bad).toMatchObject({ code: 2, err: expect.stringContaining("cannot be a name") as string });
    writeFileSync(world.passphraseFile, "short\n", { mode: 0o600 });
    expect(await withoutTerminal(world, program, ["approver", "ben", options])).toMatchObject({ code: 2 });
    const session = atTerminal(world, program, ["approver", "ben"]);
    await session.sees("New passphrase");
    session.type("one passphrase\r");
    await session.sees("Once more");
    session.type("another passphrase\r");
    await session.sees("do not match");
    expect(await session.ended()).toBe(2);
    expect(existsSync(join(world.env["HOME"] ?? "", ".config/kidoban/ben.key.json"))).toBe(false);
  });
});

describe("kidoban approve: the live inbox", () => {
  it("shows what arrives, opens it, answers, and asks for the passphrase once", async () => {
    const session = atTerminal(world, program, ["approve"]);
    await session.sees("Nothing waits");
    const first = await world.ask("docs/first.md");
    await session.sees(first.code);
    await session.sees("docs-writer asks for files/write_file");
    session.type("\ra");
    await session.sees("docs/first.md");
    await reads();
    session.type("a");
    await session.sees("Passphrase of aiko");
    session.type(`${PASSPHRASE}\r`);
    await session.sees(`${first.code} is approved`);
    expect(await answers(first.id)).toEqual(["approve"]);

    const second = await world.ask("docs/second.md");
    await session.sees(second.code);
    session.type("\u001b[B\r");
    await session.sees("docs/second.md");
    await reads();
    session.type("c");
    await session.sees("Comment, for the log");
    session.type("why this?\r");
    await session.sees("Comment: why this?");
    await reads();
    session.type("d");
    await session.sees(`${second.code} is denied`);
    expect((await world.store.statements(second.id))[0]?.body).toMatchObject({ answer: "deny", comment: "why this?" });
    session.type("q");
    expect(await session.ended()).toBe(0);
    expect(session.shown().split("Passphrase of aiko").length).toBeLessThan(8);
  });
});
