/** What people were asked to meet, held against what the decision demanded. Pure. */

import type { Decision } from "../policy/call.ts";
import type { EntryBody } from "./entry.ts";
import type { Demands } from "./possible.ts";

const textOf = (value: unknown): string => JSON.stringify(sorted(value));

/** `decision`: as it was made again. */
export const asksOtherwise = (body: EntryBody, decision: Decision): boolean =>
  decision.effect === "ask" && asksNone(body, [decision.obligations]);

/** Whether it is none of what may have been demanded. */
export const asksNone = (body: EntryBody, demands: Demands | undefined): boolean =>
  body.kind === "request.opened" &&
  demands !== undefined &&
  !demands.some((each) => textOf(body.obligations) === textOf(each));

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
