/** The systemd unit, by systemd's own judgement. Where systemd is not installed it says so and is skipped. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { toItsEnd } from "../to-its-end.ts";

const UNIT = resolve(import.meta.dirname, "../../packaging/systemd/kidoban.service");
const analyze = (...args: string[]) =>
  toItsEnd("systemd-analyze", args, { env: { ...process.env, SYSTEMD_PAGER: "cat" } });
const isThere = analyze("--version").status === 0;
if (!isThere) process.stderr.write("test/packaging/unit.test.ts is skipped in part: there is no systemd-analyze\n");

const text = readFileSync(UNIT, "utf8");
const valueOf = (key: string): readonly string[] =>
  text.split("\n").flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));

describe("packaging/systemd/kidoban.service", () => {
  test.runIf(isThere)("is a unit that systemd reads without a complaint", () => {
    const { status, stdout, stderr } = analyze("verify", UNIT);
    // The program need not be installed where the tests run.
    const complaints = (stdout + stderr)
      .split("\n")
      .filter((line) => line !== "" && !line.includes("is not executable"));
    expect([status, complaints]).toEqual([0, []]);
  });

  test.runIf(isThere)("leaves less open than systemd calls OK (at most 1.5 of 10)", () => {
    expect(analyze("security", "--offline=true", "--threshold=15", UNIT).status).toBe(0);
  });

  test("takes every right away that a gate does not need, and none that Node needs (P11)", () => {
    for (const key of ["NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictNamespaces"])
      expect(valueOf(key), key).toEqual(["yes"]);
    expect(valueOf("ProtectSystem")).toEqual(["strict"]);
    expect(valueOf("CapabilityBoundingSet")).toEqual([""]);
    expect(valueOf("UMask")).toEqual(["0077"]);
    expect(valueOf("LimitCORE")).toEqual(["0"]);
    // Compiled JavaScript is memory that is written and run.
    expect(valueOf("MemoryDenyWriteExecute")).toEqual([]);
    // Behind it every owner but root and the gate looks alike, and the agent's own file like a stranger's.
    expect(valueOf("PrivateUsers")).toEqual([]);
  });
});
