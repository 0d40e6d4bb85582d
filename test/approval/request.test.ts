import { describe, expect, it } from "vitest";
import { isLive, isOverdue, mayBecome, redeemUntil, type RequestState } from "../../src/approval/request.ts";
import { obligation } from "./sample.ts";

const STATES = [
  "pending",
  "approved",
  "executing",
  "succeeded",
  "failed",
  "unknown",
  "denied",
  "expired",
  "withdrawn",
  "invalidated",
] as const satisfies readonly RequestState[];

/** Every state by every step: x where it may happen. Columns in the order of the rows. */
const TABLE = `
              pe ap ex su fa un de ex wi in
  pending      .  x  .  .  .  .  x  x  x  x
  approved     .  .  x  .  .  .  x  x  x  x
  executing    .  .  .  x  x  x  .  .  .  .
  succeeded    .  .  .  .  .  .  .  .  .  .
  failed       .  .  .  .  .  .  .  .  .  .
  unknown      .  .  .  .  .  .  .  .  .  .
  denied       .  .  .  .  .  .  .  .  .  .
  expired      .  .  .  .  .  .  .  .  .  .
  withdrawn    .  .  .  .  .  .  .  .  .  .
  invalidated  .  .  .  .  .  .  .  .  .  .
`;

describe("the states of a request", () => {
  it("only these steps may happen; what has ended stays ended (P2, P5)", () => {
    const rows = STATES.map(
      (from) => `  ${from.padEnd(12)}${STATES.map((to) => (mayBecome(from, to) ? " x" : " .")).join(" ")}`,
    );
    expect(`\n${["              pe ap ex su fa un de ex wi in", ...rows].join("\n")}\n`).toBe(TABLE);
  });

  it("live ones are those that an identical call joins", () => {
    expect(STATES.filter(isLive)).toEqual(["pending", "approved", "executing"]);
  });
});

describe("the time of a request", () => {
  const times = { expiresAt: 100, redeemUntil: 200 };

  it.each(STATES)("%s is overdue only while it can still be answered or used", (state) => {
    expect(isOverdue({ state, ...times }, 100)).toBe(false);
    expect(isOverdue({ state, ...times }, 101)).toBe(state === "pending");
    expect(isOverdue({ state, ...times }, 201)).toBe(state === "pending" || state === "approved");
  });

  it("an approval without a time to use it by is overdue (P11)", () => {
    expect(isOverdue({ state: "approved", expiresAt: 100 }, 0)).toBe(true);
  });

  it("an approval lasts as long as its shortest obligation, from the answer that met them", () => {
    expect(redeemUntil([obligation({ redeemMs: 300 }), obligation({ redeemMs: 200 })], 1000)).toBe(1200);
  });
});
