/** Times as people write them: a local date and time, or how long before or after another time. */

import { durationMs } from "../config/duration.ts";

const WRITTEN = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** Ms since the epoch; NaN where the text is no time. */
export function momentOf(text: string, after: number): number {
  const span = durationMs(text);
  if (!Number.isNaN(span)) return after + span;
  if (!WRITTEN.test(text)) return Number.NaN;
  // Without a time, Date would take the date for UTC.
  return Date.parse(text.includes("T") ? text : `${text}T00:00`);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A local date, a date with time, or how long ago; NaN when it is none of them. */
export function pastMoment(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (!/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)?)?$/.test(text)) return Number.NaN;
  // Without a time, Date would take the date for UTC.
  return Date.parse(text.includes("T") ? text : `${text}T00:00`);
}
