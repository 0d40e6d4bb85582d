/** Attacks on what is watched, logged and completed: by the agent, and by the server behind the gate. */

import { afterEach, describe, expect, test } from "vitest";
import type { Answer, ClientFacts, Watching } from "../../src/gateway/ports.ts";
import { handGate, said, SECRET, type Hand } from "./hand.ts";

const client: ClientFacts = { era: "legacy", protocol: "2025-11-25", prompts: false };
const RESOURCES = [
  { uri: "notes://shown", name: "shown" },
  { uriTemplate: "files://{+path}", name: "files" },
];
const PROMPTS = [{ name: "review", arguments: [{ name: "topic" }] }];

let gate: Hand;
afterEach(() => gate.close());

async function opened(rules = "", more: Partial<Parameters<typeof handGate>[0]> = {}): Promise<Hand> {
  gate = await handGate({ rules, resources: RESOURCES, prompts: PROMPTS, ...more });
  gate.state.watches = true;
  return gate;
}

const told: string[] = [];
const watch = (uri: string): Promise<Watching> => gate.gate.watch(uri, client, (updated) => void told.push(updated));
const refused = (watching: Watching): string => (watching.kind === "refused" ? watching.error : "watching");

async function stop(): Promise<void> {
  await gate.store.placeStop({ id: "s1", reason: "enough", by: "aiko", placedAt: Date.now() });
  while ((await gate.store.stops()).length === 0 || !gate.entries().some(({ kind }) => kind === "stop.acknowledged"))
    await new Promise((done) => setTimeout(done, 10));
}

/** Holds the server's next lists back until `go`. */
function holdLists(): () => void {
  let go: (() => void) | undefined;
  const held = new Promise<void>((done) => (go = done));
  gate.state.listing = () => held;
  return () => go?.();
}
const turn = (): Promise<void> => new Promise((done) => setTimeout(done, 20));

describe("watching a resource", () => {
  test("P8 asks the server for nothing when a stop came while it was compared", async () => {
    await opened();
    await gate.call("hand_look", { text: "a" });
    const go = holdLists();
    gate.changed("restart");
    const watching = watch("notes://shown");
    await turn();
    await stop();
    go();
    expect(refused(await watching)).toContain("STOPPED");
    expect(gate.asked).toEqual([]);
  });

  test("P8 asks the server for nothing under a stop: not to end it, nor for log messages", async () => {
    await opened();
    const watching = await watch("notes://shown");
    await stop();
    if (watching.kind === "watching") watching.end();
    gate.gate.onLogMessage("debug", () => undefined);
    await turn();
    expect(gate.asked).toEqual(["watch notes://shown"]);
  });

  test("P1 asks the server for nothing when its definition turns out to be another", async () => {
    await opened();
    await gate.call("hand_look", { text: "a" });
    const go = holdLists();
    gate.changed("restart");
    gate.state.resources = [{ uri: "notes://shown", name: "other" }, ...RESOURCES.slice(1)];
    const watching = watch("notes://shown");
    await turn();
    go();
    expect(refused(await watching)).toContain("Resource not found");
    expect(gate.asked).toEqual([]);
  });

  test("P4 what is refused is on record, and P9 no credential of the gate's with it", async () => {
    await opened();
    expect(refused(await watch("vault://hidden"))).toContain("Resource not found");
    expect(refused(await watch(`files://${SECRET}`))).not.toBe("watching");
    await turn();
    const refusals = gate.entries().filter(({ kind }) => kind === "call.denied");
    expect(refusals.map(({ asked }) => asked)).toEqual(["vault://hidden", "files://[secret TOKEN]"]);
    expect(await gate.everything()).not.toContain(SECRET);
    expect(gate.asked).toEqual([]);
  });

  test("P1 tells of nothing below it that may not be read, and P9 of no credential that a server names", async () => {
    await opened('  - { id: no, effect: deny, match: ["resource:hand/files://a/secret*"] }');
    told.length = 0;
    expect((await watch("files://a")).kind).toBe("watching");
    for (const uri of ["files://a", "files://a/secret-plan", "files://a/open", `files://a/${SECRET}`])
      gate.updated(uri);
    expect(told).toEqual(["files://a", "files://a/open"]);
  });

  test("takes no more of them at once than may be watched", async () => {
    await opened();
    const all = await Promise.all(Array.from({ length: 1010 }, (_, at) => watch(`files://${at}`)));
    expect(all.filter(({ kind }) => kind === "watching")).toHaveLength(1000);
    expect(gate.asked).toHaveLength(1000);
  });
});

const complete = (ref: Record<string, string>, name: string): Promise<Answer> =>
  gate.gate.call({
    kind: "completion",
    name,
    args: { ref, argument: { name: "topic", value: "" } },
    client,
    claimed: {},
    signal: new AbortController().signal,
    cancel: { requested: false, onRequest: () => () => undefined },
    progress: () => undefined,
    log: () => undefined,
    wantsProgress: false,
  });

describe("a completion", () => {
  test("P1 of a prompt is not asked for as one of a template, nor the other way round", async () => {
    await opened();
    for (const [ref, name] of [
      [{ type: "ref/resource", uri: "hand_review" }, "hand_review"],
      [{ type: "ref/prompt", name: "files://{+path}" }, "files://{+path}"],
    ] as const)
      expect((await complete(ref, name)).kind).toBe("error");
    expect(gate.sent).toEqual([]);
    expect(gate.entries().filter(({ kind }) => kind === "call.denied")).toHaveLength(2);
    expect((await complete({ type: "ref/prompt", name: "hand_review" }, "hand_review")).kind).toBe("result");
    expect(gate.sent.map(({ argsText }) => argsText)).toEqual([
      '{"ref":{"type":"ref/prompt","name":"review"},"argument":{"name":"topic","value":""}}',
    ]);
  });
});

test("P9 a credential of the gate's in the words of a client's answer is not kept, nor said again", async () => {
  await opened('  - { id: ask, effect: ask, match: ["hand/change"] }', {
    config: "approvals: { assurance: client }",
  });
  const answer = await gate.call(
    "hand_change",
    { text: "a" },
    {
      client: { ...client, prompts: true },
      prompt: async () => ({ kind: "deny", comment: `because ${SECRET}` }),
    },
  );
  expect(said(answer)).toContain("because [secret TOKEN]");
  expect(await gate.everything()).not.toContain(SECRET);
});
