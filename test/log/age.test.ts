import { describe, expect, test } from "vitest";
import { isBehind, writtenBefore } from "../../src/log/age.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2032-06-01T12:00:00Z");
const YEAR = 365 * DAY;
/** Signed once in so many days, for so long, until then. */
const regular = (until: number, long: number, every: number): readonly number[] =>
  Array.from({ length: Math.floor(long / every) + 1 }, (_, i) => until - i * every).toReversed();

describe("P6: age by what was signed", () => {
  test("of a log in use it is what the clock says", () => {
    expect(writtenBefore(regular(NOW, 6 * YEAR, 20 * DAY), NOW, 5 * YEAR)).toBe(NOW - 5 * YEAR);
  });

  test("nothing is older than the ledger", () => {
    expect(writtenBefore(regular(NOW, YEAR, DAY), NOW, 2 * YEAR)).toBe(0);
    expect(writtenBefore([], NOW, YEAR)).toBe(0);
  });

  test("a leap counts for a month, wherever it lies, and as often as it is tried", () => {
    const year = regular(NOW, YEAR, DAY);
    for (const times of [year, [...year, NOW + 6 * YEAR], [...year, NOW + 6 * YEAR, NOW + 6 * YEAR, NOW + 6 * YEAR]])
      expect(writtenBefore(times, NOW + 6 * YEAR, 183 * DAY)).toBe(NOW - (183 - 31) * DAY);
  });

  test("a time that went back counts for nothing", () => {
    const times = [...regular(NOW, YEAR, DAY), NOW - 3 * YEAR, NOW - 2 * YEAR, NOW - YEAR];
    expect(writtenBefore(times, NOW, 300 * DAY)).toBe(NOW - 300 * DAY);
    expect(writtenBefore(times, NOW, 400 * DAY)).toBe(0);
  });

  test("with times that are not there yet, or that nobody can read, nothing is known to be old", () => {
    for (const odd of [NOW + 2 * DAY, Number.NaN]) {
      const times = [...regular(NOW, YEAR, DAY), odd];
      expect([isBehind(times, NOW), writtenBefore(times, NOW, DAY)]).toEqual([true, 0]);
    }
  });
});
