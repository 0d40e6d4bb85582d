/** What people were asked to meet, held against what the decision demanded. Pure. */

import type { Decision } from "../policy/call.ts";
import type { EntryBody } from "./entry.ts";

const textOf = (value: unknown): string => JSON.stringify(sorted(value));

/** `decision`: as it was made again. */
export const asksOtherwise = (body: EntryBody, decision: Decision | undefined): boolean =>
  body.kind === "request.opened" &&
  decision?.effect === "ask" &&
  textOf(body.obligations) !== textOf(decision.obligations);

/** Members in one order, so that what is the same reads the same. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  );
}
