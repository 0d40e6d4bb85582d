/** Questions in the middle of a call, with a server and a client that the test moves by hand: what must not pass, does not. */

import { afterEach, describe, expect, test } from "vitest";
import type {
  AgentCall,
  Asked,
  ClientFacts,
  Forwarded,
  ForwardedCall,
  Question,
  QuestionAnswer,
} from "../../src/gateway/ports.ts";
import { handGate, said, SECRET, type Hand } from "./hand.ts";

const RELAY = "{ elicitation: relay, sampling: relay }";
const CLIENT: ClientFacts = {
  era: "legacy",
  protocol: "2025-11-25",
  prompts: true,
  abilities: ["form", "url", "sampling"],
};
const FORM: Question = { method: "elicitation/create", needs: "form", params: '{"message":"[hand asks] Which?"}' };
const SAMPLE: Question = { method: "sampling/createMessage", needs: "sampling", params: '{"messages":[]}' };
const YES: QuestionAnswer = { kind: "result", says: "accept", text: '{"action":"accept","content":{"a":"b"}}' };
const DONE: Forwarded = { status: "ok", member: "result", text: '{"content":[{"type":"text","text":"done"}]}' };

let hand: Hand;
afterEach(() => hand.close());

const of = (kind: string) => hand.entries().filter((entry) => entry.kind === kind);
const never = new AbortController().signal;

/** The server puts these questions, one after the other, and notes what it is told. */
function asking(...questions: readonly Question[]): Asked[] {
  const told: Asked[] = [];
  hand.state.answer = async ({ asking: way }: ForwardedCall) => {
    for (const question of questions) if (way !== undefined) told.push(await way.ask([question], never));
    return DONE;
  };
  return told;
}

const change = (ask: AgentCall["ask"], client = CLIENT) =>
  hand.call("hand_change", { text: "x" }, { client, ...(ask === undefined ? {} : { ask }) });

describe("what may be asked (P1, P12)", () => {
  test.each([
    ["nothing is configured", "{}", CLIENT],
    ["it is denied", "{ elicitation: deny, sampling: relay }", CLIENT],
    ["the client declared nothing", RELAY, { ...CLIENT, abilities: [] }],
    ["the client declared something else", RELAY, { ...CLIENT, abilities: ["sampling"] as const }],
  ])(
    "is nothing where %s: method not found, on record, and the client hears of nothing",
    async (_name, asks, client) => {
      hand = await handGate({ asks });
      const told = asking(FORM);
      let heard = 0;
      await change(async () => {
        heard += 1;
        return [YES];
      }, client);
      expect(hand.sent[0]?.asking?.abilities).not.toContain("form");
      expect(told).toEqual([
        { kind: "answers", answers: [{ kind: "error", code: -32601, message: "Method not found" }] },
      ]);
      expect(heard).toBe(0);
      expect(of("question.answered")).toMatchObject([{ says: "error" }]);
    },
  );

  test("is less as soon as the file says so, in the middle of a call", async () => {
    hand = await handGate({ asks: RELAY });
    const told: Asked[] = [];
    hand.state.answer = async ({ asking: way }) => {
      if (way === undefined) return DONE;
      told.push(await way.ask([SAMPLE], never));
      await hand.edit(() => hand.writeAsks("{ elicitation: relay }"));
      told.push(await way.ask([SAMPLE], never));
      return DONE;
    };
    await change(async () => [{ kind: "result", says: "result", text: "{}" }]);
    expect(told).toMatchObject([{ answers: [{ kind: "result" }] }, { answers: [{ kind: "error", code: -32601 }] }]);
  });

  test("ends with the hundredth question of a call", async () => {
    hand = await handGate({ asks: RELAY });
    const told = asking(...Array.from({ length: 120 }, () => FORM));
    let heard = 0;
    await change(async () => {
      heard += 1;
      return [YES];
    });
    expect(heard).toBe(100);
    expect(told.filter((one) => one.kind === "halt")).toHaveLength(20);
    expect(of("message.refused").length).toBeGreaterThan(0);
  });
});

describe("on record (P4)", () => {
  test("stands the question before it is put, and the answer before it goes on", async () => {
    hand = await handGate({ asks: RELAY });
    const seen: string[][] = [];
    const kinds = (): string[] => hand.entries().map(({ kind }) => kind);
    hand.state.answer = async ({ asking: way }) => {
      await way?.ask([FORM], never);
      seen.push(kinds());
      return DONE;
    };
    await change(async () => {
      seen.push(kinds());
      return [YES];
    });
    expect(seen[0]).toContain("question.asked");
    expect(seen[0]).not.toContain("question.answered");
    expect(seen[1]).toContain("question.answered");
  });

  test("a question that cannot be recorded is not put", async () => {
    let broken = false;
    hand = await handGate({
      asks: RELAY,
      log: (log) => ({
        ...log,
        record: (entry) => log.record(entry),
        body: (text, keep, beside) => log.body(text, keep, beside),
        written: () => log.written(),
        synced: async () => {
          if (broken) {
            const { SealedError } = await import("../../src/audit/log.ts");
            throw new SealedError("the disk is full");
          }
          return log.synced();
        },
      }),
    });
    const told: Asked[] = [];
    hand.state.answer = async ({ asking: way }) => {
      broken = true;
      if (way !== undefined) told.push(await way.ask([FORM], never));
      broken = false;
      return DONE;
    };
    let heard = 0;
    await change(async () => {
      heard += 1;
      return [YES];
    });
    expect(heard).toBe(0);
    expect(told).toMatchObject([{ kind: "halt" }]);
  });
});

describe("credentials (P9)", () => {
  test("that a server says back in a question are hidden from the client and from the log", async () => {
    hand = await handGate({ asks: RELAY });
    asking({ ...FORM, params: JSON.stringify({ message: `[hand asks] is it ${SECRET}?` }) });
    const heard: string[] = [];
    await change(async (questions) => {
      heard.push(...questions.map(({ params }) => params));
      return [YES];
    });
    expect(heard).toEqual(['{"message":"[hand asks] is it [secret TOKEN]?"}']);
    expect(await hand.everything()).not.toContain(SECRET);
  });

  test.each<[string, QuestionAnswer]>([
    ["a form", { kind: "result", says: "accept", text: JSON.stringify({ content: { token: SECRET } }) }],
    ["an error", { kind: "error", code: -1, message: `no, ${SECRET}` }],
  ])("in %s that a client gives go nowhere, and no part of the answer does", async (_name, answer) => {
    hand = await handGate({ asks: RELAY });
    const told = asking(FORM);
    await change(async () => [answer]);
    expect(JSON.stringify(told)).not.toContain(SECRET);
    expect(told).toMatchObject([{ answers: [{ kind: "error" }] }]);
    expect(of("question.answered")).toMatchObject([{ says: "refused", detail: expect.stringContaining("credential") }]);
    expect(await hand.everything()).not.toContain(SECRET);
  });
});

const meanwhile = async (happening: () => Promise<void>): Promise<Asked[]> => {
  const told = asking(FORM);
  await change(async () => {
    await happening();
    return [YES];
  });
  return told;
};

describe("what happens while the client is asked", () => {
  const HALTED = [{ kind: "halt" }];

  test("P8: a stop: its answer goes nowhere, and a question after it is not put", async () => {
    hand = await handGate({ asks: RELAY });
    const told = asking(FORM, FORM);
    let heard = 0;
    await change(async () => {
      heard += 1;
      await hand.store.placeStop({ id: "s1", reason: "enough", by: "tester", placedAt: Date.now() });
      while (of("stop.acknowledged").length === 0) await new Promise((done) => setTimeout(done, 10));
      return [YES];
    });
    expect(told).toMatchObject([{ kind: "halt" }, { kind: "halt" }]);
    expect(heard).toBe(1);
    expect(hand.state.cancelled).toBe(1);
    expect(of("question.answered")).toMatchObject([{ says: "refused" }]);
  });

  test("P2: rules that deny the call by now", async () => {
    hand = await handGate({ asks: RELAY });
    const deny = "  - { id: no, effect: deny, match: [hand/change] }";
    expect(await meanwhile(() => hand.edit(() => hand.writeManifest(deny)))).toMatchObject(HALTED);
  });

  test("P2: a definition that is another one by now", async () => {
    hand = await handGate({ asks: RELAY });
    const changed = await meanwhile(async () => {
      hand.state.tools = [];
      hand.changed("list");
    });
    expect(changed).toMatchObject(HALTED);
  });

  test("P10: a list that is told to have changed and has not", async () => {
    hand = await handGate({ asks: RELAY });
    expect(await meanwhile(async () => hand.changed("list"))).toEqual([{ kind: "answers", answers: [YES] }]);
  });
});

describe("a held call (P2, P5)", () => {
  const ASK = "  - { id: held, effect: ask, match: [hand/change] }";

  test("is claimed once, however much its server asks, and no answer to it approves anything", async () => {
    hand = await handGate({ asks: RELAY, rules: ASK });
    const told = asking(FORM, SAMPLE, FORM);
    const calling = change(async ([question]) => [
      question?.needs === "form" ? YES : { kind: "result", says: "result", text: "{}" },
    ]);
    await hand.answer(await hand.waitFor("pending"));
    expect(said(await calling)).toBe("done");
    expect(told).toHaveLength(3);
    expect(hand.sent).toHaveLength(1);
    for (const once of ["request.claimed", "call.intent", "call.outcome"]) expect(of(once)).toHaveLength(1);
    expect(new Set(of("question.asked").map((entry) => entry["question"])).size).toBe(3);
  });

  test("whose caller is gone asks nobody, and the server is told so", async () => {
    hand = await handGate({ asks: RELAY, rules: ASK });
    const told = asking(FORM);
    const calling = change(async (questions) => questions.map(() => ({ kind: "none", why: "gone" })));
    await hand.answer(await hand.waitFor("pending"));
    await calling;
    expect(told).toEqual([{ kind: "answers", answers: [{ kind: "none", why: "gone" }] }]);
    expect(of("question.answered")).toMatchObject([{ says: "none", detail: "gone" }]);
  });
});
