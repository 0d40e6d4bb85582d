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
