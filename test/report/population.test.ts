/** What must be in the population, however a gate tells it. */

import { expect, test } from "vitest";
import type { EntryBody, Why } from "../../src/audit/entry.ts";
import { PREVIEW } from "../../src/audit/parts.ts";
import { populating, sumsOf } from "../../src/report/evidence/population.ts";
import { sampleRequest } from "../approval/sample.ts";
import { tool } from "./world.ts";

const target = tool("files", "write_file");
const args = { digest: "a".repeat(64), bytes: 2 };
const agent = "docs-writer";

const intent = (call: string, why: Partial<Why>): EntryBody => ({
  kind: "call.intent",
  call,
  agent,
  target,
  why: { effect: "allow", access: "read", cause: "default-read", rules: [], ...why },
  args,
});

function opened(): EntryBody & { readonly kind: "request.opened" } {
  const { id: request, call, action, nonce, shown, expiresAt, obligations } = sampleRequest({ agent });
  const why: Why = { effect: "ask", access: "write", cause: "default-write", rules: [] };
  return {
    kind: "request.opened",
    request,
    call,
    agent,
    target,
    why,
    args,
    action,
    nonce,
    shown,
    expiresAt,
    obligations,
  };
}

const itemsOf = (bodies: readonly EntryBody[]) => {
  const population = populating({ from: 0, until: 1000 });
  for (const [n, body] of bodies.entries())
    population.take({ v: 1, n, prev: "", time: new Date(n).toISOString(), after: 0, body }, "s");
  return population.end();
};

test("a write told as the gate's own preview stands in the population, since no question follows it (P2)", () => {
  const items = itemsOf([
    intent("c1", { detail: PREVIEW }),
    { kind: "call.outcome", call: "c1", status: "ok", result: args },
    intent("c2", { detail: PREVIEW, access: "write" }),
  ]);
  expect(items).toMatchObject([
    { id: "c1", kind: "preview", end: "ok" },
    { id: "c2", kind: "preview", end: "open" },
  ]);
  expect(sumsOf(items)).toMatchObject({ items: 2, writes: 0, previews: 2 });
});

test("a preview is named by the question that follows it, and a second one before it is not hidden behind it (P2)", () => {
  const question = opened();
  const items = itemsOf([intent("c1", { detail: PREVIEW }), intent("c2", { detail: PREVIEW }), question]);
  expect(items).toMatchObject([
    { id: "c2", kind: "preview" },
    { id: question.request, kind: "asked", previews: ["c1"] },
  ]);
});

test("a preview whose question is another agent's or comes after the period stands alone (P2)", () => {
  const question = opened();
  expect(itemsOf([intent("c1", { detail: PREVIEW }), { ...question, agent: "other" }])).toMatchObject([
    { id: "c1", kind: "preview" },
    { kind: "asked", previews: [] },
  ]);
  const population = populating({ from: 0, until: 1 });
  for (const [n, body] of [intent("c1", { detail: PREVIEW }), question].entries())
    population.take({ v: 1, n, prev: "", time: new Date(n).toISOString(), after: 0, body }, "s");
  expect(population.end()).toMatchObject([{ id: "c1", kind: "preview" }]);
});
