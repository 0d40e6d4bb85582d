// Quantiles, and what is made of them.

const sorted = (values) => Float64Array.from(values.filter((x) => Number.isFinite(x))).sort();

function quantile(s, q) {
  if (!s.length) return NaN;
  const at = (s.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return s[low] + (s[high] - s[low]) * (at - low);
}

export const median = (values) => quantile(sorted(values), 0.5);

/** What a target does in the better quarter of its rounds: neighbours' load and unlucky placement left out, the same rule for all. */
export const lowQuartile = (values) => quantile(sorted(values), 0.25);
export const highQuartile = (values) => quantile(sorted(values), 0.75);

function quartiles(values) {
  const s = sorted(values);
  return [quantile(s, 0.25), quantile(s, 0.5), quantile(s, 0.75)];
}

export function summary(values) {
  const s = sorted(values);
  return { n: s.length, p50: quantile(s, 0.5), p99: quantile(s, 0.99), min: s[0], max: s[s.length - 1] };
}

/** Ratios taken round by round, so that noise which a round shares cancels out: quartiles, or nothing without rounds. */
export function pairedRatio(a, b) {
  if (!a || !b) return undefined;
  const ratios = a.slice(0, b.length).map((x, i) => x / b[i]);
  return ratios.length ? quartiles(ratios) : undefined;
}

/** By how much the floor has risen: the least of the last quarter less the least of the first. Garbage comes and goes above it. */
export function growth(values) {
  const quarter = Math.ceil(values.length / 4);
  return Math.min(...values.slice(-quarter)) - Math.min(...values.slice(0, quarter));
}
