import * as fc from "fast-check";
import { expect, test } from "vitest";
import { momentOf, timeText } from "../../src/audit/moment.ts";

const moments = fc.integer({
  min: Date.parse("1970-01-01T00:00:00.000Z"),
  max: Date.parse("9999-12-31T23:59:50.000Z"),
});

test("a moment is written as the engine writes it, and read again as what it was", () => {
  fc.assert(
    fc.property(moments, fc.array(fc.integer({ min: -1500, max: 1500 })), (at, steps) => {
      for (const step of [0, ...steps]) {
        const moment = Math.max(0, at + step);
        expect(timeText(moment)).toBe(new Date(moment).toISOString());
        expect(momentOf(timeText(moment))).toBe(moment);
      }
    }),
  );
  expect(timeText(1.5)).toBe(new Date(1.5).toISOString());
});
