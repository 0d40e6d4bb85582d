/** A moment as entries and leaves write it: RFC 3339 in UTC with milliseconds, and one that there was. Pure. */

/** ms; undefined for a day or an hour that no calendar has, which would compare with nothing. */
export function momentOf(time: string): number | undefined {
  const at = Date.parse(time);
  return Number.isNaN(at) || time < "0001" || new Date(at).toISOString() !== time ? undefined : at;
}
