/**
 * What a client itself lets its model see of one server's tools, and what becomes of that behind a gate: a gate for one
 * server keeps the tools' names, so the filter stays; a gate for all has other names, so the manifest takes it over. Pure.
 */

import { WAIT_TOOL } from "../gateway/exposed.ts";
import type { Json, JsonObject } from "../policy/json.ts";

/** By the server's own names. */
export interface ToolFilter {
  /** Only these; left out: all. */
  readonly allow?: readonly string[];
  readonly deny: readonly string[];
}

/** The settings that hold it. */
export interface FilterKeys {
  readonly allow: string;
  readonly deny: string;
}

const isNames = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((name) => typeof name === "string");

/** The filter in a server's settings, undefined where there is none; `odd`: the setting that is no list of names. */
export function readFilter(
  settings: JsonObject,
  keys: FilterKeys | undefined,
): { readonly filter: ToolFilter | undefined } | { readonly odd: string } {
  if (keys === undefined) return { filter: undefined };
  const [allow, deny = []] = [settings[keys.allow] ?? undefined, settings[keys.deny] ?? undefined];
  if (allow !== undefined && !isNames(allow)) return { odd: keys.allow };
  if (!isNames(deny)) return { odd: keys.deny };
  if (allow === undefined && deny.length === 0) return { filter: undefined };
  // Gemini CLI takes `tool(…)` for the tool.
  const plain = allow?.map((name) => name.replace(/\(.*$/s, ""));
  return { filter: { ...(plain === undefined ? {} : { allow: plain }), deny } };
}

/** What passes both. */
export function both(one: ToolFilter, other: ToolFilter): ToolFilter {
  const lists = [one.allow, other.allow].filter((list) => list !== undefined);
  const [first, ...others] = lists;
  const allow = first?.filter((name) => others.every((list) => list.includes(name)));
  return { ...(allow === undefined ? {} : { allow }), deny: [...new Set([...one.deny, ...other.deny])] };
}

/** Of the locked tools those that pass; none that a manifest would take for a pattern. */
export const passing = ({ allow, deny }: ToolFilter, tools: readonly string[]): readonly string[] =>
  tools.filter((name) => (allow?.includes(name) ?? true) && !deny.includes(name) && !/[*?]/.test(name));

/** Whether an allow-list of these names has to name the gate's own tool too; an empty one hides everything anyway. */
export const lacksWait = (names: readonly unknown[]): boolean => names.length > 0 && !names.includes(WAIT_TOOL);
