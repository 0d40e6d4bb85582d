import { describe, expect, it } from "vitest";
import { closedUntil } from "../../src/approval/denials.ts";

const minute = 60_000;
const at = (...minutes: readonly number[]): readonly number[] => minutes.map((each) => each * minute);

describe("a tool is closed", () => {
  it("for fifteen minutes by the third denial within ten", () => {
    expect(closedUntil(at(0, 4, 9), 9 * minute)).toBe(24 * minute);
    expect(closedUntil(at(0, 4, 9), 24 * minute - 1)).toBe(24 * minute);
    expect(closedUntil(at(0, 4, 9), 24 * minute)).toBeUndefined();
    expect(closedUntil(at(0, 4, 10), 10 * minute)).toBe(25 * minute);
  });
  it("not by two, nor by three that are further apart", () => {
    expect(closedUntil(at(0, 1), minute)).toBeUndefined();
    expect(closedUntil(at(0, 4, 10.1), 11 * minute)).toBeUndefined();
    expect(closedUntil([], 0)).toBeUndefined();
  });
  it("longer by each further one that counts", () => {
    expect(closedUntil(at(0, 1, 2, 8), 9 * minute)).toBe(23 * minute);
    expect(closedUntil(at(0, 1, 2, 14), 16 * minute)).toBe(17 * minute);
  });
});
