/** Which locked definition a person means by a kind and a name, where a URI may be one that only a template serves. Pure. */

import { isTemplate } from "./definition.ts";
import type { LockedItem } from "./manifest.ts";
import type { Name } from "./pattern.ts";
import { matchesTemplate } from "./uri-template.ts";

export interface Meant {
  readonly item: LockedItem;
  /** What is read, where the name says it: of a template by its own name no URI is settled. */
  readonly uri?: string;
}

/** By its own name before any template, as the gate looks for it. */
export function itemMeant(items: readonly LockedItem[], { kind, name }: Omit<Name, "server">): Meant | undefined {
  const item = items.find((each) => each.kind === kind && each.name === name);
  if (kind !== "resource") return item && { item };
  if (item !== undefined) return isTemplate(item) ? { item } : { item, uri: name };
  const template = items.find((each) => isTemplate(each) && matchesTemplate(each.name, name));
  return template && { item: template, uri: name };
}
