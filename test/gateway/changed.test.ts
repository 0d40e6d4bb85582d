/** Real gates and a real server: calls that an approver changed, passes, and what changes between leave and use. */

import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { passLeave, signPass } from "../../src/approval/pass.ts";
import { draftPass, passDeskOf } from "../../src/compose/pass-draft.ts";
import type { Request } from "../../src/approval/request.ts";
import { keyText } from "../../src/approval/signature.ts";
import { makeWorld, textOf, type World } from "./world.ts";

const EDITABLE = "  - { id: ask, effect: ask, match: [ledger/append], approval: { allow_edit: [value] } }";
const call = (value: string, id = "a") => ({ name: "ledger_append", arguments: { id, value } });

let world: World;
beforeEach(() => {
  world = makeWorld({ rules: EDITABLE, manifest: "wait: 0s" });
});
afterEach(() => world.close());

async function editedTo(request: Request, value: string): Promise<Request> {
  const desk = await world.desk();
  const edited = await desk.edit(request.id, { value }, "tester");
  if (edited.kind === "refused") throw new Error(edited.why);
  return edited.request;
}

async function givePass(count = 2): Promise<string> {
  const state = await world.state();
  const now = Date.now();
  const args = { within: { id: { is: "a" }, value: { glob: "n*" } } };
  const terms = { pass: "p1", issuedAt: now, from: now, until: now + 600_000, count, reason: "the same again" };
  const drafted = await draftPass(state.store, {
    config: world.config,
    agent: "worker",
    call: "ledger/append",
    args,
    ...terms,
  });
  if (drafted.kind === "refused") throw new Error(drafted.why);
  const { body } = drafted;
  const signed = await passDeskOf(state, Date.now).issue(body, signPass(passLeave(body, "tester", now), world.key));
  return signed.kind === "signed" ? body.pass : signed.why;
}

const values = (): (string | undefined)[] => world.effects().map(({ value }) => value);
const verified = (): string => world.kidoban("log", "verify").out;

test("a changed call reaches the server as changed, once; the agent is told, and the log proves it (P2, P3, P6)", async () => {
  world.writeManifest(EDITABLE, "wait: 20s");
  const client = await world.client();
  const answer = client.callTool(call("draft"));
  const [request] = await world.waitFor(["pending"]);
  const child = await editedTo(request!, "final");
  await world.answer(child, "approve");
  const result = (await answer) as { readonly content: readonly { readonly text: string }[] };
  expect(result.content[0]?.text).toContain('tester changed these of its arguments: value = "final"');
  expect(values()).toEqual(["final"]);
  await client.close();
  expect(verified()).toContain("The log is proven.");
  // An export leaves the bodies behind, and is no log from which somebody took them.
  const copy = join(dirname(world.config), "export");
  expect(world.kidoban("log", "export", "--out", copy).status).toBe(0);
  expect(world.kidoban("log", "verify", copy)).toMatchObject({
    status: 0,
    out: expect.stringContaining("every export"),
  });
});

test.each([
  ["the approver is removed", () => replaceKey()],
  [
    "the rules let nobody change it",
    () => world.writeManifest(EDITABLE.replace(", approval: { allow_edit: [value] }", "")),
  ],
  ["the rules deny it", () => world.writeManifest("  - { id: no, effect: deny, match: [ledger/append] }")],
  ["the rules ask for more", () => world.writeConfig("approvals: { need: 2 }")],
] as const)("attack: a changed call that is approved does not run once %s (P2, P12)", async (_, change) => {
  const client = await world.client();
  expect(textOf(await client.callTool(call("draft")))).toContain("needs a human's approval");
  const [request] = await world.waitFor(["pending"]);
  const child = await editedTo(request!, "final");
  await world.edit(change);
  await world.answer(child, "approve");
  await client.callTool({ name: "kidoban_wait", arguments: { id: request!.id } });
  expect(values()).toEqual([]);
});

/** As a person leaves: another key stands under the name. */
function replaceKey(): void {
  const { privateKey } = generateKeyPairSync("ed25519");
  writeFileSync(world.config, readFileSync(world.config, "utf8").replace(keyText(world.key), keyText(privateKey)));
}

test("a pass lets its calls through, in whichever process, and no more; the log proves who gave it (P2, P4, P6)", async () => {
  const [one, other] = [await world.client(), await world.client()];
  expect(await givePass()).toBe("p1");
  expect(textOf(await one.callTool(call("n1")))).not.toContain("NOT EXECUTED");
  expect(textOf(await other.callTool(call("n2")))).not.toContain("NOT EXECUTED");
  expect(textOf(await one.callTool(call("n3")))).toContain("needs a human's approval");
  expect(values()).toEqual(["n1", "n2"]);
  await Promise.all([one.close(), other.close()]);
  expect(verified()).toContain("The log is proven.");
});

test.each([
  ["its signer is removed", () => world.edit(replaceKey)],
  ["the rules ask for more", () => world.edit(() => world.writeConfig("approvals: { need: 2 }"))],
  [
    "the rules deny it",
    () => world.edit(() => world.writeManifest("  - { id: no, effect: deny, match: [ledger/append] }")),
  ],
  [
    "another definition was locked and accepted",
    async () => {
      const { lock } = world;
      await world.edit(() =>
        writeFileSync(lock, readFileSync(lock, "utf8").replace("Append an entry", "Add an entry")),
      );
      await world.edit(() => world.accept());
    },
  ],
  ["it is revoked", async () => (await world.state()).store.revokePass("p1", "tester", Date.now())],
] as const)("attack: a pass lets nothing through once %s (P2, P12)", async (_, change) => {
  const client = await world.client();
  expect(await givePass()).toBe("p1");
  await change();
  const answer = await client.callTool(call("n1")).catch(() => undefined);
  if (answer !== undefined) expect(textOf(answer)).toMatch(/NOT EXECUTED|DENIED/);
  expect(values()).toEqual([]);
});

test("attack: nobody gives a pass who is no approver of what is accepted (P2, P7)", async () => {
  const client = await world.client();
  const { privateKey } = generateKeyPairSync("ed25519");
  const state = await world.state();
  const now = Date.now();
  const drafted = await draftPass(state.store, {
    config: world.config,
    agent: "worker",
    call: "ledger/append",
    args: { id: "a", value: "n1" },
    pass: "p1",
    issuedAt: now,
    from: now,
    until: now + 600_000,
    count: 1,
    reason: "r",
  });
  if (drafted.kind === "refused") throw new Error(drafted.why);
  const { body } = drafted;
  const signature = signPass(passLeave(body, "tester", now), privateKey);
  expect(await passDeskOf(state, Date.now).issue(body, signature)).toEqual({ kind: "refused", why: "signature" });
  // And past the desk, straight into the store.
  await state.store.addPass(body, signature, now);
  expect(textOf(await client.callTool(call("n1")))).toContain("needs a human's approval");
  expect(values()).toEqual([]);
});
