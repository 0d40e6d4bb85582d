/** One row of `kidoban pin`: what is offered, and what a human says of it. Pure. */

import type { Surveyed } from "../compose/survey.ts";
import { isTemplate } from "../policy/definition.ts";
import type { Access } from "../policy/call.ts";
import type { LockedItem } from "../policy/manifest.ts";

/** A reviewed row: what the human, or with `--accept-hints` the server's hint, says. */
export interface Row {
  readonly offered: Surveyed;
  readonly access: Access;
  readonly destructive: boolean;
}

/** As people tell them apart. */
export const wordOf = (item: Pick<LockedItem, "kind" | "definition">): LockedItem["kind"] | "template" =>
  isTemplate(item) ? "template" : item.kind;

/** An unchanged row stays as it was reviewed; a changed or new one starts from the proposal, never laxer than the lock was. */
export function startRow(offered: Surveyed): Row {
  const { locked, proposal, changes } = offered;
  if (locked === undefined) return { offered, access: proposal.access, destructive: proposal.destructive };
  if (changes.length === 0) return { offered, access: locked.access, destructive: locked.destructive };
  const access = locked.access === "read" && proposal.access === "read" ? "read" : "write";
  return { offered, access, destructive: access === "write" && (locked.destructive || proposal.destructive) };
}

/** `by`: who reviewed it, on the day `on`; what was reviewed before and is unchanged keeps its reviewer. */
export function lockedRow({ offered, access, destructive }: Row, by: string, on: string): LockedItem {
  const { kind, locked, name, definition, volatile, changes } = offered;
  const unchanged =
    locked !== undefined && changes.length === 0 && locked.access === access && locked.destructive === destructive;
  return {
    ...(locked?.preview === undefined ? {} : { preview: locked.preview }),
    ...(locked?.readWhen === undefined || access === "read" || destructive ? {} : { readWhen: locked.readWhen }),
    kind,
    name,
    access,
    destructive: access === "write" && destructive,
    reviewed: unchanged && locked.reviewed !== undefined ? locked.reviewed : { by, on },
    volatile,
    definition,
    place: { file: "", line: 1, column: 1 },
  };
}
