/** Answers over HTTP: each is a gesture over one statement, and nothing else that a cookie's holder sends is an answer. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Request } from "../../src/approval/request.ts";
import { showsWhatRuns, viewDigest } from "../../src/approval/show.ts";
import { verifyStatement } from "../../src/approval/statement.ts";
import type { Obligation } from "../../src/policy/call.ts";
import type { JsonObject } from "../../src/policy/json.ts";
import { mildRequest, obligation, sampleRequest } from "../approval/sample.ts";
import { assertion } from "./authenticator.ts";
import { consoleWorld, type ConsoleWorld } from "./world.ts";

const SOON = "2025-01-01";
const LATER = "2055-01-01";

let world: ConsoleWorld;
let aiko: ReturnType<ConsoleWorld["visitor"]>;
let ken: ReturnType<ConsoleWorld["visitor"]>;
let mika: ReturnType<ConsoleWorld["visitor"]>;
beforeAll(async () => {
  world = await consoleWorld({
    aiko: "groups: [ops]",
    ken: `groups: [ops, leads], away: [{ from: ${SOON}, until: ${LATER}, deputy: mika }]`,
    mika: "groups: [fire]",
  });
  [aiko, ken, mika] = [world.visitor(), world.visitor(), world.visitor()];
  await Promise.all([aiko.logIn("aiko"), ken.logIn("ken"), mika.logIn("mika")]);
});
afterAll(async () => {
  await world.close();
  expect(world.failures).toEqual([]);
});

let count = 0;
const verified = (more: Partial<Obligation> = {}): Obligation => obligation({ assurance: "verified", ...more });
const ask = (more: Partial<Request> = {}, args: JsonObject = { path: `file ${count++}` }): Promise<Request> =>
  world.open(
    sampleRequest(
      { openedAt: world.now(), expiresAt: world.now() + 900_000, obligations: [verified()], ...more },
      args,
    ),
  );
let request: Request;
beforeEach(async () => {
  world.wait(1);
  request = await ask();
});

const answersTo = async (id: string) =>
  (await world.store.statements(id)).map(({ body }) => `${body.approver} ${body.answer}`);

describe("an answer", () => {
  test("is a statement that anybody can check without this console: who, what, when, and what was shown", async () => {
    const answer = await aiko.answer("aiko", request, "approve", { comment: "fine" });
    expect(answer.status).toBe(303);
    const [statement] = await world.store.statements(request.id);
    expect(statement?.body).toMatchObject({
      request: request.id,
      action: request.action,
      answer: "approve",
      shown: request.shown,
      approver: "aiko",
      comment: "fine",
    });
    expect(statement?.assurance).toBe("verified");
    const { privateKey: _secret, ...passkey } = world.passkeyOf("aiko");
    const people = [{ name: "aiko", groups: ["ops"], passkeys: [passkey] }];
    if (statement === undefined) throw new Error("no statement");
    expect(verifyStatement(statement, request, people).ok).toBe(true);
    expect((await aiko.get(`/requests/${request.id}`)).text).toContain("is approved");
  });

  test("P7: is none with a cookie and a token alone, by curl or otherwise", async () => {
    const path = `/requests/${request.id}/answer`;
    for (const form of [
      { answer: "approve" },
      { answer: "approve", gesture: "x", credential: "{}" },
      { answer: "approve", shown: request.shown, approver: "aiko", assurance: "verified" },
    ])
      expect((await aiko.post(path, form)).status).toBe(303);
    expect(await answersTo(request.id)).toEqual([]);
  });

  test("P7: an assertion is good for one statement: not again, not for another request, not for the other answer", async () => {
    const other = await ask();
    const path = `/requests/${request.id}`;
    const fields = { answer: "deny", shown: request.shown };
    const offered = await aiko.gesture(`${path}/challenge`, fields);
    const { challenge } = offered.publicKey;
    const credential = assertion(world.passkeyOf("aiko"), { challenge });

    // The answer that waits is the one that was offered, whatever the form says now.
    await aiko.post(`/requests/${other.id}/answer`, { ...fields, gesture: offered.gesture, credential });
    expect(await answersTo(other.id)).toEqual([]);
    expect(await answersTo(request.id)).toEqual([]);

    world.wait(1);
    const again = await aiko.gesture(`${path}/challenge`, fields);
    await aiko.post(`${path}/answer`, { ...fields, answer: "approve", gesture: again.gesture, credential });
    // Signed over the first challenge, whose statement is another one.
    expect(await answersTo(request.id)).toEqual([]);

    world.wait(1);
    const third = await aiko.gesture(`${path}/challenge`, fields);
    const good = assertion(world.passkeyOf("aiko"), { challenge: third.publicKey.challenge });
    await aiko.post(`${path}/answer`, { ...fields, answer: "approve", gesture: third.gesture, credential: good });
    expect(await answersTo(request.id)).toEqual(["aiko deny"]);
    await aiko.post(`${path}/answer`, { ...fields, gesture: third.gesture, credential: good });
    expect(await answersTo(request.id)).toEqual(["aiko deny"]);
  });

  test("P7: is none without a verified human, from another page, or by somebody else's passkey", async () => {
    await aiko.answer("aiko", request, "approve", {}, { flags: 0x01 });
    await aiko.answer("aiko", request, "approve", {}, { origin: "http://localhost:3000" });
    await aiko.answer("ken", request, "approve");
    expect(await answersTo(request.id)).toEqual([]);
    expect(world.entries().filter(({ kind }) => kind === "request.refused").length).toBeGreaterThanOrEqual(2);
  });

  test("is not offered over anything but what the page showed", async () => {
    const refused = await aiko.post(`/requests/${request.id}/challenge`, { answer: "approve", shown: "00".repeat(32) });
    expect(refused.status).toBe(409);
    expect(JSON.parse(refused.text)).toEqual({ problem: "The request was shown differently before." });
  });

  test("P3: a request that was changed in the store is neither shown nor answered", async () => {
    const row = `UPDATE requests SET facts = json_set(facts, '$.argsText', ?) WHERE id = ?`;
    await world.tamper(row, JSON.stringify({ path: "/etc/passwd" }), request.id);
    const page = await aiko.get(`/requests/${request.id}`);
    expect(page.status).toBe(409);
    expect(page.text).not.toContain("data-answers");
    expect(page.text).not.toContain("/etc/passwd");
    expect((await aiko.get("/")).text).toContain("Changed in the store");
    const refused = await aiko.post(`/requests/${request.id}/challenge`, { answer: "approve", shown: request.shown });
    expect(refused.status).toBe(409);
  });

  test("P3: nor one whose view was changed together with its digest", async () => {
    const view = { ...request.view, arguments: '{\n  "path": "harmless"\n}' };
    await world.tamper(
      "UPDATE requests SET facts = json_set(facts, '$.view', json(?), '$.shown', ?) WHERE id = ?",
      JSON.stringify(view),
      viewDigest(view),
      request.id,
    );
    const [changed] = [(await world.store.requests({})).find(({ id }) => id === request.id)];
    expect(changed !== undefined && showsWhatRuns(changed)).toBe(false);
    expect((await aiko.get(`/requests/${request.id}`)).status).toBe(409);
  });

  test("comes too late after the end, also when it was offered in time", async () => {
    const short = await ask({ expiresAt: world.now() + 60_000, obligations: [verified({ expiresMs: 60_000 })] });
    const path = `/requests/${short.id}`;
    const fields = { answer: "approve", shown: short.shown };
    const { gesture, publicKey } = await aiko.gesture(`${path}/challenge`, fields);
    world.wait(61_000);
    const credential = assertion(world.passkeyOf("aiko"), { challenge: publicKey.challenge });
    await aiko.post(`${path}/answer`, { ...fields, gesture, credential });
    expect(await answersTo(short.id)).toEqual([]);
    expect((await aiko.post(`${path}/challenge`, fields)).status).toBe(409);
    expect((await aiko.get(path)).text).not.toContain("data-answers");
  });
});

describe("who may answer what", () => {
  test("two are needed: one approval is not enough, the second is, and nobody counts twice", async () => {
    const two = await ask({ obligations: [verified({ need: 2, from: ["ops"] })] });
    await aiko.answer("aiko", two, "approve");
    expect((await aiko.get(`/requests/${two.id}`)).text).toContain("It is not enough yet");
    expect((await aiko.post(`/requests/${two.id}/challenge`, { answer: "approve", shown: two.shown })).status).toBe(
      409,
    );
    expect((await mika.get(`/requests/${two.id}`)).text).toContain("In whose place");
    await ken.answer("ken", two, "approve");
    expect((await ken.get(`/requests/${two.id}`)).text).toContain("is approved");
  });

  test("whoever is not asked cannot approve, and can still deny", async () => {
    const leads = await ask({ obligations: [verified({ from: ["leads"] })] });
    const form = { answer: "approve", shown: leads.shown };
    expect((await aiko.post(`/requests/${leads.id}/challenge`, form)).status).toBe(409);
    await aiko.answer("aiko", leads, "deny", { comment: "not now" });
    expect(await answersTo(leads.id)).toEqual(["aiko deny"]);
    expect((await aiko.get(`/requests/${leads.id}`)).text).toContain("not now");
  });

  test("a deputy answers in the place of who is away, and says so in what is signed", async () => {
    const leads = await ask({ obligations: [verified({ from: ["leads"] })] });
    await mika.answer("mika", leads, "approve", { for: "ken" });
    const [statement] = await world.store.statements(leads.id);
    expect(statement?.body).toMatchObject({ approver: "mika", standsFor: "ken" });
    const mine = await ask({ obligations: [verified({ from: ["ops"] })] });
    const form = { answer: "approve", shown: mine.shown, for: "aiko" };
    expect((await mika.post(`/requests/${mine.id}/challenge`, form)).status).toBe(409);
  });

  test("stages come one after the other", async () => {
    const staged = await ask({
      obligations: [verified({ from: ["fire"], later: [{ from: ["leads"], need: 1 }] })],
    });
    expect(
      (await ken.post(`/requests/${staged.id}/challenge`, { answer: "approve", shown: staged.shown })).status,
    ).toBe(409);
    expect((await mika.get(`/requests/${staged.id}`)).text).toContain("stage 1 of 2");
    await mika.answer("mika", staged, "approve");
    world.wait(1);
    expect((await ken.get(`/requests/${staged.id}`)).text).toContain("stage 2 of 2");
    await ken.answer("ken", staged, "approve");
    expect((await ken.get(`/requests/${staged.id}`)).text).toContain("is approved");
  });

  test("sent back with a question (差戻し), which must be asked", async () => {
    const form = { answer: "return", shown: request.shown };
    expect((await aiko.post(`/requests/${request.id}/challenge`, form)).status).toBe(409);
    await aiko.answer("aiko", request, "return", { comment: "Which file do you mean?" });
    const page = await aiko.get(`/requests/${request.id}`);
    expect(page.text).toContain("Which file do you mean?");
    expect(await answersTo(request.id)).toEqual(["aiko return"]);
  });

  test("a ticket that the rule asks for must be there and fit", async () => {
    const ticketed = await ask({ obligations: [verified({ ticket: "OPS-*" })] });
    expect((await aiko.get(`/requests/${ticketed.id}`)).text).toContain("OPS-*");
    await aiko.answer("aiko", ticketed, "approve", { ticket: "none" });
    expect(await answersTo(ticketed.id)).toEqual([]);
    await aiko.answer("aiko", ticketed, "approve", { ticket: "OPS-7" });
    expect((await world.store.statements(ticketed.id))[0]?.body.ticket).toBe("OPS-7");
  });

  test("the glass is broken by those whom the rules name, with a reason, past the quorum", async () => {
    const closed = await ask({ obligations: [verified({ need: 2, from: ["ops"], breakGlass: ["fire"] })] });
    expect((await aiko.get(`/requests/${closed.id}/break-glass`)).status).toBe(403);
    expect((await aiko.get(`/requests/${closed.id}`)).text).not.toContain("break-glass");
    const page = await mika.get(`/requests/${closed.id}/break-glass`);
    expect(page.status).toBe(200);
    const form = { answer: "break-glass", shown: closed.shown };
    expect((await mika.post(`/requests/${closed.id}/challenge`, form)).status).toBe(409);
    expect((await aiko.post(`/requests/${closed.id}/challenge`, { ...form, comment: "x" })).status).toBe(409);
    await mika.answer("mika", closed, "break-glass", { comment: "production is down" });
    expect((await mika.get(`/requests/${closed.id}`)).text).toContain("broke the glass");
  });
});

const formFor = (answer: string, list: readonly Request[]) => {
  const form = new URLSearchParams({ answer });
  for (const { id, shown } of list) form.append("request", `${id} ${shown}`);
  return form;
};

describe("many at once", () => {
  const tool = { destructive: false } as const;
  async function three() {
    const list: Request[] = [];
    for (let n = 0; n < 3; n++) {
      const one = mildRequest({}, { path: `batch ${count++}` });
      list.push(
        await ask({
          ...tool,
          ...one,
          openedAt: world.now(),
          expiresAt: world.now() + 900_000,
          obligations: [verified()],
        }),
      );
    }
    return list;
  }

  test("one gesture answers those that are ticked, each recorded by itself", async () => {
    const [first, second, third] = await three();
    if (first === undefined || second === undefined || third === undefined) throw new Error("three");
    const page = await aiko.get(`/requests/${first.id}/batch`);
    for (const { id, argsText } of [first, second, third]) {
      expect(page.text).toContain(id);
      expect(page.text).toContain((JSON.parse(argsText) as { path: string }).path);
    }
    const path = `/requests/${first.id}/batch`;
    const form = formFor("approve", [first, third]);
    const { gesture, publicKey } = await aiko.gesture(`${path}/challenge`, form);
    form.set("gesture", gesture);
    form.set("credential", assertion(world.passkeyOf("aiko"), { challenge: publicKey.challenge }));
    expect((await aiko.post(path, form)).headers["location"]).toBe("/");
    expect((await aiko.get("/")).text).toContain("2 answered.");
    expect(await Promise.all([first, second, third].map(({ id }) => answersTo(id)))).toEqual([
      ["aiko approve"],
      [],
      ["aiko approve"],
    ]);
    const recorded = world
      .entries()
      .filter(({ kind, request: id }) => kind === "request.answered" && [first.id, third.id].includes(String(id)));
    expect(recorded).toHaveLength(2);
  });

  test("what can destroy, is of another tool or was shown otherwise is in no batch", async () => {
    const [first] = await three();
    if (first === undefined) throw new Error("one");
    const path = `/requests/${first.id}/batch`;
    for (const list of [
      [first, request],
      [request],
      [first, first],
      [{ ...first, shown: "00".repeat(32) } as Request],
      [],
    ])
      expect((await aiko.post(`${path}/challenge`, formFor("approve", list))).status).toBe(409);
    expect((await aiko.post(`${path}/challenge`, formFor("break-glass", [first]))).status).toBe(409);
  });

  test("P7: a gesture over one list answers no other list", async () => {
    const [first, second, third] = await three();
    if (first === undefined || second === undefined || third === undefined) throw new Error("three");
    const path = `/requests/${first.id}/batch`;
    const one = await aiko.gesture(`${path}/challenge`, formFor("approve", [first, second]));
    const other = await aiko.gesture(`${path}/challenge`, formFor("approve", [first, second, third]));
    const form = formFor("approve", [first, second, third]);
    form.set("gesture", other.gesture);
    form.set("credential", assertion(world.passkeyOf("aiko"), { challenge: one.publicKey.challenge }));
    await aiko.post(path, form);
    expect(await Promise.all([first, second, third].map(({ id }) => answersTo(id)))).toEqual([[], [], []]);
  });
});

describe("changed before it is approved", () => {
  test("only what the rules name, another request in its place, and everybody is asked anew", async () => {
    const draft = await ask({ obligations: [verified({ edit: ["content"] })] }, { path: "edit.md", content: "one\n" });
    const page = await aiko.get(`/requests/${draft.id}/edit`);
    expect(page.text).toContain('name="arg.content"');
    expect(page.text).not.toContain('name="arg.path"');
    const same = await aiko.post(`/requests/${draft.id}/edit`, { "arg.content": "one\r\n" });
    expect([same.status, same.text.includes("Nothing differs.")]).toEqual([400, true]);
    await aiko.post(`/requests/${draft.id}/edit`, { "arg.content": "two\r\n", "arg.path": "/etc/passwd" });
    const edited = (await world.store.requests({ states: ["pending"] })).find(
      ({ editedFrom }) => editedFrom === draft.id,
    );
    expect(JSON.parse(edited?.argsText ?? "")).toEqual({ path: "edit.md", content: "two\n" });
    expect((await world.store.request(draft.id))?.state).toBe("edited");
    expect(await answersTo(edited?.id ?? "")).toEqual([]);
    expect((await aiko.get(`/requests/${edited?.id}`)).text).toContain("Changed by aiko");
  });

  test("not where the rules name nothing", async () => {
    expect((await aiko.get(`/requests/${request.id}/edit`)).status).toBe(403);
    expect((await aiko.post(`/requests/${request.id}/edit`, { "arg.content": "x" })).status).toBe(403);
  });
});

async function harmless() {
  const one = mildRequest({}, { path: `pass-${count++}.md`, content: "x" });
  return ask({
    ...one,
    openedAt: world.now(),
    expiresAt: world.now() + 900_000,
    obligations: [verified()],
  });
}

async function give(from: Request, form: Readonly<Record<string, string>>) {
  const path = `/requests/${from.id}/pass`;
  const fields = { shown: from.shown, minutes: "30", count: "3", reason: "tidying up", ...form };
  const asked = await aiko.post(`${path}/challenge`, fields);
  if (asked.status !== 200) return asked;
  const { gesture, publicKey } = JSON.parse(asked.text) as { gesture: string; publicKey: { challenge: string } };
  const credential = assertion(world.passkeyOf("aiko"), { challenge: publicKey.challenge });
  return aiko.post(path, { ...fields, gesture, credential });
}

describe("a pass", () => {
  test("is signed over its bounds, its time and its count, shown, and revoked", async () => {
    const from = await harmless();
    const given = await give(from, { how: "within", "bound.path": "pass-*.md", "bound.content": "x" });
    expect([given.status, given.headers["location"]]).toEqual([303, "/passes"]);
    const [pass] = await world.store.passes({});
    expect(pass?.body).toMatchObject({
      count: 3,
      reason: "tidying up",
      arguments: { kind: "within", bounds: { path: { glob: "pass-*.md" }, content: { is: "x" } } },
    });
    expect(pass?.signatures).toMatchObject([{ approver: "aiko", assurance: "verified" }]);
    const page = await ken.get("/passes");
    expect(page.text).toContain("pass-*.md");
    expect((await ken.post(`/passes/${pass?.body.pass}/revoke`, {})).status).toBe(303);
    expect((await world.store.pass(pass?.body.pass ?? ""))?.revokedBy).toBe("ken");
  });

  test("is none for what can destroy, for longer than an hour, for more than ten calls, or without a reason", async () => {
    expect((await aiko.get(`/requests/${request.id}/pass`)).status).toBe(403);
    expect((await give(request, { how: "exact" })).status).toBe(409);
    const from = await harmless();
    for (const form of [
      { minutes: "61" },
      { minutes: "0" },
      { minutes: "x" },
      { count: "11" },
      { count: "1.5" },
      { reason: " " },
    ])
      expect([form, (await give(from, form)).status]).toEqual([form, 409]);
  });
});
