/** What `log verify` says of approvals, where whoever writes the log lies: the chain and the signatures over it hold. */

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Request } from "../../src/approval/request.ts";
import { statementBody, signStatement, type Statement } from "../../src/approval/statement.ts";
import type { EntryBody } from "../../src/audit/entry.ts";
import type { AuditLog } from "../../src/audit/log.ts";
import { parseCheckpoint, parseNote } from "../../src/audit/checkpoint.ts";
import { assertion, authenticator, digestOf, holder, taps, tapsAll, type Holder } from "../approval/authenticator.ts";
import { obligation, person, says } from "../approval/sample.ts";
import { answered, ask, claimed, opened } from "./asked.ts";
import { bytesOf, place, verifyBytes } from "./fixture.ts";

const aiko = person("aiko", "ops");
const ben = person("ben", "finance");
const chie = holder("chie", "ops");

const byClient = (request: Request): EntryBody => ({
  kind: "request.answered",
  request: request.id,
  statement: { assurance: "client", answer: "approve" },
});
const soon = (request: Request) => request.openedAt + 1000;
const yes = (who: typeof aiko, request: Request, at = soon(request)) => says(who, request, "approve", at);
const tap = (who: Holder, request: Request, more: Parameters<typeof taps>[3] = {}) =>
  taps(who, request, "approve", { at: soon(request), ...more });

/** Records what it is told, in a gate's stream and in a desk's, both ended; gives the verdict. */
async function verdictOf(gate: (log: AuditLog) => readonly EntryBody[], desk: readonly EntryBody[] = []) {
  const { open, dir } = await place();
  const [one, two] = [await open(), await open()];
  for (const entry of gate(one)) one.record(entry);
  for (const entry of desk) two.record(entry);
  await two.close("end");
  await one.close("end");
  return verifyBytes(bytesOf(dir));
}
const verdictOn = (request: Request, statements: readonly Statement[], ...more: readonly EntryBody[]) =>
  verdictOf(
    (log) => [opened(log, request), claimed(request), ...more],
    statements.map((each) => answered(request, each)),
  );
const faultIn = (verdict: Awaited<ReturnType<typeof verdictOf>>) =>
  verdict.kind === "fault" ? [verdict.fault.code, verdict.fault.line] : verdict.kind;

describe("P6, P2: approvals in a log", () => {
  it("are proven by key and by passkey, one by one and in one gesture, across streams", async () => {
    const [one, two, three] = [ask(), ask({ obligations: [obligation({ assurance: "verified" })] }), ask()];
    const bodies = [two, three].map((each) => statementBody(each, "approve", "chie", soon(each)));
    const [second, third] = tapsAll(chie, bodies);
    const verdict = await verdictOf(
      (log) => [one, two, three].flatMap((each) => [opened(log, each), claimed(each)]),
      [answered(one, yes(aiko, one)), answered(two, second!), answered(three, third!)],
    );
    expect(verdict).toMatchObject({ kind: "proven", summary: { statements: 3, passkeys: 2 } });
  });

  it("of a human in front of the client need no statement where that suffices, and are nothing elsewhere", async () => {
    const content = ask({ obligations: [obligation({ assurance: "client" })] });
    expect(faultIn(await verdictOn(content, [], byClient(content)))).toBe("proven");
    const demanding = ask();
    expect(faultIn(await verdictOn(demanding, [], byClient(demanding)))).toEqual(["claim-unanswered", 3]);
  });

  it("are missed where one of two was removed, or all of them", async () => {
    const request = ask({ obligations: [obligation({ need: 2 })] });
    const both = [yes(aiko, request), yes(ben, request)];
    expect(faultIn(await verdictOn(request, both))).toBe("proven");
    for (const some of [both.slice(1), both.slice(0, 1), [], [both[0]!, both[0]!]])
      expect(faultIn(await verdictOn(request, some))).toEqual(["claim-unanswered", 3]);
  });

  it("are missed where a denial, a question or a weaker proof stands in their place", async () => {
    const request = ask({ obligations: [obligation({ assurance: "verified" })] });
    const others = [
      yes(aiko, request),
      taps(chie, request, "deny", { at: soon(request) }),
      taps(chie, request, "return", { at: soon(request), comment: "why?" }),
      taps(chie, request, "break-glass", { at: soon(request), comment: "fire" }),
    ];
    for (const other of others) expect(faultIn(await verdictOn(request, [other]))).toEqual(["claim-unanswered", 3]);
    expect(faultIn(await verdictOn(request, [tap(chie, request)]))).toBe("proven");
  });

  it("in stages are missed where the order is wrong or one person gave both", async () => {
    const request = ask({ obligations: [obligation({ from: ["ops"], later: [{ from: ["finance"], need: 1 }] })] });
    const at = soon(request);
    expect(faultIn(await verdictOn(request, [yes(aiko, request, at), yes(ben, request, at + 1)]))).toBe("proven");
    expect(faultIn(await verdictOn(request, [yes(aiko, request, at), yes(ben, request, at)]))).toEqual([
      "claim-unanswered",
      3,
    ]);
    expect(faultIn(await verdictOn(request, [yes(aiko, request, at), yes(aiko, request, at + 1)]))).toEqual([
      "claim-unanswered",
      3,
    ]);
  });

  it("of an excepted owner, without the ticket or after the expiry are missed; a broken glass suffices where it may", async () => {
    const owner = ask({ obligations: [obligation({ except: ["aiko"] })] });
    expect(faultIn(await verdictOn(owner, [yes(aiko, owner)]))).toEqual(["claim-unanswered", 3]);
    const ticket = ask({ obligations: [obligation({ ticket: "OPS-*" })] });
    expect(faultIn(await verdictOn(ticket, [yes(aiko, ticket)]))).toEqual(["claim-unanswered", 3]);
    const late = ask({ expiresAt: Date.now() - 1000, openedAt: Date.now() - 900_000 });
    expect(faultIn(await verdictOn(late, [yes(aiko, late, late.expiresAt + 1)]))).toEqual(["claim-unanswered", 3]);
    const glass = ask({ obligations: [obligation({ need: 3, breakGlass: ["ops"] })] });
    const broken = says(aiko, glass, "break-glass", soon(glass), "fire");
    expect(faultIn(await verdictOn(glass, [broken]))).toBe("proven");
  });

  it("may be used once, for a question that was put once", async () => {
    const request = ask();
    const given = [answered(request, yes(aiko, request))];
    expect(
      faultIn(await verdictOf((log) => [opened(log, request), claimed(request), claimed(request)], given)),
    ).toEqual(["claim-twice", 4]);
    expect(faultIn(await verdictOf((log) => [opened(log, request), opened(log, request)], given))).toEqual([
      "request-twice",
      3,
    ]);
    expect(faultIn(await verdictOf(() => [claimed(request)], given))).toEqual(["claim-unanswered", 2]);
  });

  it("are none where demands were written that are none", async () => {
    const request = ask();
    for (const obligations of [
      [],
      [{}],
      [null],
      ["x"],
      [{ ...obligation(), need: "1" }],
      [{ ...obligation(), later: [{}] }],
    ]) {
      const verdict = await verdictOf(
        (log) => [{ ...opened(log, request), obligations } as EntryBody, claimed(request)],
        [answered(request, yes(aiko, request))],
      );
      expect(faultIn(verdict), JSON.stringify(obligations)).toEqual(["claim-unanswered", 3]);
    }
  });
});

describe("P6, P2: a statement in a log", () => {
  it("swapped between two requests is found, in whichever way", async () => {
    const [one, two] = [ask(), ask()];
    const swapped = [answered(one, yes(aiko, two)), answered(two, yes(aiko, one))];
    expect(faultIn(await verdictOf((log) => [opened(log, one), opened(log, two)], swapped))).toEqual(["statement", 2]);
    // Renamed as well, the signature does not fit; with the other's nonce it is none to this question.
    const renamed = { ...yes(aiko, two), body: { ...yes(aiko, two).body, request: one.id } };
    expect(faultIn(await verdictOf((log) => [opened(log, one)], [answered(one, renamed)]))).toEqual(["statement", 2]);
    const resigned = signStatement(renamed.body, aiko.key);
    expect(faultIn(await verdictOf((log) => [opened(log, one)], [answered(one, resigned)]))).toEqual(["statement", 2]);
  });

  it("to a question that was put otherwise is found", async () => {
    const request = ask();
    const changes: readonly Partial<Request>[] = [
      { nonce: "ff".repeat(16) },
      { action: "00".repeat(32) },
      { shown: "00".repeat(32) },
      { expiresAt: request.expiresAt + 1 },
    ];
    for (const change of changes) {
      const verdict = await verdictOf(
        (log) => [opened(log, { ...request, ...change })],
        [answered(request, yes(aiko, request))],
      );
      expect(faultIn(verdict), JSON.stringify(change)).toEqual(["statement", 2]);
    }
  });

  it("with any byte of its assertion or signature changed, or any character of its body, is found", async () => {
    const request = ask();
    const good = tap(chie, request, { comment: "as agreed" });
    const texts = {
      authenticatorData: (text: string): Statement => ({
        ...good,
        passkey: { ...good.passkey!, authenticatorData: text },
      }),
      clientData: (text: string): Statement => ({ ...good, passkey: { ...good.passkey!, clientData: text } }),
      signature: (text: string): Statement => ({ ...good, signature: text }),
      comment: (text: string): Statement => ({ ...good, body: { ...good.body, comment: text } }),
      approver: (text: string): Statement => ({ ...good, body: { ...good.body, approver: text } }),
    };
    const before = {
      authenticatorData: good.passkey!.authenticatorData,
      clientData: good.passkey!.clientData,
      signature: good.signature,
      comment: "as agreed",
      approver: "chie",
    };
    expect(faultIn(await verdictOf((log) => [opened(log, request)], [answered(request, good)]))).toBe("proven");
    // All in one log each, so that the many are quick: the first spoiled one must be found at its own line.
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(Object.keys(texts) as (keyof typeof texts)[])),
        fc.nat(),
        fc.nat(),
        async (name, at, by) => {
          const text = before[name];
          const index = at % text.length;
          const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".replace(
            text[index] ?? "",
            "",
          );
          const changed = text.slice(0, index) + letters[by % letters.length] + text.slice(index + 1);
          const desk = [answered(request, good), answered(request, texts[name](changed))];
          expect(faultIn(await verdictOf((log) => [opened(log, request)], desk))).toEqual(["statement", 3]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("that claims more or less than its key proves is found", async () => {
    const request = ask();
    const tried: readonly Statement[] = [
      { ...yes(aiko, request), assurance: "verified" },
      { ...tap(chie, request), assurance: "operator" },
      { ...yes(aiko, request), passkey: tap(chie, request).passkey! },
      { ...yes(aiko, request), key: ben.approver.key },
      tap(chie, request, { said: { flags: 0x01 } }),
      tap(chie, request, { said: { rp: "example.com" } }),
      tap(chie, request, { said: { client: { crossOrigin: true } } }),
      tap(chie, request, { said: { client: { origin: "nowhere" } } }),
    ];
    for (const statement of tried)
      expect(faultIn(await verdictOf((log) => [opened(log, request)], [answered(request, statement)]))).toEqual([
        "statement",
        2,
      ]);
  });

  it("by a passkey proves itself wherever it was made, under a domain above it too", async () => {
    const request = ask();
    for (const [rp, origin] of [
      ["example.com", "https://kidoban.example.com:8443"],
      ["localhost", "http://localhost:1"],
    ] as const) {
      const by = authenticator("es256", { rp, origin });
      const statement = taps({ approver: { name: "dan", groups: [] }, authenticator: by }, request, "approve", {
        at: soon(request),
      });
      expect(faultIn(await verdictOn(request, [statement]))).toBe("proven");
    }
    const strange = authenticator("es256", { rp: "ample.com", origin: "https://example.com" });
    const body = statementBody(request, "approve", "dan", soon(request));
    const { assertion: passkey, signature } = assertion(strange, digestOf(body));
    const statement: Statement = { body, assurance: "verified", key: strange.passkey.key, signature, passkey };
    expect(faultIn(await verdictOn(request, [statement]))).toEqual(["statement", 2]);
  });

  it("names the ledger that its approver saw: history before it cannot be written anew by whoever has the log's key", async () => {
    const { open, dir, store } = await place();
    const gate = await open();
    const request = ask();
    gate.record(opened(gate, request));
    await gate.synced();
    const { size, root } = parseCheckpoint(parseNote((await store.lastCheckpoint()) ?? "")?.text ?? "")!;
    const answer = (seen: { size: number; root: string }) =>
      answered(request, signStatement(statementBody(request, "approve", "aiko", soon(request), {}, seen), aiko.key));
    gate.record(answer({ size, root }));
    gate.record(answer({ size: 0, root: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }));
    await gate.synced();
    expect(faultIn(await verifyBytes(bytesOf(dir)))).toBe("proven");
    gate.record(answer({ size, root: "00".repeat(32) }));
    await gate.close("end");
    expect(faultIn(await verifyBytes(bytesOf(dir)))).toEqual(["statement-seen", 5]);

    const other = await place();
    const again = await other.open();
    again.record(opened(again, request));
    again.record(answer({ size, root }));
    await again.close("end");
    expect(faultIn(await verifyBytes(bytesOf(other.dir)))).toEqual(["statement-seen", 3]);
  });
});

it("P6: a claim of this minute in a log that is still written is left for the next time, an older one is not", async () => {
  const { open, dir } = await place();
  const gate = await open();
  const request = ask();
  gate.record(opened(gate, request));
  gate.record(claimed(request));
  await gate.synced();
  expect(faultIn(await verifyBytes(bytesOf(dir)))).toBe("proven");
  const later = await open({ now: () => Date.now() + 120_000 });
  later.record({ kind: "config.proposed", digest: "00" });
  await later.synced();
  expect(faultIn(await verifyBytes(bytesOf(dir)))).toEqual(["claim-unanswered", 3]);
});
