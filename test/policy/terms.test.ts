/** Terms as written over the floor's, and what a change of them is called. */

import { describe, expect, it } from "vitest";
import type { Floor } from "../../src/policy/manifest.ts";
import { narrows } from "../../src/policy/narrower.ts";
import { compilePolicy } from "../../src/policy/policy.ts";
import { obligation } from "../../src/policy/settle.ts";
import { rule, sources } from "./build.ts";

const floor: Floor = {
  from: ["ops"],
  need: 2,
  assurance: "operator",
  expiresMs: 900_000,
  redeemMs: 300_000,
  later: [{ from: ["finance"], need: 1 }],
  escalate: [{ afterMs: 60_000, to: ["oncall"] }],
  breakGlass: ["owners"],
  edit: ["subject"],
  ticket: "OPS-*",
};

describe("terms over a floor", () => {
  it("say all that they leave out", () => {
    expect(obligation("r", { assurance: "verified" }, floor, undefined)).toEqual({
      ...floor,
      rule: "r",
      assurance: "verified",
    });
  });

  it("that name their own groups have no stages and let nobody in later but as they say (P2)", () => {
    const own = obligation("r", { from: ["finance"], need: 1 }, floor, undefined);
    expect(own).toMatchObject({ from: ["finance"], need: 1, breakGlass: ["owners"], ticket: "OPS-*" });
    expect(own).not.toHaveProperty("then");
    expect(own).not.toHaveProperty("escalate");
    expect(obligation("r", { from: ["finance"], escalate: [] }, floor, undefined)).not.toHaveProperty("escalate");
    const later = obligation("r", { from: ["finance"], escalate: [{ afterMs: 5, to: ["x"] }] }, floor, undefined);
    expect(later).toMatchObject({ escalate: [{ afterMs: 5, to: ["x"] }] });
  });

  it("keep out the owner of whose agent it is", () => {
    expect(obligation("r", { distinct: ["owner"] }, floor, "aiko")).toMatchObject({ except: ["aiko"] });
    expect(obligation("r", { distinct: [] }, { ...floor, distinct: ["owner"] }, "aiko")).not.toHaveProperty("except");
  });
});

const ownedBy = (owner: string) => {
  const made = sources({
    rules: [rule("a", "ask", { match: ["files/write_file"], approval: { distinct: ["owner"] } })],
  });
  const { policy } = compilePolicy({ ...made, manifest: { ...made.manifest, owner } });
  const at = policy.servers.get("files")!;
  return { at, target: at.targets.tool.get("write_file")!, policy };
};

it("P12: another owner of an agent whose owner may not approve is no tightening", () => {
  expect(narrows(ownedBy("aiko"), ownedBy("aiko"))).toBe(true);
  expect(narrows(ownedBy("aiko"), ownedBy("ben"))).toBe(false);
});
