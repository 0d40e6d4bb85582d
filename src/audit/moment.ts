/** A moment as entries and leaves write it: RFC 3339 in UTC with milliseconds, and one that there was. Pure. */

const SECOND_CHARS = "2026-11-22T00:00:00".length;
const FRACTION = /^\.\d{3}Z$/;

/** Of many entries in one second, the calendar is asked once. */
let [second, secondAt]: [string, number | undefined] = ["", undefined];

/** ms; undefined for a day or an hour that no calendar has, which would compare with nothing. */
export function momentOf(time: string): number | undefined {
  const [own, fraction] = [time.slice(0, SECOND_CHARS), time.slice(SECOND_CHARS)];
  if (!FRACTION.test(fraction)) return undefined;
  if (own !== second) [second, secondAt] = [own, startOf(own)];
  return secondAt === undefined ? undefined : secondAt + Number(fraction.slice(1, 4));
}

function startOf(text: string): number | undefined {
  const time = `${text}.000Z`;
  const at = Date.parse(time);
  return Number.isNaN(at) || time < "0001" || new Date(at).toISOString() !== time ? undefined : at;
}
