/** A change of files as a patch that `git apply` and `patch -p1` take in their folder. */

import { createTwoFilesPatch } from "diff";

/** Unified diff, `a/` and `b/` before the names; empty where nothing changes. Texts that differ by their last line end too. */
export function patchOf(
  changes: readonly { readonly file: string; readonly before: string; readonly after: string }[],
): string {
  return changes
    .filter(({ before, after }) => before !== after)
    .map(({ file, before, after }) =>
      createTwoFilesPatch(`a/${file}`, `b/${file}`, before, after, undefined, undefined, { context: 3 })
        // A line that other programs draw for people; neither git nor patch needs it.
        .replace(/^=+\n/, ""),
    )
    .join("");
}
