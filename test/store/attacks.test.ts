/** Somebody with the database file in their hands: what they can make true in it, and what it gains them. */

import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { quorum } from "../../src/approval/quorum.ts";
import { redeemUntil, type Request } from "../../src/approval/request.ts";
import { showsWhatRuns } from "../../src/approval/show.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { person, sampleRequest, says, T0 } from "../approval/sample.ts";
import { temporaryFolder } from "./processes.ts";

const aiko = person("aiko");
const approvers = [aiko.approver];
const NOW = T0 + 5000;

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
let request: Request;

beforeEach(async () => {
  folder = temporaryFolder();
  store = await openStore(folder.path);
  request = sampleRequest();
  await store.openRequest(request, 10);
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

async function meddle(sql: string, ...values: readonly string[]): Promise<void> {
  const connection = (await sqliteDriver()).open(join(folder.path, "kidoban.db"));
  connection.prepare(sql).run(...values);
  connection.close();
}

/** What the claim asks: the statements in the store against the request in the store. */
async function verdict(known = approvers) {
  const stored = await store.request(request.id);
  if (stored === undefined) throw new Error("gone");
  return quorum(stored, await store.statements(request.id), known, NOW).state;
}

describe("a row changed by hand gains nothing (P2, P7)", () => {
  it("the state set to approved", async () => {
    await meddle("UPDATE requests SET state = 'approved', redeem_until = 9e15");
    expect(await store.request(request.id)).toMatchObject({ state: "approved" });
    expect(await verdict()).toBe("open");
  });

  it("the state of a denied request set back to approved", async () => {
    await store.addStatement(says(aiko, request, "deny"));
    await store.move(request.id, ["pending"], "denied", NOW);
    await meddle("UPDATE requests SET state = 'approved', redeem_until = 9e15, closed_at = NULL");
    expect(await verdict()).toBe("denied");
  });

  it("an answer flipped", async () => {
    await store.addStatement(says(aiko, request, "deny"));
    await meddle("UPDATE statements SET answer = 'approve', statement = replace(statement, '\"deny\"', '\"approve\"')");
    expect((await store.statements(request.id))[0]?.body.answer).toBe("approve");
    expect(await verdict()).toBe("open");
  });

  it("a statement moved here from another request", async () => {
    const other = sampleRequest({}, { path: "harmless" });
    await store.openRequest(other, 10);
    await store.addStatement(says(aiko, other, "approve"));
    await meddle("UPDATE statements SET request = ?", request.id);
    expect(await store.statements(request.id)).toHaveLength(1);
    expect(await verdict()).toBe("open");
  });

  it("the expiry stretched", async () => {
    await store.addStatement(says(aiko, request, "approve"));
    expect(await verdict()).toBe("met");
    await meddle("UPDATE requests SET facts = json_set(facts, '$.expiresAt', 9e15)");
    expect((await store.request(request.id))?.expiresAt).toBe(9e15);
    expect(await verdict()).toBe("open");
  });

  it("the time to use it stretched: what counts follows from signed times", async () => {
    await store.addStatement(says(aiko, request, "approve", T0 + 1000));
    await store.move(request.id, ["pending"], "approved", T0 + 1000, { redeemUntil: T0 + 301_000 });
    await meddle("UPDATE requests SET redeem_until = 9e15");
    const met = quorum(request, await store.statements(request.id), approvers, NOW);
    expect(met).toMatchObject({ state: "met", metAt: T0 + 1000 });
    if (met.state === "met") expect(redeemUntil(request.obligations, met.metAt)).toBe(T0 + 301_000);
  });

  it("the arguments exchanged after the approval", async () => {
    await store.addStatement(says(aiko, request, "approve"));
    await meddle("UPDATE requests SET facts = json_set(facts, '$.argsText', '{\"path\":\"/etc/passwd\"}')");
    const stored = await store.request(request.id);
    expect(stored === undefined || showsWhatRuns(stored)).toBe(false);
  });

  it("a statement of an approver who is accepted no longer", async () => {
    await store.addStatement(says(aiko, request, "approve"));
    expect(await verdict([person("aiko").approver])).toBe("open");
    expect(await verdict([])).toBe("open");
  });

  it("the state of an executed request set back to approved: it was claimed, once and for good", async () => {
    await store.addStatement(says(aiko, request, "approve"));
    await store.move(request.id, ["pending"], "approved", NOW, { redeemUntil: NOW + 1000 });
    expect(await store.claim(request.id, request.action, "p", NOW)).toBe("claimed");
    await store.finish(request.id, "succeeded", NOW);
    await meddle("UPDATE requests SET state = 'approved', closed_at = NULL");
    expect(await verdict()).toBe("met");
    expect(await store.claim(request.id, request.action, "p", NOW)).toBe("not-approved");
  });
});

describe("a row that contradicts itself is refused (P11)", () => {
  it.each([
    ["its action differs from its facts", `UPDATE requests SET action = 'ff'`],
    ["its agent differs from its facts", `UPDATE requests SET agent = 'somebody'`],
    ["its state is none", `UPDATE requests SET state = 'granted'`],
    ["its facts are no JSON", `UPDATE requests SET facts = '{'`],
    ["its obligations are no list", `UPDATE requests SET facts = json_set(facts, '$.obligations', 'none')`],
    ["its view lacks the arguments", `UPDATE requests SET facts = json_remove(facts, '$.view.arguments')`],
    ["its expiry is a text", `UPDATE requests SET facts = json_set(facts, '$.expiresAt', 'never')`],
  ])("when %s", async (_what, sql) => {
    await meddle(sql);
    await expect(store.request(request.id)).rejects.toMatchObject({ code: "corrupt" });
  });

  it("a statement that is none", async () => {
    await store.addStatement(says(aiko, request, "approve"));
    await meddle("UPDATE statements SET statement = json_remove(statement, '$.body.answeredAt')");
    await expect(store.statements(request.id)).rejects.toMatchObject({ code: "corrupt" });
  });
});

const leaf = (size: number) => ({ stream: "a", size, root: "ab".repeat(32), state: "open", time: "t" }) as const;

it("nothing is signed over a line that was taken out of the ledger (P6)", async () => {
  await store.appendLedger([leaf(1), leaf(2), leaf(3)], () => "signed");
  await meddle("DELETE FROM ledger WHERE n = 1");
  await expect(store.appendLedger([leaf(4)], () => "again")).rejects.toMatchObject({ code: "corrupt" });
  expect(await store.readLedger()).toMatchObject({ checkpoint: "signed" });
});
