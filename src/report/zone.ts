/** Dates and hours as a clock in one time zone shows them, cheap enough for millions of entries. Pure: the zone is given. */

export interface LocalHour {
  /** `2026-11-22`. */
  readonly day: string;
  /** 0 to 23. */
  readonly hour: number;
  /** Saturday or Sunday. */
  readonly weekend: boolean;
}

/** No zone of today changes its offset inside a quarter of an hour. */
const SLOT_MS = 15 * 60_000;
const MOST_SLOTS = 50_000;

/** Whether there is a zone of this name, e.g. `Asia/Tokyo`. */
export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format(0) !== "";
  } catch {
    return false;
  }
}

/** For times in ms. Throws RangeError for no time zone. */
export function localHours(timeZone: string): (at: number) => LocalHour {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    weekday: "short",
  });
  const slots = new Map<number, LocalHour>();
  return (at) => {
    const slot = Math.floor(at / SLOT_MS);
    const known = slots.get(slot);
    if (known !== undefined) return known;
    const found = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, value]));
    const hour: LocalHour = {
      day: `${found["year"]}-${found["month"]}-${found["day"]}`,
      hour: Number(found["hour"]),
      weekend: found["weekday"] === "Sat" || found["weekday"] === "Sun",
    };
    if (slots.size >= MOST_SLOTS) slots.clear();
    slots.set(slot, hour);
    return hour;
  };
}

/** `2026-11-22 16:05` in a zone. */
export function localMinutes(timeZone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return (at) => format.format(at);
}

/** Every day of the period as the zone counts them, in order. `until` is exclusive. */
export function daysBetween(from: number, until: number, timeZone: string): readonly string[] {
  const hourOf = localHours(timeZone);
  const days = new Set<string>();
  for (let at = from; at < until; at += 6 * 3_600_000) days.add(hourOf(at).day);
  if (until > from) days.add(hourOf(until - 1).day);
  return [...days];
}

const WRITTEN = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?)?$/;

/** The moment at which a clock in the zone shows a date, or a date and time, in ms; undefined for any other text. */
export function momentIn(text: string, timeZone: string): number | undefined {
  const [, ...found] = WRITTEN.exec(text) ?? [];
  if (found.length === 0) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.map((each) => Number(each ?? 0));
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  const aheadAt = (at: number): number =>
    Date.parse(`${format.format(at).replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000;
  // Twice, for the day on which clocks are changed.
  return shown - aheadAt(shown - aheadAt(shown));
}

/** `2026`, `2026-Q3`, `2026-07`: from when until when (exclusive) in the zone, ms; undefined for any other text. */
export function periodIn(
  text: string,
  timeZone: string,
): { readonly from: number; readonly until: number } | undefined {
  const [, year, quarter, month] = /^(\d{4})(?:-Q([1-4])|-(0[1-9]|1[0-2]))?$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const first = quarter !== undefined ? 3 * (Number(quarter) - 1) : month !== undefined ? Number(month) - 1 : 0;
  const length = quarter !== undefined ? 3 : month !== undefined ? 1 : 12;
  const at = (months: number): number | undefined =>
    momentIn(`${Number(year) + Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, "0")}-01`, timeZone);
  const [from, until] = [at(first), at(first + length)];
  return from === undefined || until === undefined ? undefined : { from, until };
}
