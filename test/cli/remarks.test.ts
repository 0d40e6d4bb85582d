/** Answers with more to them, at a real terminal: sent back, by a deputy, with a ticket, past the quorum. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEAF_MS } from "../../src/cli/keys.ts";
import { obligation } from "../approval/sample.ts";
import { approvalsProgram, atTerminal, makeWorld, PASSPHRASE, withoutTerminal, type World } from "./approvals-world.ts";

const program = await approvalsProgram();
let world: World;

beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

const bodies = async (id: string) => (await world.store.statements(id)).map(({ body }) => body);
const scripted = (command: string, id: string, options: object) =>
  withoutTerminal(world, program, [
    command,
    id,
    JSON.stringify({ passphraseFile: world.passphraseFile, json: true, ...options }),
  ]);
const glass = (more = {}) => ({
  obligations: [obligation({ from: ["finance"], need: 2, breakGlass: ["ops"], ...more })],
});

describe("kidoban return", () => {
  it("sends a request back with a question, and says so", async () => {
    const request = await world.ask("a");
    const done = await scripted("return", request.id, { comment: "which of the two accounts?" });
    expect(JSON.parse(done.out)).toMatchObject({
      answer: "return",
      standing: { state: "returned", by: "aiko", comment: "which of the two accounts?" },
    });
    expect(await bodies(request.id)).toMatchObject([{ answer: "return", comment: "which of the two accounts?" }]);
    expect(world.log()).toContain("which of the two accounts?");
  });

  it("asks something, or is refused", async () => {
    const request = await world.ask("a");
    const refused = await scripted("return", request.id, { comment: " " });
    expect(JSON.parse(refused.out)).toMatchObject({ refused: "comment-missing" });
    expect(await bodies(request.id)).toEqual([]);
  });

  it("is a key at the terminal too, followed by the question", async () => {
    const request = await world.ask("a");
    const session = atTerminal(world, program, ["approve", request.id]);
    await session.sees("r to send it back");
    await sleep(DEAF_MS + 1000);
    session.type("r");
    await session.sees("Your question to the agent");
    session.type("why now?\r");
    await session.sees("Passphrase of aiko");
    session.type(`${PASSPHRASE}\r`);
    await session.sees("sent back with your question");
    expect(await session.ended()).toBe(0);
    expect(await bodies(request.id)).toMatchObject([{ answer: "return", comment: "why now?" }]);
  });
});

describe("what goes with an answer", () => {
  it("a ticket that does not fit is refused before it is stored, one that fits is kept", async () => {
    const request = await world.ask("a", { obligations: [obligation({ ticket: "OPS-*" })] });
    for (const options of [{}, { ticket: "X-1" }]) {
      expect(JSON.parse((await scripted("approve", request.id, options)).out)).toMatchObject({ refused: "ticket" });
    }
    const done = await scripted("approve", request.id, { ticket: "OPS-7" });
    expect(JSON.parse(done.out)).toMatchObject({ standing: { state: "met" } });
    expect(await bodies(request.id)).toMatchObject([{ answer: "approve", ticket: "OPS-7" }]);
  });

  it("nobody answers for somebody who named no deputy (P2)", async () => {
    const request = await world.ask("a");
    const refused = await scripted("approve", request.id, { for: "chie" });
    expect(JSON.parse(refused.out)).toMatchObject({ refused: "no-deputy" });
    expect(world.log()).toContain('"no-deputy"');
  });

  it("an answer names the ledger's checkpoint that was on record (P6)", async () => {
    const request = await world.ask("a");
    await scripted("approve", request.id, {});
    const [body] = await bodies(request.id);
    expect(body?.seen?.size).toBeGreaterThan(0);
    expect(body?.seen?.root).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("rules that need a passkey", () => {
  const verified = { obligations: [obligation({ assurance: "verified" })] };

  it("are not met from a terminal: it says where, and asks for no passphrase (P7)", async () => {
    const request = await world.ask("a", verified);
    const session = atTerminal(world, program, ["approve", request.id]);
    await session.sees("needs a passkey");
    await session.sees("Press a to approve");
    await sleep(DEAF_MS + 1000);
    session.type("a");
    await session.sees("Answer in the console");
    expect(await session.ended()).toBe(1);
    expect(session.shown()).not.toContain("Passphrase");
  });

  it("are not met by a script either, and may be denied by one (P2)", async () => {
    const request = await world.ask("a", verified);
    expect(JSON.parse((await scripted("approve", request.id, {})).out)).toMatchObject({ refused: "weak-proof" });
    expect(JSON.parse((await scripted("deny", request.id, {})).out)).toMatchObject({ standing: { state: "denied" } });
  });
});

describe("kidoban break-glass", () => {
  it("says what it does and whom it passes over, wants the code typed, and is loud in the log (P2)", async () => {
    const request = await world.ask("a", glass());
    const session = atTerminal(world, program, ["break-glass", request.id, '{"comment":"the site is down"}']);
    await session.sees("BREAK THE GLASS");
    await session.sees("still needs 2 approvers of finance");
    await session.sees("Everybody is told");
    await session.sees("Your reason: the site is down");
    await session.sees(`type the code ${request.code}`);
    session.type(`${request.code.toLowerCase()}\r`);
    await session.sees("Passphrase of aiko");
    session.type(`${PASSPHRASE}\r`);
    await session.sees(`${request.code} is approved`);
    expect(await session.ended()).toBe(0);
    expect(await bodies(request.id)).toMatchObject([{ answer: "break-glass", comment: "the site is down" }]);
    expect(world.log()).toContain('"answer":"break-glass"');
  });

  it("does nothing where anything but the code is typed, or where it was typed ahead (P7)", async () => {
    const request = await world.ask("a", glass());
    const session = atTerminal(world, program, ["break-glass", request.id, '{"comment":"x"}']);
    session.type(`${request.code}\r`);
    await session.sees(`type the code ${request.code}`);
    session.type("yes\r");
    await session.sees("Left open");
    expect(await session.ended()).toBe(1);
    expect(await bodies(request.id)).toEqual([]);
  });

  it("is no script's, whatever passphrase file it has (P7)", async () => {
    const request = await world.ask("a", glass());
    const { code, err } = await scripted("break-glass", request.id, { comment: "x" });
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("no terminal") as string });
    expect(await bodies(request.id)).toEqual([]);
  });

  it("is not for those whom one rule does not name: told before anything is typed (P2)", async () => {
    const request = await world.ask("a", { obligations: [...glass().obligations, obligation({ rule: "other" })] });
    const session = atTerminal(world, program, ["break-glass", request.id, '{"comment":"x"}']);
    await session.sees("Not every rule lets you");
    expect(await session.ended()).toBe(1);
    expect(session.shown()).not.toContain("BREAK THE GLASS");
  });
});
