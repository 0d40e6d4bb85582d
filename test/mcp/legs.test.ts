/** What a modern server calls its questions, as the client reads it. */

import { expect, it } from "vitest";
import type { Question } from "../../src/gateway/ports.ts";
import { Legs } from "../../src/mcp/legs.ts";

const question = (key?: string): Question => ({
  method: "elicitation/create",
  needs: "form",
  params: '{"message":"?"}',
  ...(key === undefined ? {} : { key }),
});

it("P7, P10: stays as it is, unless it could pass for the gate's own or for another question that is open", async () => {
  const legs = new Legs({ kind: "tool", name: "any", args: {} }, new Map());
  const keys = [
    "user_name",
    "user_name",
    "kidoban",
    "kidoban-2",
    "asked-1",
    "__proto__",
    "a b",
    "",
    "x".repeat(65),
    undefined,
  ];
  const asked = legs.ask(keys.map(question), new AbortController().signal);
  const { inputRequests } = JSON.parse(legs.park()) as { inputRequests: object };
  const [own, ...others] = Object.keys(inputRequests);
  expect([own, others.filter((key) => !/^asked-\d$/.test(key))]).toEqual(["user_name", []]);
  expect(others).toHaveLength(keys.length - 1);
  legs.giveUp("test over");
  expect(new Set((await asked).map(({ kind }) => kind))).toEqual(new Set(["none"]));
});
