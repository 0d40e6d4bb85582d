/** What a manifest's grant of one server reaches, before any rule. */

import type { Kind } from "./call.ts";
import { fold } from "./fold.ts";
import type { Grant } from "./manifest.ts";
import { matchesText } from "./pattern.ts";

/** Patterns of the list that speaks of this kind; undefined when it was left out and all are granted. */
export function listOf(grant: Grant, kind: Kind): readonly string[] | undefined {
  switch (kind) {
    case "tool":
      return grant.tools;
    case "resource":
      return grant.resources;
    case "prompt":
      return grant.prompts;
    case "completion":
      // It completes an argument of a prompt or of a resource template; by its name it could be either.
      return grant.prompts === undefined && grant.resources === undefined
        ? undefined
        : [...(grant.prompts ?? []), ...(grant.resources ?? [])];
  }
}

export function isListed(grant: Grant, kind: Kind, name: string): boolean {
  if (kind === "tool" && isReserved(name)) return false;
  return listOf(grant, kind)?.some((pattern) => matchesText(pattern, name, false)) ?? true;
}

/** The gate's own tools; a server's of that name would speak in the gate's. */
const isReserved = (name: string): boolean => fold(name).startsWith("kidoban_");
