/** What `log verify` says of decisions, where whoever writes the log lies and can sign it: a real gate's log, then spoiled. */

import { createPrivateKey, type KeyObject } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accept, proposalOf } from "../../src/compose/proposal.ts";
import { openState } from "../../src/compose/state.ts";
import { signAcceptance } from "../../src/approval/acceptance.ts";
import { signStatement } from "../../src/approval/statement.ts";
import { archiveDigest } from "../../src/audit/archive.ts";
import type { EntryBody } from "../../src/audit/entry.ts";
import { verifyLog, type Verdict } from "../../src/audit/verify.ts";
import { findBodiesKey } from "../../src/config/bodies-key.ts";
import { findLog } from "../../src/log/files.ts";
import { handGate, type Hand } from "../gateway/hand.ts";
import { bytesOf, copyOf, type Bytes } from "../log/fixture.ts";
import { hasPython, second } from "./python.ts";
import { forged, signed, type Change } from "../log/forge.ts";

const RULES = `  - { id: free, effect: allow, match: [hand/change], when: "args.text != 'ask'" }
  - { id: careful, effect: ask, match: [hand/change], when: "args.text == 'ask'", approval: { from: [ops], need: 2 } }
  - { id: no-poke, effect: deny, match: [hand/poke], reason: Not here. }`;

let hand: Hand;
let log: string;
let key: KeyObject;
let sealed: Bytes;

/** Verifies the folder with these bytes in place of its own; `locked`: without the key to its bodies. */
async function verdictOf(bytes: Bytes, { locked = false } = {}): Promise<Verdict> {
  const { files } = await findLog(log, locked ? undefined : await findBodiesKey(hand.stateDir));
  const bodies = new Map(files.streams.map((each) => [each.stream, each.bodies]));
  return verifyLog(
    {
      checkpoint: bytes.checkpoint,
      ledger: [bytes.ledger],
      streams: [...bytes.streams].map(([stream, content]) => {
        const kept = bodies.get(stream);
        return { stream, chunks: [content], ...(kept === undefined ? {} : { bodies: kept }) };
      }),
      configs: [...bytes.configs].map(([digest, content]) => ({ digest, chunks: [content] })),
    },
    bytes.key,
  );
}

/** Every log that was looked at here, for the second verifier. */
const looked: { readonly bytes: Bytes; readonly verdict: Verdict }[] = [];

async function faultOf(bytes: Bytes, options = {}) {
  const verdict = await verdictOf(bytes, options);
  looked.push({ bytes, verdict });
  return verdict.kind === "fault" ? [verdict.fault.code, lineText(bytes, verdict.fault)] : verdict.kind;
}

/** The kind of entry that a fault places itself at. */
function lineText(bytes: Bytes, { file, line = 0 }: { readonly file: string; readonly line?: number }): unknown {
  const entry = bytes.streams.get(file)?.toString("utf8").split("\n")[line - 1];
  return entry === undefined || entry === "" ? file : (JSON.parse(entry) as { kind: string }).kind;
}

const forge = (change: Change): Bytes => forged(sealed, key, change);
const isOf = (body: EntryBody, kind: string, name?: string): boolean =>
  body.kind === kind && (name === undefined || ("target" in body && body.target?.name === name));

/** Answers that name no checkpoint: of a log written anew, that alone would be found, and before anything else. */
function unseeing(body: EntryBody): EntryBody {
  if (body.kind !== "request.answered" || !("body" in body.statement)) return body;
  const { seen: _, ...said } = body.statement.body;
  return { ...body, statement: signStatement(said, hand.keyOf(said.approver)) };
}

/** The log under archives of other texts, all of it made to fit them. */
function rearchived(change: (text: string) => string, isWhole = true): Bytes {
  const renamed = new Map<string, string>();
  const configs = new Map<string, Buffer>();
  for (const [digest, content] of sealed.configs) {
    const again = change(content.toString("utf8"));
    if (isWhole) expect(again).not.toBe(content.toString("utf8"));
    renamed.set(digest, archiveDigest(again));
    configs.set(archiveDigest(again), Buffer.from(again));
  }
  const spoiled = forge((body) => {
    let said = JSON.stringify(body);
    for (const [from, to] of renamed) said = said.replaceAll(from, to);
    return JSON.parse(said) as EntryBody;
  });
  return { ...spoiled, configs };
}

beforeAll(async () => {
  hand = await handGate({ rules: RULES, people: ["mika"], wait: "10s" });
  log = join(hand.stateDir, "log");
  await hand.call("hand_look", { text: "x" });
  await hand.call("hand_change", { text: "go" });
  await hand.call("hand_poke", { text: "x" });
  await hand.call("hand_nothing", { text: "x" });
  const asked = hand.call("hand_change", { text: "ask" });
  const request = await hand.waitFor("pending");
  await hand.answer(request, "approve");
  await hand.answer(request, "approve", "mika");
  await asked;
  // A change that narrows holds at once; then it is accepted by another process.
  await hand.edit(() => hand.writeManifest(`${RULES}\n  - { id: no-look, effect: deny, match: [hand/look] }`));
  await hand.call("hand_look", { text: "y" });
  const other = await openState(hand.stateDir, { role: "tool", now: Date.now });
  const proposal = await proposalOf(hand.config, other.store);
  const { config, digest, previous = "" } = proposal;
  const acceptedAt = Math.max(Date.now(), proposal.acceptableFrom);
  const acceptance = signAcceptance({ v: 1, config, previous, digest, approver: "tester", acceptedAt }, hand.key);
  expect(await accept(other, proposal, acceptance)).toEqual({ kind: "accepted" });
  await other.close("end");
  await hand.rulebook.refresh();
  await hand.call("hand_change", { text: "go on" });
  await hand.end();
  key = createPrivateKey(readFileSync(join(hand.stateDir, "keys", "installation.pem")));
  sealed = forged(bytesOf(log), key, unseeing);
});
afterAll(() => hand.close());

describe("P6, P2: decisions in a log", () => {
  test("are all made again, by what was in force at each of them", async () => {
    const verdict = await verdictOf(sealed);
    expect(verdict).toMatchObject({ kind: "proven", summary: { reconsidered: 7, unsettled: 0, statements: 2 } });
  });

  test("without the key to the bodies are made again where no argument matters, and counted where one does", async () => {
    const verdict = await verdictOf(sealed, { locked: true });
    expect(verdict).toMatchObject({ kind: "proven" });
    if (verdict.kind === "proven") {
      expect(verdict.summary.unsettled).toBeGreaterThan(0);
      expect(verdict.summary.reconsidered).toBeGreaterThan(0);
    }
  });

  test("that say another rule, another effect or another access are found, with the key stolen", async () => {
    for (const change of [
      { rules: ["worker#other"] },
      { rules: [] },
      { cause: "default-read" },
      { access: "read" },
    ] as const) {
      const spoiled = forge((body) =>
        body.kind === "call.intent" && isOf(body, "call.intent", "change") && body.request === undefined
          ? { ...body, why: { ...body.why, ...change } }
          : body,
      );
      expect(await faultOf(spoiled), JSON.stringify(change)).toEqual(["decision", "call.intent"]);
    }
  });

  test("of a denied call that is told as an allowed one are found, even without its arguments", async () => {
    const spoiled = forge((body) =>
      body.kind === "call.denied" && body.target?.name === "poke" && body.why !== undefined
        ? [
            {
              kind: "call.intent",
              call: body.call,
              agent: body.agent,
              target: body.target,
              why: { effect: "allow", access: "write", cause: "rule", rules: ["worker#free"] },
              args: body.args,
            },
            { kind: "call.outcome", call: body.call, status: "ok" },
          ]
        : body,
    );
    expect(await faultOf(spoiled)).toEqual(["decision", "call.intent"]);
    expect(await faultOf(spoiled, { locked: true })).toEqual(["decision", "call.intent"]);
  });

  test("of an asked call that ran without any leave, or with another's, are found", async () => {
    const unasked = forge((body) => (body.kind === "request.claimed" ? [] : body));
    expect(await faultOf(unasked)).toEqual(["intent-unapproved", "call.intent"]);
    const denied = forge((body) =>
      body.kind === "call.intent" ? { ...body, why: { ...body.why, effect: "deny" as const } } : body,
    );
    expect(await faultOf(denied)).toEqual(["intent-unapproved", "call.intent"]);
    const action = "a".repeat(64);
    const other = forge((body) =>
      body.kind === "call.intent" && body.request !== undefined ? { ...body, action } : body,
    );
    expect(await faultOf(other, { locked: true })).toEqual(["action", "call.intent"]);
  });

  test("of a call whose arguments are others than its action says are found (P3)", async () => {
    const spoiled = forge((body) => {
      if (body.kind !== "call.intent" || body.action === undefined || body.request !== undefined) return body;
      return { ...body, action: "b".repeat(64) };
    });
    expect(await faultOf(spoiled)).toEqual(["action", "call.intent"]);
  });

  test("that asked less of people than the configuration demands are found", async () => {
    const spoiled = forge((body) =>
      body.kind === "request.opened"
        ? { ...body, obligations: body.obligations.map((each) => ({ ...(each as object), need: 1 })) }
        : body,
    );
    expect((await faultOf(spoiled))[0]).toBe("demands");
  });

  test("for a preview that no lock names are found", async () => {
    const spoiled = forge((body) =>
      body.kind === "call.intent" && body.request === undefined
        ? {
            ...body,
            why: {
              effect: "allow",
              access: "read",
              cause: "default-read",
              rules: [],
              detail: "preview for the approver",
            },
          }
        : body,
    );
    expect(await faultOf(spoiled)).toEqual(["decision", "call.intent"]);
  });
});

describe("P6, P12: configurations in a log", () => {
  test("altered, exchanged or missing are found at the entry that names them", async () => {
    const [one = "", two = ""] = sealed.configs.keys();
    const [first, second] = [sealed.configs.get(one), sealed.configs.get(two)];
    if (first === undefined || second === undefined) throw new Error("two configurations");
    const spoiled = (change: (configs: Map<string, Buffer>) => void): Bytes => {
      const copy = copyOf(sealed);
      change(copy.configs);
      return copy;
    };
    const lost = spoiled((configs) => configs.delete(one));
    expect((await faultOf(lost))[0]).toBe("config-missing");
    const swapped = spoiled((configs) => configs.set(one, second).set(two, first));
    expect((await faultOf(swapped))[0]).toBe("config-changed");
    for (let at = 0; at < first.length; at += 997) {
      const bytes = Buffer.from(first);
      bytes[at] = (first[at] ?? 0) ^ 1;
      expect((await faultOf(spoiled((configs) => configs.set(one, bytes))))[0]).toBe("config-changed");
    }
  });

  test("with another approver in them, under a digest of their own, are found by the files that were signed", async () => {
    // It contradicts the question that people were asked.
    const spoiled = rearchived((text) => text.replaceAll('"need":2', '"need":1'));
    expect(await faultOf(spoiled)).toEqual(["demands", "request.opened"]);
    const files = rearchived((text) => text.replaceAll("need: 2", "need: 1"));
    expect((await faultOf(files))[0]).toBe("config-changed");
  });

  test("that nobody accepted, or not an approver of the one before, are found", async () => {
    const unaccepted = forge((body) => (body.kind === "config.accepted" && !body.first ? [] : body));
    expect(await faultOf(unaccepted)).toEqual(["config-unaccepted", "config.applied"]);
    const spoilt = [
      { signature: "A".repeat(86) },
      { by: "mika" },
      { acceptedAt: 1 },
      { signature: undefined },
      { key: "ed25519:AAAA" },
    ] as const;
    for (const change of spoilt) {
      const spoiled = forge((body) => {
        if (body.kind !== "config.accepted" || body.first) return body;
        return JSON.parse(JSON.stringify({ ...body, ...change })) as EntryBody;
      });
      expect(await faultOf(spoiled), JSON.stringify(change)).toEqual(["acceptance", "config.accepted"]);
    }
  });
});

const NO_PROOF = { key: undefined, signature: undefined, acceptedAt: undefined, passkey: undefined };

describe("P6, P12: an acceptance without a signature", () => {
  test.each([
    ["told as a first one", { first: true }],
    ["told as a first one after nothing", { first: true, previous: undefined }],
    ["told as a first one of no file", { first: true, config: undefined }],
    ["after something that nobody knows", { previous: "f".repeat(64) }],
    ["after nothing", { previous: undefined }],
    ["of no file", { config: undefined }],
  ])("is found: %s", async (_, change) => {
    const spoiled = forge((body) => {
      if (body.kind !== "config.accepted" || body.first) return body;
      return JSON.parse(JSON.stringify({ ...body, ...NO_PROOF, ...change })) as EntryBody;
    });
    expect(await faultOf(spoiled)).toEqual(["acceptance", "config.accepted"]);
  });

  test("is found where its stream pretends to be of an older program", async () => {
    const spoiled = forge((body) => {
      if (body.kind === "stream.opened") return { ...body, version: "0.0.9" };
      if (body.kind !== "config.accepted" || body.first) return body;
      return JSON.parse(JSON.stringify({ ...body, ...NO_PROOF, previous: undefined, archive: undefined })) as EntryBody;
    });
    expect(await faultOf(spoiled)).toEqual(["acceptance", "config.accepted"]);
  });
});

describe("P6: decisions of which the log does not say what was in force", () => {
  test("are found, with one of them turned round", async () => {
    const spoiled = forge((body) => {
      if (body.kind === "config.applied") return [];
      if (body.kind !== "call.denied" || body.target?.name !== "poke") return body;
      const { call, agent, target, args } = body;
      const why = { effect: "allow", access: "write", cause: "rule", rules: ["worker#free"] } as const;
      return [
        { kind: "call.intent", call, agent, target, why, args },
        { kind: "call.outcome", call, status: "ok" },
      ];
    });
    expect(await faultOf(spoiled)).toEqual(["config-unapplied", "call.intent"]);
  });
});

const REDACTED = { redacted: 1 };
const withRedacted = (body: EntryBody): EntryBody =>
  body.kind === "request.opened" || body.kind === "call.intent"
    ? { ...body, args: { ...body.args, ...REDACTED } }
    : body;

describe("P6: decisions whose arguments are not there", () => {
  test("asked of people what the rules that they name demand, or are found", async () => {
    for (const change of [{ need: 1 }, { from: [] }, { assurance: "client" }, { redeemMs: 1 }]) {
      const weak = (body: EntryBody): EntryBody =>
        body.kind === "request.opened"
          ? { ...body, obligations: body.obligations.map((each) => ({ ...(each as object), ...change })) }
          : body;
      expect((await faultOf(forge(weak), { locked: true }))[0], JSON.stringify(change)).toBe("demands");
      expect((await faultOf(forge((body) => withRedacted(weak(body)))))[0], JSON.stringify(change)).toBe("demands");
    }
    expect(await faultOf(forge(withRedacted))).toBe("proven");
  });

  test("that say a rule too few are found where no argument has a part in it", async () => {
    const spoiled = forge((body) =>
      body.kind === "request.opened" ? { ...body, why: { ...body.why, rules: [] } } : body,
    );
    expect((await faultOf(spoiled, { locked: true }))[0]).toBe("demands");
  });

  test("and that let a write through unasked are counted apart", async () => {
    const spoiled = forge((body) => {
      if (body.kind.startsWith("request.")) return [];
      if (body.kind !== "call.intent" || body.request === undefined) return body;
      const { call, agent, target, args } = body;
      const why = { effect: "allow", access: "write", cause: "rule", rules: ["worker#free"] } as const;
      return { kind: "call.intent", call, agent, target, why, args: { ...args, ...REDACTED } };
    });
    expect(await faultOf(spoiled)).toBe("proven");
    expect(await verdictOf(spoiled)).toMatchObject({ kind: "proven", summary: { unproven: 1 } });
    expect(await verdictOf(sealed)).toMatchObject({ kind: "proven", summary: { unproven: 0 } });
  });

  test("P2: a write told as the gate's own dry run is not counted among what was made again", async () => {
    const dry = '"access":"write","preview":{"kind":"dry-run","argument":"dry","value":true}';
    const again = rearchived((text) => text.replaceAll('"access":"write"', dry));
    const told = (change: { readonly access?: "write" } = {}): Bytes =>
      forged(again, key, (body) => {
        if (body.kind.startsWith("request.")) return [];
        if (body.kind !== "call.intent" || body.request === undefined) return body;
        const { call, agent, target, args } = body;
        const detail = "preview for the approver";
        const why = { effect: "allow", access: "read", cause: "default-read", rules: [], detail, ...change } as const;
        return { kind: "call.intent", call, agent, target, why, args };
      });
    expect(await faultOf(told())).toEqual(["decision", "call.intent"]);
    expect(await faultOf(told({ access: "write" }), { locked: true })).toEqual(["decision", "call.intent"]);
    const plain = await verdictOf(again, { locked: true });
    const verdict = await verdictOf(told(), { locked: true });
    if (plain.kind !== "proven" || verdict.kind !== "proven") throw new Error(JSON.stringify([plain, verdict]));
    expect(verdict.summary.unproven).toBe(plain.summary.unproven + 1);
    expect(verdict.summary.reconsidered).toBeLessThanOrEqual(plain.summary.reconsidered);
  });

  test("P2: a dry run whose arguments are there shows nothing either, unless a question of its agent about it follows", async () => {
    const dry = '"access":"write","preview":{"kind":"dry-run","argument":"text","value":"ask"}';
    const again = rearchived((text) => text.replaceAll('"access":"write"', dry));
    const [detail, why] = [
      "preview for the approver",
      { effect: "allow", access: "read", cause: "default-read" },
    ] as const;
    const dryRun = (body: Extract<EntryBody, { readonly kind: "call.intent" | "request.opened" }>, call: string) => {
      const { agent, target, args } = body;
      return { kind: "call.intent", call, agent, target, why: { ...why, rules: [], detail }, args } as const;
    };
    const alone = forged(again, key, (body) => {
      if (body.kind.startsWith("request.")) return [];
      return body.kind === "call.intent" && body.request !== undefined ? dryRun(body, body.call) : body;
    });
    const plain = await verdictOf(again);
    const verdict = await verdictOf(alone);
    if (plain.kind !== "proven" || verdict.kind !== "proven") throw new Error(JSON.stringify([plain, verdict]));
    expect([plain.summary.unproven, verdict.summary.unproven]).toEqual([0, 1]);
    // A trial before the question that it was made for, and another one that is told beside it.
    const told = (count: number): Bytes =>
      forged(again, key, (body) => {
        if (body.kind !== "request.opened") return body;
        const trials = Array.from({ length: count }, (_, at) => dryRun(body, `t${at}`));
        return [
          ...trials.flatMap((one) => [one, { kind: "call.outcome", call: one.call, status: "ok" } as const]),
          body,
        ];
      });
    for (const [count, unproven] of [
      [1, 0],
      [2, 1],
    ] as const)
      expect(await verdictOf(told(count))).toMatchObject({ kind: "proven", summary: { unproven } });
  });
});

describe("P6: an archive that is odd within", () => {
  test.each([
    ["nobody among the approvers", (text: string) => text.replace('"approvers":[', '"approvers":[null,')],
    ["an approver without groups", (text: string) => text.replace('"groups":', '"grups":')],
    ["a rule that is none", (text: string) => text.replace(/"rules":\[/, '"rules":[7,')],
    ["a lock without items", (text: string) => text.replace('"items":', '"itms":')],
    [
      "a manifest that is none",
      (text: string) => text.replace('"manifests":[["worker",', '"manifests":[["worker",null],["x",'),
    ],
  ])("is a fault with its place: %s", async (_, change) => {
    expect((await faultOf(rearchived(change)))[0]).toBe("config-changed");
  });
});

describe("P6: a time that no calendar has", () => {
  test.each([
    "2026-99-99T99:99:99.999Z",
    "2026-02-30T00:00:00.000Z",
    "2026-01-01T24:00:00.000Z",
    "2026-01-01T00:00:60.000Z",
  ])("is found in an entry, where nothing could be compared with it, and in the ledger: %s", async (never) => {
    for (const kind of ["config.accepted", "call.intent", "call.outcome"]) {
      const spoiled = forged(
        sealed,
        key,
        (body) => body,
        (body, time) => (body.kind === kind ? never : time),
      );
      expect(await faultOf(spoiled)).toEqual(["line-malformed", kind]);
    }
    const copy = copyOf(sealed);
    copy.ledger = Buffer.from(copy.ledger.toString("utf8").replace(/"time":"[^"]*"/, `"time":"${never}"`));
    expect((await faultOf(signed(copy, key)))[0]).toBe("ledger-line");
  });
});

describe("P6: a time that is not between those of the leaves around it", () => {
  test.each([
    ["earlier", -120_000],
    ["later", 120_000],
    ["ten years ahead", 10 * 365 * 86_400_000],
  ])("is found: %s", async (_, by) => {
    for (const kind of ["config.accepted", "call.intent", "call.denied", "stream.closed"]) {
      const spoiled = forged(
        sealed,
        key,
        (body) => body,
        (body, time) => (body.kind === kind ? new Date(Date.parse(time) + by).toISOString() : time),
      );
      expect(await faultOf(spoiled)).toEqual(["time", kind]);
    }
  });
});

describe("P12: keeping less than before", () => {
  test.each([
    ["less long", (text: string) => text.replace(/"entries":\d+/, '"entries":31536000000')],
    ["only digests", (text: string) => text.replace('"record":"body"', '"record":"digest"')],
    ["not what stands in some place", (text: string) => text.replace('"redact":[]', '"redact":["args.*"]')],
  ])("without the signatures of two is found: %s", async (_, change) => {
    const spoiled = rearchived((text) => (text.includes("no-look") ? change(text) : text), false);
    expect(await faultOf(spoiled)).toEqual(["acceptance", "config.accepted"]);
  });
});

describe("P6: whose keys counted", () => {
  test("is seen: a statement by a key that no configuration in force names meets nothing", async () => {
    // As the archives would read had mika never been in the group that must approve, or had another key.
    const changes = [
      (text: string) => text.replace(/("name":"mika"[^{}]*"groups":\[)"ops"/, "$1"),
      (text: string) => text.replace(/("name":"mika","groups":\["ops"\],"key":")[^"]*/, "$1ed25519:AAAA"),
    ];
    for (const change of changes)
      expect(await faultOf(rearchived(change))).toEqual(["claim-approvers", "request.claimed"]);
  });
});

/** What needs arguments, or a condition: the second verifier reads none and evaluates none. */
const BEYOND_SECOND: ReadonlySet<string> = new Set(["decision", "demands", "action"]);

test.skipIf(!hasPython)("P6: the second verifier finds the same at the same place, but for conditions", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kidoban-second-"));
  try {
    const [whole, ...told] = second(folder, [sealed, ...looked.map(({ bytes }) => bytes)]);
    expect(whole).toMatchObject({ kind: "proven" });
    const codes = new Set<string>();
    // What it cannot show without arguments is what ours cannot show without them.
    for (const [at, { bytes, verdict }] of [{ bytes: sealed, verdict: undefined }, ...looked].entries()) {
      if (verdict?.kind === "fault") continue;
      const ours = await verdictOf(bytes, { locked: true });
      const unproven = [whole, ...told][at]?.summary?.["unproven"];
      expect(ours).toMatchObject({ kind: "proven", summary: { unproven } });
    }
    for (const [at, { verdict }] of looked.entries()) {
      if (verdict.kind !== "fault") continue;
      const both = JSON.stringify({ verdict, other: told[at] });
      if (told[at]?.kind === "proven") {
        expect(BEYOND_SECOND.has(verdict.fault.code), both).toBe(true);
        continue;
      }
      const { code, file, line } = verdict.fault;
      expect(told[at]?.fault, both).toMatchObject({ code, file, line });
      codes.add(code);
    }
    const found = ["acceptance", "action", "claim-approvers", "config-changed", "config-missing", "config-unaccepted"];
    expect([...codes].toSorted()).toEqual([
      ...found,
      "config-unapplied",
      "decision",
      "demands",
      "intent-unapproved",
      "ledger-line",
      "line-malformed",
      "time",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
