/** Edits of JSON text as ranges computed from its syntax tree, so that what is not changed keeps every byte. Pure. */

import { createScanner } from "jsonc-parser";
import type { Node } from "jsonc-parser";
import { isObject } from "../policy/json.ts";
import type { Json, JsonObject } from "../policy/json.ts";
import { lineEndingAt } from "./client-file.ts";
import type { Edit } from "./edit.ts";
import { rangeOf } from "./json-tree.ts";

/** Settings laid out like the one in whose place they come. */
export function settingsInPlaceOf(text: string, anchor: Node, settings: JsonObject): string {
  const lineStart = text.lastIndexOf("\n", anchor.offset - 1) + 1;
  const lead = text.slice(lineStart, anchor.offset);
  const between = /^[ \t]*$/.test(lead) && lineStart > 0 ? lineEndingAt(text, anchor.offset) + lead : " ";
  return pairs(settings).join(`,${between}`);
}

const pairs = (settings: JsonObject): readonly string[] =>
  Object.entries(settings).map(([name, value]) => `${JSON.stringify(name)}: ${onOneLine(value)}`);

function onOneLine(value: Json): string {
  if (isObject(value)) return `{ ${pairs(value).join(", ")} }`;
  return Array.isArray(value) ? `[${value.map(onOneLine).join(", ")}]` : JSON.stringify(value);
}

/** Takes properties out of one object with their commas, and their lines where nothing else stands there. */
export function removals(text: string, object: Node, gone: ReadonlySet<Node>): readonly Edit[] {
  const properties = object.children ?? [];
  const close = object.offset + object.length - 1;
  const commaAfter = (index: number): number | undefined => {
    const property = properties[index];
    return property === undefined
      ? undefined
      : commaBetween(text, rangeOf(property).end, properties[index + 1]?.offset ?? close);
  };
  // The comma of the last one that stays would dangle where everything behind it goes.
  const stays = properties.findLastIndex((property) => !gone.has(property));
  const edits = properties.flatMap((property, index) =>
    gone.has(property) ? removal(text, property, commaAfter(index), index > stays) : [],
  );
  const dangling = stays === properties.length - 1 ? undefined : commaAfter(stays);
  if (dangling !== undefined && commaAfter(properties.length - 1) === undefined) {
    edits.push({ start: dangling, end: dangling + 1, text: "" });
  }
  return joined(edits);
}

/** Deletions that overlap, because two neighbours took the blanks between them, as one. */
function joined(deletions: readonly Edit[]): readonly Edit[] {
  const apart: Edit[] = [];
  for (const next of deletions.toSorted((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last === undefined || next.start >= last.end) apart.push(next);
    else apart[apart.length - 1] = { ...last, end: Math.max(last.end, next.end) };
  }
  return apart;
}

/** `tail`: nothing stays behind it. */
function removal(text: string, property: Node, comma: number | undefined, tail: boolean): readonly Edit[] {
  const { start, end } = rangeOf(property);
  const near = comma !== undefined && text.slice(end, comma).trim() === "";
  const stop = near ? comma + 1 : end;
  const far = comma !== undefined && !near ? [{ start: comma, end: comma + 1, text: "" }] : [];

  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const trail = /^[ \t]*(?:\r?\n|$)/.exec(text.slice(stop));
  const alone = text.slice(lineStart, start).trim() === "";
  if (alone && trail !== null) return [{ start: lineStart, end: stop + trail[0].length, text: "" }, ...far];
  if (alone) return [{ start, end: stop, text: "" }, ...far];
  // On a line with others: the blanks on one side go too.
  const ahead = near && trail === null ? (/^[ \t]*/.exec(text.slice(stop))?.[0].length ?? 0) : 0;
  const behind = ahead > 0 && !tail ? 0 : (/[ \t]*$/.exec(text.slice(lineStart, start))?.[0].length ?? 0);
  return [{ start: start - behind, end: stop + ahead, text: "" }, ...far];
}

/** The offset of the comma in a stretch that holds nothing but blanks, comments and at most one comma. */
function commaBetween(text: string, from: number, to: number): number | undefined {
  const scanner = createScanner(text.slice(from, to), true);
  scanner.scan();
  const at = from + scanner.getTokenOffset();
  // Told by its text: the scanner's kinds are a const enum, which cannot be imported here.
  return text[at] === "," && at < to ? at : undefined;
}
