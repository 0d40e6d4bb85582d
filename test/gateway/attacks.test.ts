/** The agent's side, or whoever reaches the state, tries to get a write through; and configuration as a write. */

import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyText } from "../../src/approval/signature.ts";
import type { Request } from "../../src/approval/request.ts";
import { sqliteDriver, type Row } from "../../src/store/driver.ts";
import { textIn } from "../../src/store/row.ts";
import { makeWorld, textOf, type World } from "./world.ts";

const WRITE = { name: "ledger_append", arguments: { id: "a", value: "1" } };

describe("without leave nothing is written", () => {
  let world: World;
  beforeEach(() => {
    world = makeWorld();
  });
  afterEach(() => world.close());

  /** Changes rows behind the gate's back, as the same user could. */
  async function tamper(sql: string, ...values: string[]): Promise<void> {
    const driver = await sqliteDriver();
    const connection = driver.open(join(world.stateDir, "kidoban.db"), {});
    connection.prepare(sql).run(...values);
    connection.close();
  }
  async function held(): Promise<{ readonly request: Request; readonly call: Promise<unknown> }> {
    const client = await world.client();
    const call = client.callTool(WRITE).catch((error: unknown) => error);
    const [request] = await world.waitFor(["pending"]);
    return { request: request!, call };
  }
  const notRun = async (): Promise<void> => {
    await sleep(700);
    expect(world.effects()).toEqual([]);
    expect(world.entries().filter((entry) => entry.kind === "call.intent")).toEqual([]);
  };

  test("a row set to approved by hand runs nothing: statements count, not states (P2)", async () => {
    const { request } = await held();
    await tamper(
      `UPDATE requests SET state = 'approved', redeem_until = ${Date.now() + 60_000} WHERE id = ?`,
      request.id,
    );
    expect((await world.waitFor(["approved"]))[0]?.id).toBe(request.id);
    await notRun();
  });

  test("a key added to kidoban.yaml on disk approves nothing before it is accepted (P7, P12)", async () => {
    const { request } = await held();
    const { privateKey } = generateKeyPairSync("ed25519");
    const mallory = `approvers:\n  mallory: { key: "${keyText(privateKey)}", groups: [ops] }\n`;
    const text = readFileSync(world.config, "utf8").replace("approvers:\n", mallory);
    await world.edit(() => writeFileSync(world.config, text));
    expect(await world.answer(request, "approve", privateKey, "mallory")).toMatchObject({ kind: "counted" });
    await notRun();
  });

  test("an approver taken out of kidoban.yaml counts no more, at once (P12)", async () => {
    const { request } = await held();
    const { privateKey } = generateKeyPairSync("ed25519");
    const text = readFileSync(world.config, "utf8").replace(keyText(world.key), keyText(privateKey));
    await world.edit(() => writeFileSync(world.config, text));
    await world.answer(request, "approve");
    await notRun();
  });

  test("an allow rule added on disk waits for acceptance; a deny holds at once and voids what is pending (P12)", async () => {
    const { request, call } = await held();
    await world.edit(() => world.writeManifest("  - { id: sneak, effect: allow, match: [ledger/append_and_exit] }"));
    const client = await world.client();
    const sneak = client
      .callTool({ name: "ledger_append_and_exit", arguments: { id: "x", value: "" } })
      .catch(() => undefined);
    expect(await world.waitFor(["pending"], 2)).toHaveLength(2);
    expect(world.effects()).toEqual([]);
    world.writeManifest("  - { id: shut, effect: deny, match: [ledger/append] }");
    expect((await world.waitFor(["invalidated"])).map((one) => one.id)).toContain(request.id);
    expect(textOf(await call)).toContain("no longer holds");
    await client.close();
    await sneak;
  });

  test("a broken manifest while running leaves the accepted one in force, and refuses to start anew (P11, P12)", async () => {
    const client = await world.client();
    writeFileSync(join(world.folder, "manifests", "worker.yaml"), "kidoban: 1\nagent: worker\nservrs: {}\n");
    while (!world.entries().some(({ kind }) => kind === "config.refused")) await sleep(25);
    expect((await client.callTool({ name: "ledger_read", arguments: { id: "a" } })).isError).toBeFalsy();
    const start = world.kidoban("stdio", "--agent", "worker");
    expect(start.status).toBe(2);
    expect(start.out).toMatch(/manifests\/worker\.yaml:3:1/);
    expect(start.out).toContain("servers");
  });

  test("a lock line that makes a write a read on disk changes nothing before acceptance (P12)", async () => {
    const client = await world.client();
    const text = readFileSync(world.lock, "utf8").replace(
      /(append:\n {4})access: write\n {4}destructive: false/,
      "$1access: read",
    );
    await world.edit(() => writeFileSync(world.lock, text));
    const call = client.callTool(WRITE).catch(() => undefined);
    await world.waitFor(["pending"]);
    expect(world.effects()).toEqual([]);
    await client.close();
    await call;
  });

  test("arguments changed in the row after the approval are not what was approved, so nothing runs (P3)", async () => {
    world.writeManifest("", "wait: 0s");
    const client = await world.client();
    await client.callTool(WRITE);
    const [request] = await world.waitFor(["pending"]);
    await world.answer(request!, "approve");
    const driver = await sqliteDriver();
    const connection = driver.open(join(world.stateDir, "kidoban.db"), {});
    const columns = connection
      .prepare(`SELECT name FROM pragma_table_info('requests')`)
      .all()
      .map((row) => textIn(row as Row, "name"));
    for (const column of columns) {
      const change = `UPDATE requests SET ${column} = replace(${column}, ?, ?) WHERE typeof(${column}) = 'text'`;
      connection.prepare(change).run('\\"value\\":\\"1\\"', '\\"value\\":\\"2\\"');
    }
    connection.close();
    const { store } = await world.state();
    expect((await store.request(request!.id))?.argsText).toBe('{"id":"a","value":"2"}');
    expect(textOf(await client.callTool({ name: "kidoban_wait", arguments: { id: request!.id } }))).toContain(
      "no longer holds",
    );
    expect(world.effects()).toEqual([]);
  });

  test("an approval is good once: the same statement does not run the next identical call (P2, P5)", async () => {
    const { request, call } = await held();
    await world.answer(request, "approve");
    await call;
    const { store } = await world.state();
    const [statement] = await store.statements(request.id);
    const client = await world.client();
    const again = client.callTool(WRITE).catch(() => undefined);
    const [fresh] = await world.waitFor(["pending"]);
    await store.addStatement({ ...statement!, body: { ...statement!.body, request: fresh!.id } });
    await sleep(500);
    expect(world.effects()).toHaveLength(1);
    await client.close();
    await again;
  });

  test("kidoban_wait tells one agent nothing of another's requests (P7)", async () => {
    const { request } = await held();
    const other = makeWorld();
    const client = await other.client();
    const answered = await client.callTool({ name: "kidoban_wait", arguments: { id: request.id } });
    expect(textOf(answered)).toContain("no such request");
    await other.close();
  });

  test("there is no way to approve from the agent's side: no such tool, method or secret in any answer (P7)", async () => {
    const client = await world.client();
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name).filter((name) => /approv|grant|resume/i.test(name))).toEqual([]);
    const { request, call } = await held();
    for (const name of ["kidoban_approve", "approve", "kidoban_answer"]) {
      await expect(client.callTool({ name, arguments: { id: request.id, answer: "approve" } })).rejects.toThrow(
        /Unknown tool/,
      );
    }
    await world.answer(request, "approve");
    const said = JSON.stringify(await call);
    const { store } = await world.state();
    const [statement] = await store.statements(request.id);
    for (const secret of [request.nonce, statement!.signature, keyText(world.key)]) expect(said).not.toContain(secret);
  });
});

describe("stop", () => {
  let world: World;
  beforeEach(() => {
    world = makeWorld({ rules: "  - { id: free, effect: allow, match: [ledger/slow_append] }" });
  });
  afterEach(() => world.close());

  test("returns when the live gate has acknowledged; nothing is forwarded then, also after a restart (P8)", async () => {
    const client = await world.client();
    const pending = client.callTool(WRITE);
    await world.waitFor(["pending"]);
    const running = client.callTool({
      name: "ledger_slow_append",
      arguments: { id: "slow", value: "", before_ms: 60_000 },
    });
    await expect.poll(() => world.entries().some((entry) => entry.kind === "call.intent")).toBe(true);
    const stopped = world.kidoban("stop", "--reason", "drill");
    expect(stopped.status).toBe(0);
    const acknowledged = world.entries().filter((entry) => entry.kind === "stop.acknowledged");
    expect(acknowledged).toHaveLength(1);
    expect(textOf(await client.callTool({ name: "ledger_read", arguments: { id: "a" } }))).toContain("STOPPED");
    expect(textOf(await pending)).toContain("withdrawn");
    expect(textOf(await running)).toContain("OUTCOME UNKNOWN");
    const later = await world.client();
    expect(textOf(await later.callTool({ name: "ledger_read", arguments: { id: "a" } }))).toContain("STOPPED");
    const intents = world.entries().filter((entry) => entry.kind === "call.intent");
    expect(intents).toHaveLength(1);
  });

  test("of one agent leaves another alone (P8)", async () => {
    const client = await world.client();
    expect(world.kidoban("stop", "--agent", "somebody-else", "--reason", "drill").status).toBe(0);
    expect((await client.callTool({ name: "ledger_read", arguments: { id: "a" } })).isError).toBeFalsy();
  });
});

describe("an attempt whose outcome nobody knows", () => {
  let world: World;
  beforeEach(() => {
    world = makeWorld({ rules: "  - { id: free, effect: allow, match: [ledger/append_and_exit] }" });
  });
  afterEach(() => world.close());

  test("is told as such, and the same call asks within ten minutes even under allow, showing the attempt (P5)", async () => {
    const client = await world.client();
    const write = { name: "ledger_append_and_exit", arguments: { id: "a", value: "1" } };
    expect(textOf(await client.callTool(write))).toContain("OUTCOME UNKNOWN");
    expect(world.effects()).toHaveLength(1);
    const again = client.callTool(write).catch(() => undefined);
    const [request] = await world.waitFor(["pending"]);
    expect(request?.view.earlier?.call).toBe(world.entries().find((entry) => entry.kind === "call.intent")?.["call"]);
    await sleep(300);
    expect(world.effects()).toHaveLength(1);
    await client.close();
    await again;
  });
});
