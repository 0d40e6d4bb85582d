/** Durations as people write them: 30s, 15m, 12h, 90d, 5y. */

import * as z from "zod";
import { say } from "./shape.ts";

const FORM = /^(\d{1,6})(ms|s|m|h|d|y)$/;
/** A year has 365 days. */
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  y: 365 * 86_400_000,
};

/** As files write it, in the largest unit that loses nothing: 90s for 90 s, 2m for 120 s. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(UNIT_MS).findLast(([, each]) => ms > 0 && ms % each === 0) ?? ["ms", 1];
  return `${ms / size}${unit}`;
}

/** A text that `durationMs` reads, between two that are written the same way. */
export const duration = (least: string, most: string, description: string) =>
  z
    .string()
    .regex(FORM, say("bad-duration"))
    // NaN is neither: that it is no duration at all has been said.
    .refine((written) => !(durationMs(written) < durationMs(least) || durationMs(written) > durationMs(most)), {
      error: `duration-range ${least} ${most}`,
    })
    .meta({ description: `${description} (${least} to ${most})` });

/** In ms; NaN when it is not a duration. */
export function durationMs(written: string): number {
  const [, count, unit] = FORM.exec(written) ?? [];
  return Number(count) * (UNIT_MS[unit ?? ""] ?? NaN);
}
