/** Times to come as people write them: a local date and time, or how long after another time. */

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
