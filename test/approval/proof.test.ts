import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Approver } from "../../src/approval/approver.ts";
import { challengeFor, MOST_IN_BATCH } from "../../src/approval/proof.ts";
import { messageDigest } from "../../src/approval/signature.ts";
import { statementBody, verifyStatement, type Statement } from "../../src/approval/statement.ts";
import { assertion, authenticator, digestOf, holder, taps, tapsAll } from "./authenticator.ts";
import { person, sampleRequest, says, T0 } from "./sample.ts";

const aiko = holder("aiko", "ops");
const ben = holder("ben", "ops");
const chie = person("chie");
const approvers: readonly Approver[] = [aiko.approver, ben.approver, chie.approver];
const request = sampleRequest();

const why = (statement: unknown, about = request, known = approvers): string => {
  const verified = verifyStatement(statement as Statement, about, known);
  return verified.ok ? "ok" : verified.why;
};

describe("a statement under a passkey", () => {
  const yes = taps(aiko, request, "approve");

  it("counts as verified", () => {
    expect(why(yes)).toBe("ok");
    expect(yes.assurance).toBe("verified");
  });

  it("replayed for another request, another nonce or another view of it counts for nothing (P2)", () => {
    const other = sampleRequest();
    expect(why(yes, other)).toBe("other-request");
    const moved = statementBody(other, "approve", "aiko", yes.body.answeredAt);
    expect(why({ ...yes, body: moved }, other)).toBe("signature");
    expect(why({ ...yes, body: { ...yes.body, shown: "00".repeat(32) } }, { ...request, shown: "00".repeat(32) })).toBe(
      "signature",
    );
  });

  it("taken for the other answer counts for nothing (P2)", () => {
    const no = taps(aiko, request, "deny");
    expect(why({ ...no, body: { ...no.body, answer: "approve" } })).toBe("signature");
    expect(why({ ...yes, body: { ...yes.body, answer: "deny" } })).toBe("signature");
  });

  it("counts for nothing with a comment, a ticket, a deputy or a checkpoint that was added (P2)", () => {
    for (const more of [{ comment: "x" }, { ticket: "A-1" }, { standsFor: "ben" }, { seen: { size: 1, root: "00" } }])
      expect(why({ ...yes, body: { ...yes.body, ...more } })).toBe("signature");
  });

  it("is neither an operator's nor a client's word, and an operator's is not verified (P2)", () => {
    expect(why({ ...yes, assurance: "operator" })).toBe("assurance");
    expect(why({ ...yes, assurance: "client" })).toBe("assurance");
    expect(why({ ...says(chie, request, "approve"), assurance: "verified" })).toBe("assurance");
  });

  it("does not count without its assertion, nor an Ed25519 signature with one (P2)", () => {
    const { passkey, ...bare } = yes;
    expect(why({ ...bare, assurance: "operator" })).toBe("signature");
    expect(why({ ...bare })).toBe("signature");
    const typed = says(chie, request, "approve");
    expect(why({ ...typed, passkey })).toBe("signature");
    expect(why({ ...typed, passkey, assurance: "verified" })).toBe("signature");
    expect(why({ ...yes, key: chie.approver.key })).toBe("other-key");
    const both: Approver = { ...aiko.approver, key: chie.approver.key };
    expect(why({ ...yes, key: chie.approver.key }, request, [both])).toBe("signature");
  });

  it("in another's name, or by a passkey that was removed since, counts for nothing (P2)", () => {
    expect(why({ ...yes, body: { ...yes.body, approver: "ben" } })).toBe("other-key");
    expect(why({ ...yes, key: ben.authenticator.passkey.key })).toBe("other-key");
    const { passkeys: _none, ...without } = aiko.approver;
    expect(why(yes, request, [without])).toBe("other-key");
    expect(why(yes, request, [{ ...aiko.approver, roles: ["owner", "operator", "auditor"] }])).toBe("no-approver");
  });

  it("whose passkey was enrolled at another origin than it was made at counts for nothing (P7)", () => {
    const [passkey] = aiko.approver.passkeys ?? [];
    const elsewhere: Approver = { ...aiko.approver, passkeys: [{ ...passkey!, origin: "http://kidoban.localhost:9" }] };
    expect(why(yes, request, [elsewhere])).toBe("signature");
  });

  it.each([
    ["without user verification", { flags: 0x01 }],
    ["on another port", { client: { origin: "http://kidoban.localhost:7321" } }],
    ["in a frame", { client: { crossOrigin: true } }],
    ["for another relying party", { rp: "localhost" }],
  ])("made %s counts for nothing (P7)", (_name, said) => {
    expect(why(taps(aiko, request, "approve", { said }))).toBe("signature");
  });

  it("for a login, a pass or a resumption, with the same members, approves nothing (P2)", () => {
    for (const domain of ["kidoban-login/v1", "kidoban-pass/v1", "kidoban-resume/v1", "kidoban-batch/v1"] as const) {
      const { assertion: passkey, signature } = assertion(aiko.authenticator, messageDigest(domain, yes.body));
      expect(why({ ...yes, passkey, signature })).toBe("signature");
    }
  });

  it("with an assertion of other shapes is refused, not thrown (P11)", () => {
    for (const passkey of [
      null,
      {},
      [],
      "x",
      { authenticatorData: 1 },
      { ...yes.passkey, batch: "x" },
      { ...yes.passkey, batch: {} },
    ])
      expect(why({ ...yes, passkey })).toBe("signature");
  });
});

describe("one gesture over several answers", () => {
  const requests = Array.from({ length: 3 }, () => sampleRequest());
  const bodies = requests.map((each) => statementBody(each, "approve", "aiko", T0 + 1000));
  const all = tapsAll(aiko, bodies);

  it("counts for each of them, and for nothing else (P2)", () => {
    all.forEach((statement, index) => expect(why(statement, requests[index])).toBe("ok"));
    const other = sampleRequest();
    const stranger = { ...all[0]!, body: statementBody(other, "approve", "aiko", T0 + 1000) };
    expect(why(stranger, other)).toBe("signature");
    expect(why({ ...all[0]!, body: { ...all[0]!.body, answer: "deny" } }, requests[0])).toBe("signature");
  });

  it("does not hold for a list that is longer, shorter, in another order or with one twice (P2)", () => {
    const [first] = all;
    const { batch = [] } = first!.passkey!;
    const extra = digestOf(statementBody(sampleRequest(), "approve", "aiko", T0)).toString("hex");
    const lists = [
      undefined,
      [],
      batch.slice(0, 1),
      batch.slice(0, 2),
      batch.toReversed(),
      [...batch, extra],
      [...batch, batch[0]],
      [batch[0]!.toUpperCase(), ...batch.slice(1)],
    ];
    for (const list of lists) {
      const { batch: _batch, ...bare } = first!.passkey!;
      const passkey = list === undefined ? bare : { ...bare, batch: list };
      expect(why({ ...first!, passkey }, requests[0])).toBe("signature");
    }
  });

  /** A list as signed, whatever it is, under the first of the answers. */
  const under = (batch: readonly string[]) => {
    const challenge = messageDigest("kidoban-batch/v1", { v: 1, batch });
    const { assertion: made, signature } = assertion(aiko.authenticator, challenge);
    return why({ ...all[0]!, signature, passkey: { ...made, batch } }, requests[0]);
  };

  it("is none of one alone, of one twice, of more than twenty or of what is no digest, even if signed (P2)", () => {
    const own = digestOf(bodies[0]!).toString("hex");
    const others = Array.from({ length: MOST_IN_BATCH }, (_, index) => index.toString(16).padStart(64, "0"));
    expect(under([own, ...others.slice(0, 19)])).toBe("ok");
    expect(under([...others.slice(0, 19), own])).toBe("ok");
    for (const batch of [[own], [own, own], [own, ...others], others, [own, "x"], [own, own.toUpperCase()], [own, ""]])
      expect(under(batch), String(batch.length)).toBe("signature");
  });

  it("is never asked for: a batch of none, of one twice or of too many throws", () => {
    const digests = Array.from({ length: 21 }, (_, index) => Buffer.alloc(32, index));
    expect(challengeFor(digests.slice(0, 1))).toEqual(digests[0]);
    expect(challengeFor(digests.slice(0, 20))).toHaveLength(32);
    for (const wrong of [[], digests, [digests[0]!, digests[0]!]])
      expect(() => challengeFor(wrong)).toThrow(RangeError);
  });
});

it("a passkey proves nothing for an approver who has it under another name only", () => {
  const stranger = { approver: { name: "aiko", groups: [] }, authenticator: authenticator() };
  expect(why(taps(stranger, request, "approve"))).toBe("other-key");
});

it("an RSA key, and an EC key, sign no statement by themselves", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  expect(() => says({ ...chie, key: privateKey }, request, "approve")).toThrow(TypeError);
});
