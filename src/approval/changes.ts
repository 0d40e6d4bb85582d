/** Line by line, what a write would change. Pure. */

import { diffLines } from "diff";

/** One run of lines, each without its line end. `open`: the last line has no line end where the other text has one. */
export interface Run {
  readonly kind: "same" | "removed" | "added";
  readonly lines: readonly string[];
  readonly open: boolean;
}

/** Beyond this an approver's screen would hang; then both texts are shown whole. */
const TIMEOUT_MS = 300;

const runOf = (kind: Run["kind"], text: string): Run => {
  const open = !text.endsWith("\n");
  return { kind, lines: (open ? text : text.slice(0, -1)).split("\n"), open };
};

/** All lines of both texts in order; undefined when they differ too much to be compared in time. */
export function changedLines(before: string, after: string): readonly Run[] | undefined {
  const parts = diffLines(before, after, { timeout: TIMEOUT_MS });
  return parts?.map(({ value, added, removed }) => runOf(added ? "added" : removed ? "removed" : "same", value));
}

/**
 * Pretty-printed JSON for a comparison by lines: broken after the escape of a line end in a text too, as it is shown. What
 * follows one is marked, and no line of JSON begins with that mark.
 */
export const brokenJson = (json: string): string =>
  json.replaceAll(/\\(?:u[0-9a-f]{4}|u\{[0-9a-f]+\}|.)/g, (escape) => (escape === "\\n" ? "\\n\n┆ " : escape));

/** A whole text as one run. */
export const wholeText = (kind: "removed" | "added", text: string): Run => runOf(kind, text);
