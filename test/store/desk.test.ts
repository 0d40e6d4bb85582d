import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answer, type Answered, type Desk } from "../../src/approval/desk.ts";
import type { Request } from "../../src/approval/request.ts";
import { buildView, viewDigest } from "../../src/approval/show.ts";
import { messageDigest } from "../../src/approval/signature.ts";
import type { EntryBody } from "../../src/audit/entry.ts";
import type { Approver } from "../../src/approval/approver.ts";
import { sqliteDriver } from "../../src/store/driver.ts";
import { storeDesk } from "../../src/store/desk.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { facts, obligation, person, sampleRequest, says, T0, type Person } from "../approval/sample.ts";
import { temporaryFolder } from "./processes.ts";

const aiko = person("aiko", "ops");
const ben = person("ben");

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
let desk: Desk;
let entries: EntryBody[];
let approvers: readonly Approver[];
let now: number;
let record: (entry: EntryBody) => Promise<void>;

beforeEach(async () => {
  folder = temporaryFolder();
  store = await openStore(folder.path);
  entries = [];
  approvers = [aiko.approver, ben.approver];
  now = T0 + 1000;
  record = async (entry) => void entries.push(entry);
  desk = storeDesk({
    store,
    approvers: async () => approvers,
    record: (entry) => record(entry),
    body: (json) => ({ digest: json, bytes: json.length }),
    locked: async () => undefined,
    now: () => now,
  });
});
afterEach(async () => {
  await store.close();
  folder.remove();
});

async function opened(...args: Parameters<typeof sampleRequest>) {
  const request = sampleRequest(...args);
  await store.openRequest(request, 100);
  return request;
}
const signer = (who: Person) => ({ approver: who.approver.name, key: who.key });

describe("the desk", () => {
  it("lists what can be answered, oldest first, and shows it in full", async () => {
    const first = await opened({ openedAt: T0 }, { path: "a" });
    const second = await opened({ openedAt: T0 + 1 }, { path: "b" });
    const gone = await opened({ openedAt: T0 + 2 }, { path: "c" });
    await store.move(gone.id, ["pending"], "withdrawn", now);
    const rows = await desk.list();
    expect(rows.map((row) => (row.kind === "found" ? row.request.id : row.kind))).toEqual([first.id, second.id]);
    expect(await desk.show(second.code)).toMatchObject({
      kind: "found",
      request: { id: second.id, view: second.view },
    });
    expect(await desk.show(gone.id)).toMatchObject({ kind: "found", request: { state: "withdrawn" } });
    expect(await desk.show("ZZZ-ZZZ")).toEqual({ kind: "missing" });
  });

  it("says how far the answers have come", async () => {
    const request = await opened({ obligations: [obligation({ need: 2 })] });
    expect(await answer(desk, request, "approve", signer(aiko), now)).toMatchObject({
      kind: "counted",
      standing: { state: "open", approvers: ["aiko"], missing: [{ need: 1 }] },
    });
    expect(await answer(desk, request, "approve", signer(ben), now, { comment: "fine" })).toMatchObject({
      kind: "counted",
      standing: { state: "met", approvers: ["aiko", "ben"] },
    });
    expect((await store.statements(request.id)).map(({ body }) => body.comment)).toEqual([undefined, "fine"]);
  });

  it("leaves it to the gate to move the request on (P2)", async () => {
    const request = await opened();
    await answer(desk, request, "approve", signer(aiko), now);
    expect(await store.request(request.id)).toMatchObject({ state: "pending" });
  });

  it("records an answer before anybody can see it; what cannot be recorded does not count (P4)", async () => {
    const request = await opened();
    const seen: number[] = [];
    record = async (entry) => {
      seen.push((await store.statements(request.id)).length);
      entries.push(entry);
    };
    await answer(desk, request, "approve", signer(aiko), now);
    expect(seen).toEqual([0]);
    expect(entries).toMatchObject([
      { kind: "request.answered", request: request.id, statement: { body: { answer: "approve" } } },
    ]);

    record = () => Promise.reject(new Error("the log is sealed"));
    await expect(answer(desk, request, "deny", signer(ben), now)).rejects.toThrow("sealed");
    expect(await store.statements(request.id)).toHaveLength(1);
  });
});

const refusal = async (why: string, result: Promise<unknown>) => {
  expect(await result).toEqual({ kind: "refused", why });
  expect(entries.at(-1)).toMatchObject({ kind: "request.refused", reason: why });
};

describe("the desk refuses, and records that it did (P2)", () => {
  it("an answer to a request that is closed, past its time or unknown", async () => {
    const request = await opened();
    now = request.expiresAt + 1;
    expect(await desk.list()).toEqual([]);
    await refusal("closed", desk.answer(says(aiko, request, "approve", T0)));
    now = T0;
    await store.move(request.id, ["pending"], "withdrawn", now);
    await refusal("closed", answer(desk, request, "deny", signer(aiko), now));
    expect(await answer(desk, sampleRequest(), "approve", signer(aiko), now)).toEqual({
      kind: "refused",
      why: "no-such-request",
    });
    expect(await store.statements(request.id)).toEqual([]);
  });

  it("the same answer twice, and a yes after a no; a no after a yes it takes", async () => {
    const request = await opened();
    await answer(desk, request, "approve", signer(aiko), now);
    await refusal("already", answer(desk, request, "approve", signer(aiko), now + 1));
    expect(await answer(desk, request, "deny", signer(aiko), now + 2)).toMatchObject({
      standing: { state: "denied", by: "aiko" },
    });
    await refusal("already", answer(desk, request, "approve", signer(aiko), now + 3));
  });

  it("the key of somebody who is no approver now", async () => {
    const request = await opened();
    approvers = [ben.approver];
    await refusal("unknown-approver", answer(desk, request, "approve", signer(aiko), now));
    approvers = [person("aiko").approver];
    await refusal("other-key", answer(desk, request, "approve", signer(aiko), now));
  });

  it("an answer to what was shown, after the row was changed to something else (P3)", async () => {
    const request = await opened();
    const other = sampleRequest({ id: request.id, nonce: request.nonce }, { path: "/etc/passwd" });
    await refusal("other-action", desk.answer(says(aiko, other, "approve")));
  });

  it("to show or to answer a row that would run something else than it shows (P3)", async () => {
    const request = await opened();
    const connection = (await sqliteDriver()).open(`${folder.path}/kidoban.db`);
    connection.exec(`UPDATE requests SET facts = json_set(facts, '$.argsText', '{"path":"/etc/passwd"}')`);
    connection.close();
    const altered = { kind: "altered", id: request.id, code: request.code };
    expect(await desk.show(request.id)).toEqual(altered);
    expect(await desk.list()).toEqual([altered]);
    await refusal("altered", answer(desk, request, "approve", signer(aiko), now));
  });
});

const viewOf = (path: string) => buildView(facts({ destructive: false, args: { path } }));

const harmless = (path: string, more: Parameters<typeof sampleRequest>[0] = {}) =>
  opened({ destructive: false, view: viewOf(path), shown: viewDigest(viewOf(path)), ...more }, { path });
const all = (...requests: readonly Request[]) =>
  desk.answerAll(requests.map((each) => says(aiko, each, "approve", now)));
/** What each was refused for, or that it counted. */
const fates = (answered: readonly Answered[]): readonly string[] =>
  answered.map((each) => (each.kind === "refused" ? each.why : each.kind));
const digest = (each: Request): string =>
  messageDigest("kidoban-statement/v1", says(aiko, each, "approve", now).body).toString("hex");
const claimed = (each: Request, batch: readonly string[]) => ({
  ...says(aiko, each, "approve", now),
  passkey: { authenticatorData: "AA", clientData: "AA", batch },
});

describe("one gesture over several (P2)", () => {
  it("counts each by itself, and records each", async () => {
    const requests = [await harmless("a"), await harmless("b"), await harmless("c")];
    expect((await all(...requests)).map(({ kind }) => kind)).toEqual(["counted", "counted", "counted"]);
    expect(entries.map(({ kind }) => kind)).toEqual(["request.answered", "request.answered", "request.answered"]);
    for (const { id } of requests) expect(await store.statements(id)).toHaveLength(1);
  });

  it("refuses the one that cannot be answered any more, as a value, and takes the others", async () => {
    const [first, second] = [await harmless("a"), await harmless("b")];
    await store.move(first.id, ["pending"], "withdrawn", now);
    expect(await all(first, second)).toMatchObject([{ kind: "refused", why: "closed" }, { kind: "counted" }]);
  });

  it("is never over what can destroy, over more than twenty, over two tools, or over one of them twice", async () => {
    const [one, other] = [await harmless("a"), await harmless("b")];
    expect(fates(await all(one, await opened({}, { path: "c" })))).toEqual(["batch", "batch"]);
    expect(fates(await all(one, one))).toEqual(["batch", "batch"]);
    const many = await Promise.all(Array.from({ length: 21 }, (_, at) => harmless(`n${at}`)));
    expect(new Set(fates(await all(...many)))).toEqual(new Set(["batch"]));
    const view = { ...viewOf("d"), name: "move_file" };
    const moved = await harmless("d", { name: "move_file", view, shown: viewDigest(view) });
    expect(fates(await all(one, moved))).toEqual(["batch", "batch"]);
    expect(fates(await all(one, other))).toEqual(["counted", "counted"]);
  });

  it("with a passkey is over exactly these answers, and counts for none of them alone", async () => {
    const [one, other] = [await harmless("a"), await harmless("b")];
    const both = [digest(one), digest(other)];
    expect(fates(await desk.answerAll([claimed(one, both), claimed(other, [...both, "00"])]))).toEqual([
      "batch",
      "batch",
    ]);
    expect(fates(await desk.answerAll([claimed(one, both)]))).toEqual(["batch"]);
    expect(await desk.answer(claimed(one, both))).toEqual({ kind: "refused", why: "batch" });
    // In order, and then it is for the signature to say.
    expect(fates(await desk.answerAll([claimed(one, both), claimed(other, both)]))).not.toContain("batch");
  });
});
