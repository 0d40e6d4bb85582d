/** What an approver is shown beside the arguments: a trial of the write, and what its SQL does. Real gates, a real SQLite. */

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { renderView } from "../../src/approval/render.ts";
import { viewDigest } from "../../src/approval/show.ts";
import { en, ja } from "../../src/words/approvals.ts";
import { handGate, said, type Hand } from "./hand.ts";
import { makeWorld, textOf, type World } from "./world.ts";

const DATABASE = resolve(import.meta.dirname, "../servers/database.mjs");

let world: World | undefined;
let hand: Hand | undefined;
afterEach(async () => {
  await world?.close();
  await hand?.close();
  world = hand = undefined;
});

/** A gate before the database, with more in the lock's rows, as its reviewer wrote it. */
async function gateWith(rows: Readonly<Record<string, string>>, rules = "", serverMembers = "") {
  world = makeWorld({ server: DATABASE, rules, serverMembers });
  let lock = readFileSync(world.lock, "utf8");
  for (const [tool, more] of Object.entries(rows)) lock = lock.replace(`  ${tool}:\n`, `  ${tool}:\n    ${more}\n`);
  writeFileSync(world.lock, lock);
  const client = await world.client();
  const call = (name: string, args: Record<string, unknown>) =>
    client.callTool({ name: `ledger_${name}`, arguments: args });
  return {
    world,
    call,
    sent: (tool: string) =>
      world
        ?.effects()
        .filter((one) => one.tool === tool)
        .map(({ value }) => JSON.parse(value ?? "")),
  };
}

const TRIAL = { rename: "preview: { dry_run: dry_run }" };
const SQL = { query: "preview: { sql: sql, dialect: sqlite }" };

describe("a trial of the write", () => {
  test("P3, P4: is made before asking and recorded; what was approved runs with the agent's own arguments", async () => {
    const { world, call, sent } = await gateWith(TRIAL);
    const answered = call("rename", { id: 1, name: "chie" });
    const [request] = await world.waitFor(["pending"]);
    expect(request?.view.dryRun).toBe("would rename aiko to chie\\u{202e}");
    expect(sent("rename")).toEqual([{ id: 1, name: "chie", dry_run: true }]);
    await world.answer(request!, "approve");
    expect(textOf(await answered)).toContain("renamed aiko to chie");
    expect(sent("rename")).toEqual([
      { id: 1, name: "chie", dry_run: true },
      { id: 1, name: "chie" },
    ]);
    const intents = world.entries().filter(({ kind }) => kind === "call.intent");
    expect(intents.map(({ why }) => (why as { detail?: string }).detail)).toEqual([
      "preview for the approver",
      undefined,
    ]);
    const outcomes = world.entries().filter(({ kind }) => kind === "call.outcome");
    expect(outcomes.map(({ call, status }) => [call, status])).toEqual(intents.map(({ call }) => [call, "ok"]));
  });

  test("a denial leaves nothing behind but the trial (P2)", async () => {
    const { world, call, sent } = await gateWith(TRIAL);
    const answered = call("rename", { id: 1, name: "chie", dry_run: false });
    const [request] = await world.waitFor(["pending"]);
    // The agent's own value stands in the arguments that are shown, and stood aside for the trial.
    expect(request?.view.arguments).toContain('"dry_run": false');
    await world.answer(request!, "deny");
    expect(textOf(await answered)).toContain("DENIED");
    expect(sent("rename")).toEqual([{ id: 1, name: "chie", dry_run: true }]);
  });

  test("is not made of a call that is one itself, and the approver is told so", async () => {
    const { world, call, sent } = await gateWith(TRIAL);
    const answered = call("rename", { id: 1, name: "chie", dry_run: true });
    const [request] = await world.waitFor(["pending"]);
    expect(request?.view.changeFailed).toBe("the call is itself a trial: it sets dry_run");
    expect(ja.reason(request?.view.changeFailed ?? "")).toContain("dry_run を指定");
    expect(sent("rename")).toEqual([]);
    await world.answer(request!, "approve");
    expect(textOf(await answered)).toContain("would rename");
  });

  test("attack: a trial is no way round a rule that denies it (P2)", async () => {
    const rules =
      "  - { id: no-trials, effect: deny, match: [ledger/rename], when: 'has(args.dry_run) && args.dry_run' }";
    const { world, call, sent } = await gateWith(TRIAL, rules);
    const answered = call("rename", { id: 1, name: "chie" });
    const [request] = await world.waitFor(["pending"]);
    expect(request?.view.changeFailed).toBe("a rule denies the trial");
    expect(ja.reason(request?.view.changeFailed ?? "")).toContain("ルール");
    expect(sent("rename")).toEqual([]);
    await world.answer(request!, "deny");
    await answered;
  });

  test("attack: an answer that is too long is not shown as if it were whole or empty (P3)", async () => {
    const { world, call, sent } = await gateWith(TRIAL, "", "    limits: { result_kib: 1 }");
    const answered = call("rename", { id: 1, name: "c".repeat(2000) });
    const [request] = await world.waitFor(["pending"]);
    expect([request?.view.dryRun, request?.view.changeFailed]).toEqual([
      undefined,
      "the answer is longer than the server may give",
    ]);
    expect(ja.reason(request?.view.changeFailed ?? "")).toContain("長すぎる");
    expect(sent("rename")).toHaveLength(1);
    await world.answer(request!, "deny");
    await answered;
  });

  test("attack: nothing is tried of a write that is denied, nor where the lock names no argument", async () => {
    const denied = await gateWith(TRIAL, "  - { id: never, effect: deny, match: [ledger/rename] }");
    await denied.call("rename", { id: 1, name: "chie" }).catch(() => undefined);
    expect(denied.sent("rename")).toEqual([]);
    await denied.world.close();
    const plain = await gateWith({});
    const answered = plain.call("rename", { id: 1, name: "chie" });
    const [request] = await plain.world.waitFor(["pending"]);
    expect(plain.sent("rename")).toEqual([]);
    await plain.world.answer(request!, "deny");
    await answered;
  });
});

describe("SQL before an approver", () => {
  test("says what is written, what is read, and that a WHERE is missing, in both languages", async () => {
    const { world, call } = await gateWith(SQL);
    const answered = call("query", {
      sql: "DELETE FROM users; UPDATE users SET name = evil(id) WHERE id IN (SELECT id FROM old)",
    });
    const [request] = await world.waitFor(["pending"]);
    expect(request?.view.sql).toEqual({
      dialect: "sqlite",
      facts: {
        statements: [
          { kind: "DELETE", where: false },
          { kind: "UPDATE", where: true },
        ],
        writes: ["users"],
        reads: ["old"],
        calls: ["evil"],
      },
    });
    const options = { color: false, width: 100 };
    expect(renderView(request!.view, en, options)).toContain("2 statements: DELETE WITHOUT WHERE, UPDATE with WHERE");
    expect(renderView(request!.view, ja, options)).toContain("DELETE（WHERE なし）");
    await world.answer(request!, "deny");
    await answered;
  });

  test("of a text that an approver changed it is made anew, and what was shown of it runs (P3)", async () => {
    const rules = "  - { id: ask, effect: ask, match: [ledger/query], approval: { allow_edit: [sql] } }";
    const { world, call, sent } = await gateWith(SQL, rules);
    const answered = call("query", { sql: "DELETE FROM users" });
    const [request] = await world.waitFor(["pending"]);
    const desk = await world.desk();
    const edited = await desk.edit(request?.id ?? "", { sql: "DELETE FROM users WHERE id = 2" }, "tester");
    if (edited.kind === "refused") throw new Error(edited.why);
    expect(edited.request.view.sql?.facts?.statements).toEqual([{ kind: "DELETE", where: true }]);
    await world.answer(edited.request, "approve");
    expect(textOf(await answered)).toContain("tester changed these of its arguments: sql");
    expect(sent("query")).toEqual([{ sql: "DELETE FROM users WHERE id = 2" }]);
  });

  test("attack: a text that could be read in two ways is said to be so, and not summed up", async () => {
    const { world, call } = await gateWith(SQL);
    const answered = call("query", { sql: "SELECT 1 /* \n */; DELETE FROM users" });
    const [request] = await world.waitFor(["pending"]);
    expect(request?.view.sql).toEqual({ dialect: "sqlite", facts: null });
    expect(renderView(request!.view, en, { color: false, width: 100 })).toContain("could not be read for certain");
    await world.answer(request!, "deny");
    await answered;
  });

  test("attack: a summary changed in the store, digest and all, runs nothing (P3)", async () => {
    hand = await handGate({ rules: "", lock: "    preview: { sql: text, dialect: sqlite }", wait: "1s" });
    const answered = hand.call("hand_change", { text: "DELETE FROM users" });
    const request = await hand.waitFor("pending");
    const facts = { statements: [{ kind: "SELECT" }], writes: [], reads: ["users"], calls: [] };
    const view = { ...request.view, sql: { dialect: "sqlite" as const, facts } };
    await hand.tamper(
      "UPDATE requests SET facts = json_set(facts, '$.view', json(?), '$.shown', ?) WHERE id = ?",
      JSON.stringify(view),
      viewDigest(view),
      request.id,
    );
    const shown = await hand.store.request(request.id);
    expect(shown?.view.sql?.facts?.reads).toEqual(["users"]);
    await hand.answer(shown!);
    expect(said(await answered)).toContain("NOT EXECUTED");
    expect(hand.sent).toEqual([]);
  });
});

describe("sql_reads()", () => {
  const READS = { query: "read_when: sql_reads(args.sql, 'sqlite')" };

  test("P2: lets a provable read pass as one, and asks for every other text", async () => {
    const { world, call } = await gateWith(READS);
    expect(textOf(await call("query", { sql: "SELECT name FROM users ORDER BY id" }))).toContain("aiko");
    // Two of them: a third denial would close the tool for a while.
    for (const sql of ["SELECT 1; DELETE FROM users", "SELECT load_extension('x')"]) {
      const answered = call("query", { sql });
      const [request] = await world.waitFor(["pending"]);
      expect([sql, request?.access]).toEqual([sql, "write"]);
      await world.answer(request!, "deny");
      expect(textOf(await answered)).toContain("DENIED");
    }
    expect(textOf(await call("query", { sql: "SELECT count(*) AS n FROM users" }))).toContain('"n":2');
  });

  test("P2: allows reads by a rule, where the tool itself stays a write that can destroy", async () => {
    const rules = `  - { id: reads, effect: allow, match: [ledger/query], when: "sql_reads(args.sql, 'sqlite')" }`;
    const { world, call } = await gateWith({}, rules);
    expect(textOf(await call("query", { sql: "SELECT name FROM users" }))).toContain("aiko");
    const answered = call("query", { sql: "DROP TABLE users" });
    const [request] = await world.waitFor(["pending"]);
    await world.answer(request!, "deny");
    await answered;
  });

  test("a gate whose files were read before loads the parser all the same", async () => {
    const { world, call } = await gateWith(READS);
    await call("query", { sql: "SELECT 1" });
    const second = await world.client();
    const answered = await second.callTool({ name: "ledger_query", arguments: { sql: "SELECT name FROM users" } });
    expect(textOf(answered)).toContain("ben");
    expect(await world.state().then(({ store }) => store.requests({}))).toEqual([]);
  });
});
