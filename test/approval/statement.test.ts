import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { signBody } from "../../src/approval/signature.ts";
import {
  signStatement,
  statementBody,
  verifyStatement,
  type Statement,
  type StatementBody,
} from "../../src/approval/statement.ts";
import { person, sampleRequest, says, T0 } from "./sample.ts";

const aiko = person("aiko", "ops");
const ben = person("ben");
const approvers = [aiko.approver, ben.approver];
const request = sampleRequest();
const yes = says(aiko, request, "approve");

const why = (statement: Statement, about = request, known = approvers) => {
  const verified = verifyStatement(statement, about, known);
  return verified.ok ? "ok" : verified.why;
};

describe("a statement", () => {
  it("counts for the request it was made for", () => {
    expect(verifyStatement(yes, request, approvers)).toEqual({ ok: true, approver: aiko.approver });
  });

  it("is signed under its own domain, over canonical JSON", () => {
    expect(yes.signature).toBe(signBody("kidoban-statement/v1", yes.body, aiko.key));
    const turned = Object.fromEntries(Object.entries(yes.body).toReversed()) as unknown as StatementBody;
    expect(why({ ...yes, body: turned })).toBe("ok");
  });

  it("made for resuming after a stop approves nothing (P2)", () => {
    expect(why({ ...yes, signature: signBody("kidoban-resume/v1", yes.body, aiko.key) })).toBe("signature");
  });
});

describe("an attacker cannot make a statement count (P2, P7)", () => {
  it("by replaying it for another request, even for the same action", () => {
    const other = sampleRequest();
    expect(other.action).toBe(request.action);
    expect(why(yes, other)).toBe("other-request");
    expect(why({ ...yes, body: { ...yes.body, request: other.id, nonce: other.nonce } }, other)).toBe("signature");
  });

  it("by reusing a request's id with another nonce", () => {
    expect(why(yes, { ...request, nonce: "ff".repeat(16) })).toBe("other-request");
  });

  it("by changing what runs after it was shown", () => {
    const other = sampleRequest({ id: request.id, nonce: request.nonce }, { path: "/etc/passwd" });
    expect(why(yes, other)).toBe("other-action");
  });

  it("by showing something else for the same action", () => {
    expect(why(yes, { ...request, shown: "00".repeat(32) })).toBe("shown-otherwise");
  });

  it("by flipping its answer", () => {
    const no = says(aiko, request, "deny");
    expect(why({ ...no, body: { ...no.body, answer: "approve" } })).toBe("signature");
  });

  it("by stretching the expiry, of the request or of both", () => {
    const longer = { ...request, expiresAt: request.expiresAt + 1 };
    expect(why(yes, longer)).toBe("other-expiry");
    expect(why({ ...yes, body: { ...yes.body, expiresAt: longer.expiresAt } }, longer)).toBe("signature");
  });

  it("by answering after the expiry", () => {
    expect(why(says(aiko, request, "approve", request.expiresAt))).toBe("ok");
    expect(why(says(aiko, request, "approve", request.expiresAt + 1))).toBe("too-late");
  });

  it("with the key of somebody who was removed, or replaced", () => {
    expect(why(yes, request, [ben.approver])).toBe("unknown-approver");
    expect(why(yes, request, [{ ...aiko.approver, key: person("aiko").approver.key }])).toBe("other-key");
  });

  it("in somebody else's name", () => {
    const forged = signStatement(statementBody(request, "approve", "aiko", T0), ben.key);
    expect(why(forged)).toBe("other-key");
    expect(why({ ...forged, key: aiko.approver.key })).toBe("signature");
  });

  it("by claiming a higher or a lower assurance than its key proves", () => {
    expect(why({ ...yes, assurance: "verified" })).toBe("assurance");
    expect(why({ ...yes, assurance: "client" })).toBe("assurance");
  });

  it("by adding, dropping or changing any member of what was signed", () => {
    expect(why({ ...yes, body: { ...yes.body, comment: "sure" } })).toBe("signature");
    expect(why({ ...yes, body: { ...yes.body, answeredAt: yes.body.answeredAt + 1 } })).toBe("signature");
    const commented = says(aiko, request, "approve", T0, "only this once");
    const { comment: _comment, ...bare } = commented.body;
    expect(why({ ...commented, body: bare })).toBe("signature");
  });

  it.each([
    ["an empty signature", ""],
    ["padding", `${yes.signature}==`],
    ["junk that base64 decoders skip", `${yes.signature.slice(0, 85)}!${yes.signature.slice(85)}`],
    ["zeros", "A".repeat(86)],
  ])("with %s", (_what, signature) => {
    expect(why({ ...yes, signature })).toBe("signature");
  });

  it.each([
    ["another version", { v: 2 }],
    ["an answer that is neither yes nor no", { answer: "approved" }],
    ["a time that is no number", { answeredAt: "soon" }],
    ["a time that is not finite", { answeredAt: Number.NaN }],
  ])("with %s", (_what, more) => {
    const body = { ...yes.body, ...more } as unknown as StatementBody;
    expect(why({ ...yes, body })).toBe("malformed");
  });

  it("with a comment that has no canonical form: refused, not thrown", () => {
    expect(why({ ...yes, body: { ...yes.body, comment: "\ud800" } })).toBe("signature");
  });

  it("with a key of another kind under an approver's name", () => {
    const { privateKey } = generateKeyPairSync("ed448");
    expect(() => signStatement(yes.body, privateKey)).toThrow(TypeError);
    expect(why(yes, request, [{ ...aiko.approver, key: "ed25519:" }])).toBe("other-key");
    expect(why({ ...yes, key: "ed25519:" }, request, [{ ...aiko.approver, key: "ed25519:" }])).toBe("signature");
  });
});
