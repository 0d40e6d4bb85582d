/** A moment as entries and leaves write it: RFC 3339 in UTC with milliseconds, and one that there was. Pure. */

import { remembered } from "../policy/remembered.ts";

const SECOND_CHARS = "2026-11-22T00:00:00".length;
const FRACTION = /^\.\d{3}Z$/;

// Of many entries in one second, the calendar is asked once.
const secondAt = remembered(startOf);
const secondText = remembered((second: number) => new Date(second * 1000).toISOString().slice(0, SECOND_CHARS));

/** ms; undefined for a day or an hour that no calendar has, which would compare with nothing. */
export function momentOf(time: string): number | undefined {
  const [own, fraction] = [time.slice(0, SECOND_CHARS), time.slice(SECOND_CHARS)];
  if (!FRACTION.test(fraction)) return undefined;
  const startsAt = secondAt(own);
  return startsAt === undefined ? undefined : startsAt + Number(fraction.slice(1, 4));
}

/** As `toISOString` gives it, `at` in ms. */
export function timeText(at: number): string {
  const second = Math.floor(at / 1000);
  return `${secondText(second)}.${String(Math.floor(at - second * 1000)).padStart(3, "0")}Z`;
}

function startOf(text: string): number | undefined {
  const time = `${text}.000Z`;
  const at = Date.parse(time);
  return Number.isNaN(at) || time < "0001" || new Date(at).toISOString() !== time ? undefined : at;
}

/** How far times may be apart that should be the same, of two clocks or of one that was put right, ms. */
export const CLOCK_MS = 60_000;
const ANY_TIME = ["", "~"] as const;

/**
 * The earliest and the latest time of an entry that was written between these two leaves of its stream, whichever of them is
 * the later, since a clock may be set back; where one of them is missing, any. Times are written in one way, so texts compare.
 */
export function timesBetween(before: string | undefined, over: string | undefined): readonly [string, string] {
  if (before === undefined || over === undefined) return ANY_TIME;
  const [low = 0, high = 0] = [Date.parse(before), Date.parse(over)].toSorted((a, b) => a - b);
  return [new Date(low - CLOCK_MS).toISOString(), new Date(high + CLOCK_MS).toISOString()];
}
