import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findBodiesKey } from "../../src/config/bodies-key.ts";
import { openBodies } from "../../src/log/bodies.ts";
import { streamsIn } from "../../src/log/files.ts";
import { readBodies, refsOf } from "../../src/log/related.ts";
import { logReader } from "../../src/log/read.ts";
import { handGate } from "./hand.ts";

const ASKED = "a question nobody else may read";
const SAID = "an answer nobody else may read";

type Hand = Awaited<ReturnType<typeof handGate>>;

/** What the log keeps of arguments and results, by `kind name`; `null`: only the digest. */
async function keptOf({ stateDir, settled }: Hand) {
  await settled();
  const dir = join(stateDir, "log");
  const key = await findBodiesKey(stateDir);
  const kept: Record<string, string | null> = {};
  for (const { stream, entry, about } of await logReader(dir).next()) {
    for (const { name, ref } of refsOf(entry.body)) {
      const body = (await readBodies(dir, stream, new Set([ref.digest]), key)).get(ref.digest);
      kept[`${entry.body.kind} ${about.target?.name} ${name}`] = body?.kind === "kept" ? body.text : null;
    }
  }
  return kept;
}

async function everyBody({ stateDir, settled }: Hand): Promise<string> {
  await settled();
  const dir = join(stateDir, "log");
  const lines: string[] = [];
  for (const stream of await streamsIn(dir)) {
    const bodies = await openBodies(dir, stream, await findBodiesKey(stateDir));
    if (bodies.kind === "open")
      for await (const batch of bodies.lines) for (const { text = "" } of batch) lines.push(text);
  }
  return lines.join("\n");
}

const result = (text: string): string => JSON.stringify({ content: [{ type: "text", text }] }, undefined, 1);

async function gateWith(record: string, rules?: string): Promise<Hand> {
  const hand = await handGate({ asks: `{}${record}`, ...(rules === undefined ? {} : { rules }) });
  hand.state.answer = () => ({ status: "ok", member: "result", text: result(SAID) });
  return hand;
}

const args = { text: ASKED };
const DENIES =
  "  - { id: free, effect: allow, match: [hand/change] }\n  - { id: no, effect: deny, match: [hand/poke], when: 'true' }";

describe("record:", () => {
  test("left out, arguments and results of reads, writes and denied calls are kept, encrypted", async () => {
    const hand = await gateWith("", DENIES);
    try {
      for (const name of ["hand_look", "hand_change", "hand_poke"]) await hand.call(name, args);
      expect(await keptOf(hand)).toEqual({
        "call.intent look args": JSON.stringify(args),
        "call.outcome look result": result(SAID),
        "call.intent change args": JSON.stringify(args),
        "call.outcome change result": result(SAID),
        "call.denied poke args": JSON.stringify(args),
      });
      const log = join(hand.stateDir, "log");
      const files = readdirSync(log, { withFileTypes: true }).filter((file) => file.isFile());
      for (const secret of [ASKED, SAID])
        for (const { name } of files) expect(readFileSync(join(log, name)).includes(secret), name).toBe(false);
    } finally {
      await hand.close();
    }
  });

  test("digest keeps no text of any call, and still a digest of each", async () => {
    const hand = await gateWith(", record: digest", DENIES);
    try {
      for (const name of ["hand_look", "hand_change", "hand_poke"]) await hand.call(name, args);
      expect(new Set(Object.values(await keptOf(hand)))).toEqual(new Set([null]));
      const bodies = await everyBody(hand);
      for (const secret of [ASKED, SAID]) expect(bodies).not.toContain(secret);
    } finally {
      await hand.close();
    }
  });

  test("digest: the store is told that it is to let go of what was asked soon after", async () => {
    const asks = "  - { id: careful, effect: ask, match: [hand/change, hand/poke] }";
    const hand = await gateWith(", record: digest, record_tools: { poke: body }", asks);
    try {
      for (const name of ["hand_change", "hand_poke"]) void hand.call(name, args).catch(() => undefined);
      await hand.waitFor("pending");
      await expect
        .poll(async () => (await hand.store.requests({})).map(({ name, brief }) => `${name} ${brief}`).toSorted())
        .toEqual(["change true", "poke undefined"]);
    } finally {
      await hand.close();
    }
  });

  test("record_tools says otherwise for a tool", async () => {
    const hand = await gateWith(", record: digest, record_tools: { look: body }");
    try {
      for (const name of ["hand_look", "hand_change"]) await hand.call(name, args);
      expect(await keptOf(hand)).toEqual({
        "call.intent look args": JSON.stringify(args),
        "call.outcome look result": result(SAID),
        "call.intent change args": null,
        "call.outcome change result": null,
      });
    } finally {
      await hand.close();
    }
  });

  test("P12: keeping less waits for a human, keeping more holds at once", async () => {
    const hand = await gateWith("");
    try {
      await hand.edit(() => hand.writeAsks("{}, record: digest"));
      await hand.call("hand_look", args);
      expect((await keptOf(hand))["call.intent look args"]).toBe(JSON.stringify(args));
      await hand.accept();
      await hand.call("hand_look", args);
      expect((await keptOf(hand))["call.intent look args"]).toBeNull();
      await hand.edit(() => hand.writeAsks("{}, record_tools: { look: body }, record: digest"));
      await hand.call("hand_look", args);
      expect((await keptOf(hand))["call.intent look args"]).toBe(JSON.stringify(args));
    } finally {
      await hand.close();
    }
  });
});

/** What is left of a value of so many characters. */
const mark = (length: number): unknown =>
  expect.stringMatching(new RegExp(`^\\[redacted configured, ${length} characters, [0-9a-f]{32}\\]$`));

describe("redact:", () => {
  const NUMBER = "7000-12";
  const person = { text: "who", person: { pass: "correct horse", numbers: [NUMBER, 5] } };

  test("P9: leaves keyed marks of what stands at the places, in arguments and results, and all else as it was", async () => {
    const hand = await gateWith(
      ", redact: [args.person.pass, result.structuredContent.list.*.phone], redact_tools: { look: [args.person.numbers.*] }",
    );
    const said = {
      content: [],
      structuredContent: { list: [{ phone: "03-1111-2222", at: 1 }, { phone: { code: 81 } }], phone: "public" },
    };
    hand.state.answer = () => ({ status: "ok", member: "result", text: JSON.stringify(said) });
    try {
      await hand.call("hand_look", person);
      await hand.call("hand_change", person);
      const kept = await keptOf(hand);
      expect(JSON.parse(kept["call.intent look args"] ?? "")).toEqual({
        text: "who",
        person: { pass: mark(13), numbers: [mark(7), mark(1)] },
      });
      expect(JSON.parse(kept["call.intent change args"] ?? "")).toEqual({
        text: "who",
        person: { pass: mark(13), numbers: [NUMBER, 5] },
      });
      expect(JSON.parse(kept["call.outcome look result"] ?? "")).toEqual({
        content: [],
        structuredContent: { list: [{ phone: mark(12), at: 1 }, { phone: mark(11) }], phone: "public" },
      });
      const bodies = await everyBody(hand);
      expect(bodies).not.toContain("correct horse");
      expect(bodies).not.toContain("03-1111-2222");
    } finally {
      await hand.close();
    }
  });

  test("P12: taking out more holds at once, taking out less waits for a human", async () => {
    const hand = await gateWith("");
    const look = async (): Promise<string | null | undefined> => {
      await hand.call("hand_look", args);
      return (await keptOf(hand))["call.intent look args"];
    };
    try {
      await hand.edit(() => hand.writeAsks("{}, redact: [args.text]"));
      expect(await look()).not.toContain(ASKED);
      await hand.accept();
      await hand.edit(() => hand.writeAsks("{}"));
      expect(await look()).not.toContain(ASKED);
      await hand.accept();
      expect(await look()).toContain(ASKED);
    } finally {
      await hand.close();
    }
  });
});
