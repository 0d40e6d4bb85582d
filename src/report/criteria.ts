/** From which numbers on a report calls something worth a look. Each is told in the report beside what it found. */

const DAY_MS = 86_400_000;

export const CRITERIA = {
  /** Answers that look as if nobody had read the question. */
  stamp: { answers: 10, yesShare: 0.95, fastMs: 3000, fastShare: 0.2, medianMs: 10_000 },
  /** More than this times the busiest of the periods before, and at least so many calls. */
  volume: { factor: 2, calls: 20, periods: 4 },
  /** An hour in which, in the periods before, fewer than this share of the agent's calls fell; with history enough to say so. */
  hours: { share: 0.01, history: 100 },
  /** Tokens and secrets that end within this time. */
  nearEndMs: 14 * DAY_MS,
} as const;

/** Upper ends of the ranges in which answers are counted, ms; the last range is open. */
export const SPEEDS = [3000, 10_000, 60_000, 300_000, 900_000] as const;
