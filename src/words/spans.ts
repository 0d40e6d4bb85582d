/** Spans of time as people say them, in the largest unit that loses nothing, or rounded to one that is enough. */

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
] as const;
type Unit = (typeof UNITS)[number][0] | "ms";

function exact(ms: number): readonly [number, Unit] {
  const found = UNITS.find(([, size]) => ms >= size && ms % size === 0);
  return found === undefined ? [ms, "ms"] : [ms / found[1], found[0]];
}

/** Rounded down, as ages are told. */
function rough(ms: number): readonly [number, Unit] {
  const [unit, size] = UNITS.find(([, each]) => ms >= each) ?? (["s", 1000] as const);
  return [Math.max(0, Math.floor(ms / size)), unit];
}

const NAMES: Readonly<Record<Unit, string>> = { d: "日", h: "時間", min: "分", s: "秒", ms: "ミリ秒" };

export const en = {
  /** A span as it was configured. */
  span: (ms: number): string => exact(ms).join(" "),
  /** How long ago something was. */
  age: (ms: number): string => rough(ms).join(" "),
};

const named = ([count, unit]: readonly [number, Unit]): string => `${count} ${NAMES[unit]}`;

export const ja: typeof en = {
  span: (ms) => named(exact(ms)),
  age: (ms) => named(rough(ms)),
};
