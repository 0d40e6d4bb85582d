import { expect, test } from "vitest";
import { passLeave, signPass, type PassBody } from "../../src/approval/pass.ts";
import type { EntryBody } from "../../src/audit/entry.ts";
import { passProof } from "../../src/audit/passes.ts";
import { person, samplePass, T0 } from "../approval/sample.ts";

const aiko = person("aiko");
const body = samplePass();
const signature = signPass(passLeave(body, "aiko", T0), aiko.key);
const target = { server: body.server, kind: body.kind, name: body.name };
const issued = (more: Partial<Extract<EntryBody, { readonly kind: "pass.issued" }>> = {}): EntryBody => ({
  kind: "pass.issued",
  pass: "p1",
  agent: "worker",
  target,
  by: "aiko",
  body,
  signatures: [signature],
  ...more,
});
const used = (use: number, more: Partial<Extract<EntryBody, { readonly kind: "pass.used" }>> = {}): EntryBody => ({
  kind: "pass.used",
  pass: "p1",
  call: `c${use}`,
  agent: "worker",
  use,
  signers: ["aiko"],
  ...more,
});
/** The first fault of these entries, one a line. */
function faultOf(...entries: readonly EntryBody[]): string | undefined {
  const proof = passProof();
  for (const [index, entry] of entries.entries()) {
    const fault = proof.take(entry, new Date(T0).toISOString(), "stream", index + 1);
    if (fault !== undefined) return fault;
  }
  return proof.end(Infinity, () => undefined)?.code;
}

test("P6: a pass and its uses are proven by the log alone, in whatever order its streams are read", () => {
  expect(faultOf(issued(), used(1), used(2))).toBeUndefined();
  expect(faultOf(used(2), used(1), issued(), issued())).toBeUndefined();
});

test("P6: attack: a pass that nobody signed, or signed otherwise, is found", () => {
  for (const more of [
    { body: { ...body, count: 9 } },
    { signatures: [] },
    { signatures: [{ ...signature, approver: "ben" }] },
    { signatures: [{ ...signature, assurance: "verified" as const }] },
    { body: { ...body, pass: "p2" } },
    { body: {} as PassBody },
  ])
    expect(faultOf(issued(more))).toBe("pass-signature");
});

test("P6: attack: a use without a pass, too many of them, one twice, or by others than signed, is found", () => {
  expect(faultOf(used(1))).toBe("pass-use");
  expect(faultOf(issued(), used(3))).toBe("pass-use");
  expect(faultOf(issued(), used(1), used(1))).toBe("pass-use");
  expect(faultOf(issued(), used(1, { signers: ["ben"] }))).toBe("pass-use");
  expect(faultOf(issued(), used(1, { signers: [] }))).toBe("pass-use");
});
