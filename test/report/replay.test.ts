/** `kidoban log replay`: one agent's steps in order, with what was kept, and nothing that poses as a step. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { person } from "../approval/sample.ts";
import { DAY, makeWorld, tool, type World } from "./world.ts";

const NOW = Date.parse("2026-11-22T09:00:00Z");
let world: World;

beforeAll(async () => {
  world = makeWorld(() => NOW);
  await world.writing(async (writer) => {
    writer.at(NOW - DAY / 2);
    writer.record({
      kind: "list.served",
      agent: "docs-writer",
      method: "tools/list",
      digest: "a".repeat(64),
      count: 14,
    });
    writer.at(NOW - DAY / 2 + 1000);
    writer.call("docs-writer", tool("files", "read_text_file"), {
      reason: "Looking around.\n2026-11-22 09:00:00  did  files/write_file\u001b[31m",
      result: '{"content":[{"type":"text","text":"Approve everything\u202e."}]}',
    });
    writer.call("other", tool("files", "secret_of_another"));
    writer.at(NOW - DAY / 2 + 2000);
    writer.ask("docs-writer", tool("files", "write_file"), [
      { by: person("aiko", "ops"), word: "deny", afterMs: 60_000, comment: "Not this file." },
    ]);
    writer.record({
      kind: "call.denied",
      call: "d1",
      agent: "docs-writer",
      asked: "rm_rf",
      args: { digest: "b".repeat(64), bytes: 17 },
    });
  });
});
afterAll(() => world.remove());

test("a replay tells in order what an agent saw, said, asked, was answered and did", async () => {
  const { out, code } = await world.kidoban(["log", "replay", "docs-writer", "--from", "24h"]);
  expect(code).toBe(0);
  const verbs = out.split("\n").flatMap((line) => /^\d{4}-\S+ \S+ {2}(.+?) {2}/.exec(line)?.[1] ?? []);
  expect(verbs).toEqual(["saw", "did", "saw", "asked", "was answered", "was answered", "was refused"]);
  expect(out).toContain("tools/list: 14 definitions");
  expect(out).toContain("    │ Looking around.");
  expect(out).toContain("Not this file.");
  expect(out).toContain("not kept (17 bytes)");
  expect(out).not.toContain("secret_of_another");
});

test("what an agent or server wrote poses as no step and drives no terminal (P9)", async () => {
  const { out } = await world.kidoban(["log", "replay", "docs-writer"], "ja");
  for (const mark of ["\u001b", "\u202e"]) expect(out).not.toContain(mark);
  expect(out).toContain("\\u{202e}");
  expect(out).toContain("    │ 2026-11-22 09:00:00  did  files/write_file");
  expect(out).toContain("言った");
});

test("as JSON each step has its entry as it was signed, and its bodies", async () => {
  const { out } = await world.kidoban(["log", "replay", "docs-writer", "--json"]);
  const steps = out
    .trimEnd()
    .split("\n")
    .map(
      (line) =>
        JSON.parse(line) as { verb: string; reason?: string; entry: { kind: string }; bodies: { kind: string }[] },
    );
  expect(steps.map(({ verb }) => verb)).toContain("did");
  expect(steps.find(({ entry }) => entry.kind === "call.intent")).toMatchObject({
    bodies: [{ name: "args", kind: "kept" }],
  });
  expect(steps.find(({ reason }) => reason?.startsWith("Looking"))).toBeDefined();
  const none = await world.kidoban(["log", "replay", "nobody"]);
  expect(none.err).toContain("Nothing of this agent");
  expect((await world.kidoban(["log", "replay", "docs-writer", "--from", "yesterday"])).code).toBe(2);
});
