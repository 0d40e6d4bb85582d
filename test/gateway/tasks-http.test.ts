/** Tasks of many agents on one process: each request is a connection of its own, so nothing but the token tells whose. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DECLARED, type Reply } from "./modern.ts";
import { modern, raw } from "./raw-http.ts";
import { addAgent, giveToken, serve, type Serving } from "./serve-world.ts";
import { makeWorld, type World } from "./world.ts";

let world: World;
let serving: Serving;
const tokens: Record<string, string> = {};
beforeAll(async () => {
  world = makeWorld();
  addAgent(world, "thief");
  for (const agent of ["worker", "thief"]) tokens[agent] = await giveToken(world, agent);
  serving = await serve(world);
});
afterAll(async () => {
  await serving.stop();
  await world.close();
});

async function ask(agent: string, method: string, params: Record<string, unknown>, capabilities: object = DECLARED) {
  const name = params["taskId"] ?? params["name"];
  const request = modern(tokens[agent] ?? "", method, params, { "mcp-name": String(name) }, capabilities);
  const { status, body } = await raw(serving.url, request);
  const text = body.startsWith("{") ? body : (/^data: (.*)$/m.exec(body)?.[1] ?? "");
  return { status, reply: JSON.parse(text) as Reply };
}

test("a task outlives its connection and its process, and is nobody's but its agent's (P1, P2, P5)", async () => {
  const call = { name: "ledger_append", arguments: { id: "a", value: "1" } };
  const created = await ask("worker", "tools/call", call);
  expect(created.reply.result).toMatchObject({ resultType: "task", status: "working" });
  const taskId = String(created.reply.result?.["taskId"]);
  const [request] = await world.waitFor(["pending"]);

  for (const method of ["tasks/get", "tasks/cancel", "tasks/update"]) {
    const stolen = await ask("thief", method, { taskId, inputResponses: {} });
    const guessed = await ask("thief", method, { taskId: "x".repeat(taskId.length), inputResponses: {} });
    expect(stolen).toEqual(guessed);
    expect(stolen.reply.error).toEqual({ code: -32602, message: "Invalid params: Task not found" });
  }
  const undeclared = await ask("worker", "tasks/get", { taskId }, {});
  expect(undeclared).toMatchObject({ status: 400, reply: { error: { code: -32021 } } });
  const mirrored = modern(tokens["worker"] ?? "", "tasks/get", { taskId }, { "mcp-name": "another" }, DECLARED);
  expect(await raw(serving.url, mirrored)).toMatchObject({ status: 400, body: expect.stringContaining("-32020") });

  // The identical call of another agent is another one.
  const theirs = await ask("thief", "tools/call", call);
  expect(theirs.reply.result).toMatchObject({ resultType: "task" });
  expect(await world.waitFor(["pending"], 2)).toHaveLength(2);

  await world.answer(request!, "approve");
  await world.waitFor(["succeeded"]);
  expect(world.effects()).toHaveLength(1);
  await serving.stop();
  serving = await serve(world);

  const done = await ask("worker", "tasks/get", { taskId });
  expect(done.reply.result).toMatchObject({ taskId, status: "completed", result: { content: [{ type: "text" }] } });
  const waiting = String(theirs.reply.result?.["taskId"]);
  expect((await ask("thief", "tasks/get", { taskId: waiting })).reply.result).toMatchObject({ status: "working" });
  const [other] = await world.waitFor(["pending"]);
  await world.answer(other!, "approve");
  for (let status: unknown = "working"; status === "working"; await sleep(50))
    status = (await ask("thief", "tasks/get", { taskId: waiting })).reply.result?.["status"];
  expect(world.effects()).toHaveLength(2);
  expect(serving.said()).toBe("");
});
