/** What the desk takes of whom, where rules ask more than one answer of anybody. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answer, type Desk } from "../../src/approval/desk.ts";
import type { Remarks } from "../../src/approval/statement.ts";
import type { EntryBody } from "../../src/audit/entry.ts";
import { storeDesk } from "../../src/store/desk.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import type { Obligation } from "../../src/policy/call.ts";
import { holder, taps } from "../approval/authenticator.ts";
import { obligation, person, sampleRequest, T0, type Person } from "../approval/sample.ts";
import { temporaryFolder } from "./processes.ts";

const aiko = person("aiko", "ops");
const chie = person("chie", "finance");
const dan = person("dan");
const eve = holder("eve", "ops");

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
let desk: Desk;
let entries: EntryBody[];
let now: number;

beforeEach(async () => {
  folder = temporaryFolder();
  store = await openStore(folder.path);
  entries = [];
  now = T0 + 1000;
  const away = [{ from: T0, until: T0 + 60_000, deputy: "dan" }];
  desk = storeDesk({
    store,
    approvers: async () => [aiko.approver, { ...chie.approver, away }, dan.approver, eve.approver],
    record: async (entry) => void entries.push(entry),
    body: (json) => ({ digest: "00".repeat(32), bytes: json.length }),
    locked: async () => undefined,
    now: () => now,
  });
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

let count = 0;
/** Each for a call of its own. */
async function opened(...obligations: readonly Obligation[]) {
  const request = sampleRequest({ obligations }, { path: `${++count}` });
  await store.openRequest(request, 100);
  return request;
}
const gives = (
  who: Person,
  request: Awaited<ReturnType<typeof opened>>,
  word: Parameters<typeof answer>[2] = "approve",
  remarks: Remarks = {},
) => answer(desk, request, word, signer(who), now++, remarks);
const signer = (who: Person) => ({ approver: who.approver.name, key: who.key });
const refusal = (why: string) => ({ kind: "refused", why });

describe("the desk keeps answers that would count for nothing, so that each can still be given (P2)", () => {
  it("of a later stage until its turn has come", async () => {
    const request = await opened(
      obligation(),
      obligation({ rule: "b", from: ["ops"], later: [{ from: ["finance"], need: 1 }] }),
    );
    expect(await gives(chie, request)).toEqual(refusal("not-your-turn"));
    expect(await desk.turn(request, "chie")).toMatchObject({ approve: false });
    expect(await gives(aiko, request)).toMatchObject({ kind: "counted" });
    expect(await desk.turn(request, "chie")).toMatchObject({ approve: true });
    expect(await gives(chie, request)).toMatchObject({ standing: { state: "met", approvers: ["aiko", "chie"] } });
    expect(entries.filter(({ kind }) => kind === "request.refused")).toMatchObject([{ reason: "not-your-turn" }]);
  });

  it("without the ticket, with too weak a proof, or of somebody who is not asked", async () => {
    const request = await opened(obligation({ from: ["ops"], ticket: "OPS-*" }));
    expect(await gives(aiko, request)).toEqual(refusal("ticket"));
    expect(await gives(aiko, request, "approve", { ticket: "OPS-1" })).toMatchObject({ standing: { state: "met" } });
    const verified = await opened(obligation({ from: ["ops"], assurance: "verified" }));
    expect(await gives(aiko, verified)).toEqual(refusal("weak-proof"));
    expect(await gives(dan, verified)).toEqual(refusal("not-your-turn"));
    expect(await desk.answer(taps(eve, verified, "approve"))).toMatchObject({ standing: { state: "met" } });
    expect((await store.statements(verified.id)).map(({ body }) => body.approver)).toEqual(["eve"]);
  });

  it("of a deputy in their own name, and takes it in the other's", async () => {
    const request = await opened(obligation({ from: ["finance"] }));
    expect(await gives(dan, request)).toEqual(refusal("not-your-turn"));
    expect(await gives(dan, request, "approve", { standsFor: "aiko" })).toEqual(refusal("no-deputy"));
    expect(await gives(dan, request, "approve", { standsFor: "chie" })).toMatchObject({ standing: { state: "met" } });
    now = T0 + 60_000;
    const late = await opened(obligation({ from: ["finance"] }));
    expect(await gives(dan, late, "approve", { standsFor: "chie" })).toEqual(refusal("no-deputy"));
  });

  it("to break the glass where not every rule names them, or without a reason", async () => {
    const request = await opened(obligation({ from: ["finance"], breakGlass: ["ops"] }));
    expect(await gives(dan, request, "break-glass", { comment: "fire" })).toEqual(refusal("may-not-break"));
    expect(await gives(aiko, request, "break-glass")).toEqual(refusal("comment-missing"));
    expect(await gives(aiko, request, "break-glass", { comment: "fire" })).toMatchObject({
      standing: { state: "met", brokenBy: "aiko" },
    });
  });

  it("but never a denial, nor a question", async () => {
    const terms = obligation({ from: ["finance"], assurance: "verified", ticket: "OPS-*" });
    const [one, two] = [await opened(terms), await opened({ ...terms, rule: "b" })];
    expect(await gives(dan, one, "deny")).toMatchObject({ standing: { state: "denied" } });
    expect(await gives(dan, two, "return", { comment: "why?" })).toMatchObject({ standing: { state: "returned" } });
  });
});

it("an answer is taken where any of the configurations that know this human asks them (P2)", async () => {
  const known = [aiko.approver, { ...aiko.approver, groups: ["finance"] }, dan.approver];
  const shared = storeDesk({
    store,
    approvers: async () => known,
    record: async (entry) => void entries.push(entry),
    body: (json) => ({ digest: "00".repeat(32), bytes: json.length }),
    locked: async () => undefined,
    now: () => now,
  });
  const request = await opened(obligation({ from: ["finance"] }));
  expect(await answer(shared, request, "approve", signer(dan), now)).toEqual(refusal("not-your-turn"));
  expect(await answer(shared, request, "approve", signer(aiko), now)).toMatchObject({ kind: "counted" });
});

it("a replayed assertion, and one over the other answer, is refused and recorded (P7)", async () => {
  const [one, two] = [await opened(obligation()), await opened(obligation({ need: 2 }))];
  const given = taps(eve, one, "approve");
  expect(await desk.answer(given)).toMatchObject({ kind: "counted" });
  expect(await desk.answer(given)).toEqual(refusal("already"));
  const moved = taps(eve, two, "approve");
  expect(await desk.answer({ ...given, body: moved.body })).toEqual(refusal("signature"));
  const no = taps(eve, two, "deny");
  expect(await desk.answer({ ...no, body: { ...no.body, answer: "approve" } })).toEqual(refusal("signature"));
  expect(entries.filter(({ kind }) => kind === "request.refused")).toHaveLength(3);
});
